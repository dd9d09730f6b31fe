"""Plays Lambda's share of a core: a cgroup whose quota of CPU follows from the function's memory.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: a whole core at 1,769 MB.
"""

import os
from pathlib import Path
from typing import Self

CGROUPS = Path("/sys/fs/cgroup")
NAME = f"relance-bench-{os.getpid()}"
WHOLE_CORE_MB = 1769
PERIOD_US = 20_000


class Share:
    """For the processes that are put into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._second_version = (folder / "cpu.max").exists()
        self.limit(WHOLE_CORE_MB)  # fails where there is no such limit

    def limit(self, memory_mb: int) -> None:
        quota = PERIOD_US * memory_mb // WHOLE_CORE_MB
        if self._second_version:
            (self._folder / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (self._folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self._folder / "cpu.cfs_quota_us").write_text(str(quota))

    def add(self, pid: int) -> None:
        """The process with all its threads."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.rmdir()


def of_this_machine() -> Share | None:
    """By cgroups of the first version, or else of the second; None where neither lets us."""
    try:
        if (CGROUPS / "cpu" / "cgroup.procs").exists():
            return Share(CGROUPS / "cpu" / NAME)
        (CGROUPS / "cgroup.subtree_control").write_text("+cpu")
        return Share(CGROUPS / NAME)
    except OSError:
        return None
