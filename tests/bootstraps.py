"""Looks at the bootstraps of a release's folder as the loader will: bootstraps.py FOLDER [x86_64].

Each must be an ELF of the architecture that Lambda runs, and ask for no symbol of a glibc that is newer than that of
provided.al2023.
"""

import re
import struct
import sys
import zipfile
from pathlib import Path

MACHINES = {"arm64": 183, "x86_64": 62}  # EM_AARCH64, EM_X86_64
NEWEST = (2, 34)
FUNCTIONS = {"ingest", "schedule", "remind", "track", "sweep", "ask"}


def faults(archive: Path, architecture: str) -> list[str]:
    with zipfile.ZipFile(archive) as zipped:
        (entry,) = zipped.infolist()
        bootstrap = zipped.read(entry)
    magic, (machine,) = bootstrap[:6], struct.unpack_from("<H", bootstrap, 18)
    asked = [tuple(map(int, found)) for found in re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?=[.\0])", bootstrap)]
    wrong = []
    if entry.filename != "bootstrap" or not entry.external_attr >> 16 & 0o100:
        wrong.append("has no bootstrap that may be run")
    if magic != b"\x7fELF\x02\x01" or machine != MACHINES[architecture]:
        wrong.append(f"is of machine {machine}, not {architecture}")
    if not asked or max(asked) > NEWEST:
        wrong.append(f"asks for glibc {max(asked, default='nothing')}, newer than {NEWEST}")
    print(f"{archive.name}: {len(bootstrap) / 1e6:.2f} MB, glibc {max(asked, default=None)}")
    return [f"{archive.name} {what}" for what in wrong]


def main(folder: str, architecture: str = "arm64") -> int:
    archives = sorted(Path(folder, "functions").glob("*.zip"))
    wrong = [fault for archive in archives for fault in faults(archive, architecture)]
    if {archive.stem for archive in archives} != FUNCTIONS:
        wrong.append(f"there are {[archive.name for archive in archives]}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
