"""Measures each function of the deployed stack as Lambda would run it, beside an empty one and beside the webhook as a
team would write it in Python and in Node."""

import argparse
import dataclasses
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

import report
import share
from measure import Bench, Figures, Function
from stack import Stack
from tls_front import TlsFront
from traffic import TEAMS_SECRET, TEAMS_TABLE, Traffic

SIZES = [128, 256, 512, 1024]  # MB of memory
SERVICES = ("DYNAMODB", "SSM", "SQS", "SCHEDULER")


def each(arguments: argparse.Namespace, bench: Bench, traffic: Traffic) -> Iterator[tuple[str, Figures]]:
    """One after the other: the events of some are what others have done."""

    def ours(name: str) -> Function:
        bootstrap = arguments.build / name / "bootstrap"
        return Function(name.lower(), [bootstrap], traffic.environment(name), bootstrap)

    empty = Function(report.EMPTY, [arguments.empty], {}, arguments.empty)
    teams = {"TABLE_NAME": TEAMS_TABLE, "SECRET_NAME": TEAMS_SECRET}
    package = arguments.teams / "python"
    interpreter = Path(sys.executable).resolve()  # and not the tests' environment
    command = [interpreter, "-m", "awslambdaric", "webhook.handler"]
    python = Function("Python", command, teams | {"PYTHONPATH": str(package)}, package)
    bundle = arguments.teams / "node" / "webhook.cjs"
    command = [node("process.execPath"), arguments.teams / "node" / "runtime.mjs", bundle]
    in_node = Function("Node", command, teams, bundle)

    for function, events in (
        (empty, lambda: repeat({})),
        (ours("Ingest"), traffic.webhooks),
        (python, traffic.teams_webhooks),
        (in_node, traffic.teams_webhooks),
        (ours("Schedule"), traffic.changes),
        (ours("Remind"), traffic.knocks),
        (dataclasses.replace(ours("Remind"), name=report.WITH_LOOK), traffic.knocks_with_a_look),
        (ours("Track"), traffic.mail_events),
        (ours("Sweep"), lambda: repeat({})),
    ):
        yield function.name, bench.measure(function, events())


def node(what: str) -> str:
    """What Node says of itself."""
    return subprocess.run([shutil.which("node"), "-p", what], check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: argparse.Namespace) -> None:
    with ExitStack() as ends:
        limits = share.of_this_machine()
        sizes = SIZES if limits else []
        if limits:
            ends.enter_context(limits)
        else:
            print("This machine allows no quota of CPU (cgroups): measured at full speed only.")
        stack = Stack(os.environ["RELANCE_STACK"], os.environ["AWS_ENDPOINT_URL"])
        traffic = Traffic(stack, events=(len(sizes) + 1) * (arguments.starts + arguments.warm))
        # The tool first: of the numbers of this machine, its address may be the first one alone.
        services = {"TOOL": traffic.tool.url, **dict.fromkeys(SERVICES, stack.endpoint), "SESV2": traffic.ses.url}
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        tls = ends.enter_context(TlsFront(folder, services))
        traffic.begin(tls.urls["TOOL"])
        bench = Bench(tls, limits, sizes, arguments.starts, arguments.warm)

        print(f"Python {platform.python_version()}, Node {node('process.version')}, {platform.machine()}")
        print(report.heading(sizes))
        table = {}
        for name, figures in each(arguments, bench, traffic):
            table[name] = figures
            print(report.row(name, figures), flush=True)
    traffic.check_looks()
    print(report.LEGEND)
    print("", report.LOOK, report.heading_of_look(sizes), *report.look(table), sep="\n")
    print("", *report.goals(table), sep="\n")
    if sizes:
        print("", report.COSTS, *report.costs(table), sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path, help="sam build's folder")
    parser.add_argument("empty", type=Path, help="the empty function's bootstrap")
    parser.add_argument("teams", type=Path, help="the webhook in Python and in Node, packaged")
    parser.add_argument("--starts", type=int, default=9, help="of each function, for each size of memory")
    parser.add_argument("--warm", type=int, default=100, help="events, for each size of memory")
    main(parser.parse_args())
