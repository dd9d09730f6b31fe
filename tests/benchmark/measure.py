"""Measures one function: at Lambda's share of a core for each size of memory, and at full speed."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import mean, median, quantiles

from player import Player
from share import Share
from tls_front import TlsFront

OF_EACH_FUNCTION = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


@dataclass(frozen=True)
class Function:
    name: str
    command: list[Path | str]
    environment: dict[str, str]
    package: Path  # file or folder


@dataclass(frozen=True)
class Speed:
    """In milliseconds."""

    answered: float  # from exec to the first answer
    first: float  # of this, from the first event on
    warm: float
    warm_p95: float
    billed: float  # mean of the warm ones, each to the next whole millisecond


@dataclass(frozen=True)
class Figures:
    at: dict[int, Speed]  # by MB of memory
    full: Speed
    cpu_ms: float  # of a warm event at full speed
    aws_ms: float  # of its time, that in which the emulator answered
    peak_mb: float
    size_mb: float


class Bench:
    def __init__(self, tls: TlsFront, share: Share | None, sizes: list[int], starts: int, warm: int) -> None:
        self._tls, self._share, self._sizes, self._starts, self._warm = tls, share, sizes, starts, warm
        self._environment = {name: os.environ[name] for name in OF_EACH_FUNCTION} | tls.environment
        self._log = Path(tempfile.gettempdir()) / "bench.log"

    def measure(self, function: Function, events: Iterator[dict]) -> Figures:
        at = {size: self._run(function, size, events)[0] for size in self._sizes}
        full, cpu_ms, aws_ms, peak_mb = self._run(function, None, events)
        return Figures(at, full, cpu_ms, aws_ms, peak_mb, _bytes(function.package) / 1e6)

    def _run(self, function: Function, memory: int | None, events: Iterator[dict]) -> tuple[Speed, float, float, float]:
        """Each start gets an event of its own, the last one the warm ones, too."""
        answered, firsts = [], []
        for left in reversed(range(self._starts)):
            with self._start(function, memory) as player:
                firsts.append(_call(player, next(events)))
                answered.append(player.start_seconds * 1e3 + firsts[-1])
                if left:
                    continue
                self._tls.answering_seconds()
                cpu = player.cpu_seconds()
                warm = [_call(player, next(events)) for _ in range(self._warm)]
                cpu = player.cpu_seconds() - cpu
                aws = self._tls.answering_seconds()
                peak = player.peak_bytes()
        p95 = quantiles(warm, n=20, method="inclusive")[-1]
        speed = Speed(median(answered), median(firsts), median(warm), p95, mean(map(ceil, warm)))
        return speed, cpu * 1e3 / len(warm), aws * 1e3 / len(warm), peak / 1e6

    def _start(self, function: Function, memory: int | None) -> Player:
        """INIT has a whole core, as on Lambda: what is limited begins with the first event."""
        size = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory)} if memory else {}
        player = Player(function.command, self._environment | function.environment | size, self._log)
        if self._share and memory:
            self._share.limit(memory)
            self._share.add(player.pid)
        return player


def _call(player: Player, event: dict) -> float:
    """Its milliseconds."""
    seconds, answer = player.call(event)
    answer = answer or {}
    if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures"):
        raise RuntimeError(f"the function answered {answer}")  # work that was refused is not worth measuring
    return seconds * 1e3


def _bytes(package: Path) -> int:
    files = package.rglob("*") if package.is_dir() else [package]
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc")
