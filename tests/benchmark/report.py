"""What the bench prints: the table, which goals are met, and what a million webhooks cost."""

from collections.abc import Iterator

from measure import Figures, Speed

# https://aws.amazon.com/lambda/pricing/, us-east-1, arm64, the first tier, as listed in 2026
USD_PER_GB_SECOND = 0.0000133334
USD_PER_MILLION_REQUESTS = 0.20

EMPTY = "empty"
WITH_LOOK = "with look"


def heading(sizes: list[int]) -> str:
    speeds = "".join(f"{name:>23}" for name in [*(f"{size} MB" for size in sizes), "full speed"])
    columns = f"{'answered':>9}{'warm':>7}{'p95':>7}" * (len(sizes) + 1)
    return f"{'':9}{speeds}\n{'':9}{columns}{'CPU':>8}{'AWS':>7}{'peak':>7}{'size':>7}"


def row(name: str, f: Figures) -> str:
    speeds = "".join(_speed(speed) for speed in [*f.at.values(), f.full])
    return f"{name:9}{speeds}{f.cpu_ms:8.2f}{f.aws_ms:7.1f}{f.peak_mb:7.1f}{f.size_mb:7.2f}"


def _speed(speed: Speed) -> str:
    return f"{speed.answered:9.1f}{speed.warm:7.1f}{speed.warm_p95:7.1f}"


LEGEND = """\
In ms and MB. answered: from exec to the first answer, median; warm: a later event, median and 95th percentile;
CPU: of a warm event at full speed; AWS: of its time, that in which the emulator answered; size: of what is deployed."""


LOOK = """\
What the last look adds to a knock, in ms. The tool is asked twice over TLS, of the invoice and of money on no invoice,
and the file is read once more. It is the fake one: what a tool far away takes to answer comes on top."""


def heading_of_look(sizes: list[int]) -> str:
    return f"{'':9}" + "".join(f"{name:>12}" for name in [*(f"{size} MB" for size in sizes), "full speed"])


def look(table: dict[str, Figures]) -> Iterator[str]:
    without, with_look = ([*table[name].at.values(), table[name].full] for name in ("remind", WITH_LOOK))
    for what, of in (("cold", lambda speed: speed.answered), ("warm", lambda speed: speed.warm)):
        differences = (of(more) - of(less) for less, more in zip(without, with_look, strict=True))
        yield f"{what:9}" + "".join(f"{difference:12.1f}" for difference in differences)


def goals(table: dict[str, Figures]) -> Iterator[str]:
    ingest = table["ingest"]
    if not ingest.at:
        yield "Without a quota of CPU, the goals at 128 and 256 MB cannot be measured."
    for size, most in ((256, 25.0), (128, 30.0)):
        if size in ingest.at:
            yield from _first_answer(table, size, most)
    for name, figures in table.items():
        if name not in (EMPTY, "Python", "Node", WITH_LOOK):
            yield _first_call(name, figures)
    if 128 in ingest.at:
        yield _goal("ingest, 95th percentile of a warm webhook at 128 MB", ingest.at[128].warm_p95, 12.0, "ms")
    yield _goal("ingest, CPU of a warm webhook at full speed", ingest.cpu_ms, 0.6, "ms")
    yield _goal("ingest, peak memory", ingest.peak_mb, 12.0, "MB")
    yield _goal("ingest, size", ingest.size_mb, 7.0, "MB")


def _first_answer(table: dict[str, Figures], size: int, most: float) -> Iterator[str]:
    """The empty function's is the floor: what exec, the runtime and this harness take."""
    ingest, empty, python = (table[name].at[size].answered for name in ("ingest", EMPTY, "Python"))
    what = f"from exec to the first answer at {size} MB"
    yield _goal(f"ingest, {what} (the empty function's: {empty:.1f} ms)", ingest, most, "ms")
    yield _goal(f"ingest, {what}, of Python's", 100 * ingest / python, 100 / 15, "%")


def _first_call(name: str, figures: Figures) -> str:
    """Where it is worst."""
    ratios = {f"at {size} MB": speed.first / speed.warm for size, speed in figures.at.items()}
    ratios["at full speed"] = figures.full.first / figures.full.warm
    where = max(ratios, key=ratios.__getitem__)
    return _goal(f"{name}, first call of a warm one's time, {where}", ratios[where], 2.0, "x")


def _goal(what: str, value: float, most: float, unit: str) -> str:
    return f"{what}: {value:.2f} {unit}, at most {most:.3g} {unit}: {'yes' if value <= most else 'NO'}"


COSTS = "A million warm webhooks, in USD of Lambda (arm64), with the emulator's time to answer and not DynamoDB's:"


def costs(table: dict[str, Figures]) -> Iterator[str]:
    sizes = list(table["ingest"].at)
    yield f"{'':9}" + "".join(f"{size:>7} MB" for size in sizes)
    for name in ("ingest", "Python", "Node"):
        speeds = table[name].at.items()
        yield f"{name:9}" + "".join(f"{_usd(size, speed):>10.2f}" for size, speed in speeds)


def _usd(memory_mb: int, speed: Speed) -> float:
    """A million webhooks."""
    gb_seconds = 1e6 * speed.billed / 1e3 * memory_mb / 1024
    return USD_PER_MILLION_REQUESTS + gb_seconds * USD_PER_GB_SECOND
