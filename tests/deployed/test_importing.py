"""A large book comes in by a process that is killed in its middle, more than once: each invoice once, on hold.

How many there are says IMPORT_INVOICES: `./tests/run import` brings in 20,000.
"""

import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import fake_stripe
import pytest
from fake_stripe import FINE, STALLING, FakeStripe
from policy import Policy
from stack import Stack, until
from stripe_events import Customer, Invoice

INVOICES = int(os.environ.get("IMPORT_INVOICES", "240"))
OF_EACH_CUSTOMER = 5
A_PAGE = 25
PAGES = -(-INVOICES // A_PAGE)
PATIENCE = 120 + INVOICES / 10  # seconds: ten a second are slow even for an emulator


class Book:
    """The tool's open invoices, of which nobody has told, and who brings them in."""

    def __init__(self, stack: Stack, tool: FakeStripe, rules: Policy, binary: str) -> None:
        self.stack, self.tool, self._binary = stack, tool, binary
        self.began = time.monotonic()
        dice = random.Random(INVOICES)  # noqa: S311
        customers = [
            Customer(f"Client {n}", f"c{n}@{dice.getrandbits(32):x}.example", rules.country)
            for n in range(-(-INVOICES // OF_EACH_CUSTOMER))
        ]
        self.invoices = [
            Invoice(
                dice.choice(customers),
                rules.today + timedelta(dice.choice([-100, -20, -5, 10, 40])),
                rules.zone,
                amount=dice.randrange(1_000, 1_000_000),
                created=int(time.time()) - 60 - n,
            )
            for n in range(INVOICES)
        ]
        for invoice in self.invoices:
            tool.book(invoice.finalized())

    def start(self) -> subprocess.Popen[str]:
        command = [self._binary, "import", "--source", "book", "--policy", os.environ["RELANCE_POLICY_DIR"], "--json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def kill_once(self, it_is_time: Callable[[], object], where: str) -> None:
        """By a signal that it cannot hear."""
        process = self.start()
        try:
            until(lambda: process.poll() is not None or it_is_time(), where, PATIENCE, every=0.005)
        finally:
            process.kill()
        _, said = process.communicate()
        assert process.returncode < 0, f"it ended before it was {where}: {said}"
        kept = self.stack.client("dynamodb").get_item(
            TableName=self.stack.outputs["TableName"], Key={"PK": {"S": "DOOR"}, "SK": {"S": "IMPORT#book"}}
        )["Item"]["value"]["M"]
        listed, pages = kept["listed"]["N"], self.pages()
        self.say(f"killed {where}: {pages} of {PAGES} pages were asked for, {listed} invoices are kept as listed")

    def end(self) -> dict:
        process = self.start()
        out, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        report = json.loads(out)
        told = {name: value for name, value in report.items() if name != "debtors"}
        self.say(f"ended: {json.dumps(told | {'debtors': len(report['debtors'])})}")
        return report

    def pages(self) -> int:
        """How many different ones were asked for."""
        return len(set(self.tool.asked_for("/v1/invoices?")))

    def say(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)


@dataclass(frozen=True)
class Files:
    """What the table has of the book."""

    ids: list[str]  # of the open invoices
    holds: Counter[str]
    closed: int
    pointers: int
    told: Counter[str]  # by invoice, how often the journal says that it was told of

    @classmethod
    def of(cls, stack: Stack) -> Self:
        items = stack.items()
        here = [item for item in items if item["PK"]["S"].startswith("book#default#live#")]
        opened = [item for item in here if item["SK"]["S"].startswith("FILE#OPEN#")]
        lines = [line["M"] for item in here if item["SK"]["S"].startswith("JOURNAL#") for line in item["value"]["L"]]
        return cls(
            ids=[item["SK"]["S"].removeprefix("FILE#OPEN#") for item in opened],
            holds=Counter(item["value"]["M"]["outlook"]["M"]["held"]["S"] for item in opened),
            closed=sum(item["SK"]["S"].startswith("CLOSED#") for item in here),
            pointers=sum(item["PK"]["S"].startswith("INVOICE#book#") for item in items),
            told=Counter(line["invoice"]["S"] for line in lines if "told" in line["what"]["M"]),
        )


@pytest.fixture
def full(stack: Stack, book: FakeStripe, rules: Policy, binary: str) -> Book:
    stack.put_key("book", fake_stripe.KEY)
    return Book(stack, book, rules, binary)


def test_an_import_that_is_killed_three_times_ends_with_each_invoice_once_and_on_hold(full: Book) -> None:
    dice = random.Random(1)  # noqa: S311

    def lists() -> bool:
        """The tool is in the middle of an answer."""
        if full.pages() < 2:
            return False
        full.tool.weather = STALLING
        asked = full.pages()
        until(lambda: full.pages() > asked, "a page is asked for")
        return True

    def asked_for(page: int) -> Callable[[], bool]:
        def looks() -> bool:
            if full.pages() < page:
                return False
            time.sleep(dice.uniform(0, 0.05))
            return True

        return looks

    full.kill_once(lists, "while it lists")
    full.tool.weather = FINE
    full.kill_once(asked_for(PAGES // 2), "in the middle")
    full.kill_once(asked_for(PAGES), "near the end")
    report = full.end()

    wanted = {invoice.id: invoice for invoice in full.invoices}
    owed = sum(invoice.amount for invoice in full.invoices)
    total = f"{owed / 100:.2f} EUR"
    shown = [invoice for debtor in report["debtors"] for invoice in debtor["invoices"]]
    assert {name: report[name] for name in ("listed", "new", "nonsense", "on_hold", "totals")} == {
        "listed": INVOICES,
        "new": INVOICES,
        "nonsense": 0,
        "on_hold": INVOICES,
        "totals": [total],
    }
    assert Counter(invoice["id"] for invoice in shown) == Counter(list(wanted))
    assert all(invoice["remaining"] == f"{wanted[invoice['id']].amount / 100:.2f} EUR" for invoice in shown)
    by_step = Counter(step["step"] for invoice in shown for step in invoice["steps"])
    assert by_step == {step["step"]: step["invoices"] for step in report["steps"]}
    assert by_step

    files = Files.of(full.stack)
    assert Counter(files.ids) == Counter(list(wanted))
    assert files.pointers == INVOICES
    assert files.holds == Counter({"imported": INVOICES})
    assert files.closed == 0
    assert set(files.told.values()) == {1}, "it is told once of each"
    assert files.told.keys() == wanted.keys()

    # Whoever was killed asks for the page that is not kept once more, and for none beside it.
    pages = Counter(full.tool.asked_for("/v1/invoices?"))
    assert len(pages) == PAGES
    assert pages.total() <= PAGES + 3
    # A call may be late by a second where the machine is busy, and so meet the next second's.
    full.say(f"{pages.total()} calls for {PAGES} pages, at most {full.tool.most_calls_in(1)} a second")
    for seconds in (1, 10):
        assert full.tool.most_calls_in(seconds) <= (seconds + 1) * fake_stripe.STATED_A_SECOND + 1
    assert full.tool.throttled == 0

    again = full.end()
    assert (again["listed"], again["new"], again["on_hold"]) == (INVOICES, 0, INVOICES)
    assert again["totals"] == report["totals"]
    assert Files.of(full.stack) == files


def test_a_file_of_open_invoices_comes_in_and_its_wrong_lines_are_named(
    stack: Stack, binary: str, rules: Policy, tmp_path: Path
) -> None:
    due, yesterday = rules.today - timedelta(12), rules.today - timedelta(1)
    lines = [
        "id;customer;currency;remaining;due_on;name;email;country;already_sent;promise;leave_alone",
        f"csv_1;csv_a;EUR;1 234,50;{due};Client;ap@client-csv.example;{rules.country};late-3 {yesterday};;",
        f"csv_2;csv_a;EUR;90.00;{due};;;;;{rules.today + timedelta(30)};",
        f"csv_3;csv_b;EUR;1.234;{due};;;;;;",
        f"csv_4;csv_b;EUR;50,00;{due};Kunde;ap@kunde-csv.example;{rules.country};;;yes",
    ]
    file = tmp_path / "open.csv"
    file.write_text("\n".join(lines))
    command = [binary, "import", "--source", "stripe", "--policy", os.environ["RELANCE_POLICY_DIR"], "--json"]
    command += ["--csv", str(file), "--as-of", str(yesterday)]

    def bring_in() -> tuple[dict, str]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done
        return json.loads(done.stdout), done.stderr

    report, said = bring_in()
    assert "not brought in: line 4, remaining:" in said
    assert "1 lines are not brought in: put them right, and run it again" in said
    assert (report["listed"], report["new"], report["nonsense"], report["on_hold"]) == (3, 3, 1, 3)
    assert report["totals"] == ["1374.50 EUR"]
    shown = {invoice["id"]: invoice for debtor in report["debtors"] for invoice in debtor["invoices"]}
    assert "late-3" not in {step["step"] for step in shown["csv_1"]["steps"]}
    assert shown["csv_2"]["steps"][0]["on"] > str(rules.today + timedelta(30))
    assert "paused" in shown["csv_4"]["nothing"]
    report, _ = bring_in()
    assert (report["new"], report["on_hold"]) == (0, 3)
