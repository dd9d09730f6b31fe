"""Thousands of webhooks and their reminders, while the functions' processes are killed. Run by `tests/run fire`.

The billing tool is asked before each mail, and knows of payments that no webhook tells.
"""

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fake_stripe
from fake_stripe import FakeStripe
from policy import Policy
from ses_front import SesFront
from stack import SECRETS, Stack, schedule_prefix, until
from stripe_events import Customer, Invoice, signature

CUSTOMERS, INVOICES, WEBHOOKS = 220, 400, 2_000
UNDER_WAY = 20  # seconds for what was under way when something else happened


class Fire:
    """The invoices, what was told of them, and when each word of it was acknowledged."""

    def __init__(self, stack: Stack, tool: FakeStripe, rules: Policy, dice: random.Random) -> None:
        self.stack, self.tool, self.rules = stack, tool, rules
        customers = [
            Customer(f"Client {n}", f"c{n}@{dice.getrandbits(32):x}.example", rules.country) for n in range(CUSTOMERS)
        ]
        # A reminder, before which the tool must have answered.
        due = rules.today - timedelta(next(step.days for step in rules.steps if step.days > 0))
        self.invoices = [Invoice(dice.choice(customers), due, rules.zone) for _ in range(INVOICES)]
        self.paid: set[str] = set()  # in the tool's books, from the beginning on
        self.told = [self._life(invoice, dice) for invoice in self.invoices]
        once = list(itertools.chain.from_iterable(self.told))
        self.posts = once + dice.choices(once, k=WEBHOOKS - len(once))  # some of them two and three times
        dice.shuffle(self.posts)
        self.acknowledged: dict[str, float] = {}
        self.answers: dict[int, int] = {}

    def _life(self, invoice: Invoice, dice: random.Random) -> list[str]:
        """What is told. Of two payments in five nothing is."""
        life = [invoice.draft(), invoice.finalized(), invoice.paid()]
        is_paid, is_told = dice.random() < 0.4, dice.random() < 0.6
        if is_paid:
            self.paid.add(invoice.id)
        self.tool.book(life[2] if is_paid else life[1])
        return life if is_paid and is_told else life[:2]

    def post(self, body: str) -> None:
        """Until it is taken, as the tool does."""

        def taken() -> bool:
            with suppress(OSError):
                status = self.stack.post(body, signature(body, SECRETS[-1]))
                self.answers[status] = self.answers.get(status, 0) + 1
                return status == 200
            return False

        until(taken, "the webhook is taken", 120)
        self.acknowledged.setdefault(body, time.time())

    def is_paid(self, invoice: Invoice) -> bool:
        return invoice.id in self.paid


@contextmanager
def processes_dying(dice: random.Random) -> Iterator[list[int]]:
    """Kills one of the functions' processes again and again, whatever it is doing."""
    home = str(Path(os.environ["RELANCE_POLICY_DIR"]).parent)
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(dice.uniform(0.1, 0.7)):
            running = []
            for entry in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    exe = os.readlink(entry / "exe")
                    if exe.startswith(home) and exe.endswith("bootstrap"):
                        running.append(int(entry.name))
            if running:
                with suppress(ProcessLookupError):
                    process = dice.choice(running)
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    yield killed
    over.set()
    thread.join()


def test_every_promise_holds_while_processes_are_killed(
    stack: Stack, front: SesFront, tool: FakeStripe, rules: Policy
) -> None:
    stack.put_key("stripe", fake_stripe.KEY)
    for queue in ("KnockQueueUrl", "SesEventQueueUrl"):  # what a dead process held comes again while we wait
        stack.client("sqs").set_queue_attributes(QueueUrl=stack.outputs[queue], Attributes={"VisibilityTimeout": "15"})
    told = Fire(stack, tool, rules, random.Random(int(os.environ.get("FIRE_SEED", "1"))))  # noqa: S311
    dice = random.Random(len(told.posts))  # noqa: S311
    with processes_dying(dice) as killed:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(told.post, told.posts))
        until(lambda: datetime.now(UTC) > rules.sends_at, "the sending time", 120)
        for _ in range(10):
            time.sleep(3)
            stack.sweep_under_fire()
    assert len(killed) > 50, "too few processes died to show anything"

    owing = [
        invoice
        for invoice, (_, finalized, *_) in zip(told.invoices, told.told, strict=True)
        if not told.is_paid(invoice) and told.acknowledged[finalized] < rules.sends_at.timestamp() - 1
    ]
    assert len(owing) > 20, "too few invoices were issued before the sending time to show anything"

    def quiet() -> bool:
        stack.sweep()
        numbers = " ".join(mail["BodyText"] for mail in stack.all_mails())
        return all(invoice.number in numbers for invoice in owing)

    def as_in_the_books() -> bool:
        items = files()
        homes = [(f"stripe#default#live#{invoice.customer.id}", invoice) for invoice in told.invoices]
        places = [(home, f"CLOSED#{one.id}" if told.is_paid(one) else f"FILE#OPEN#{one.id}") for home, one in homes]
        return all(place in items for place in places)

    def files() -> dict:
        return {(item["PK"]["S"], item["SK"]["S"]): item for item in stack.items("stripe#")}

    until(quiet, "each owed invoice is in a mail", 300)
    # What is due tomorrow was not asked for today: the night finds which of it is paid.
    stack.compare()
    until(as_in_the_books, "the files are as the tool's books", 300)
    until(lambda: registered(stack) == planned(files()), "the schedules are the plan", 300)
    time.sleep(UNDER_WAY)

    mails, items = stack.all_mails(), files()
    for customer in {invoice.customer.email for invoice in told.invoices}:
        count = sum(customer in mail["To"] for mail in mails)
        assert count <= 1, f"{customer} got {count} mails on one day"
    texts = " ".join(mail["BodyText"] for mail in mails)
    for invoice in told.invoices:
        home = f"stripe#default#live#{invoice.customer.id}"
        is_open, is_closed = (home, f"FILE#OPEN#{invoice.id}") in items, (home, f"CLOSED#{invoice.id}") in items
        assert (is_open, is_closed) == (not told.is_paid(invoice), told.is_paid(invoice)), f"{invoice.id} is lost"
        if told.is_paid(invoice):
            assert invoice.number not in texts, f"{invoice.id} was mailed, and is paid in the tool's books"
        if invoice.number in texts:
            assert tool.asked_for(f"/v1/invoices/{invoice.id}?"), f"{invoice.id} was mailed, and not asked for"
    for (home, place), item in items.items():
        claims = item["value"]["M"]["claims"]["M"] if place == "FILE" else {}
        waiting = [claim for claim, known in claims.items() if not known["M"]["expired"]["BOOL"]]
        assert not waiting, f"mails of {home} have no known delivery: {waiting}"
    # A call may be late by a second where the machine is busy, and so meet the next second's.
    assert tool.most_calls_in(10) <= 11 * fake_stripe.STATED_A_SECOND + 1
    assert tool.throttled == 0
    paid = [words for invoice, words in zip(told.invoices, told.told, strict=True) if told.is_paid(invoice)]
    untold = sum(len(words) == 2 for words in paid)
    print(f"{len(killed)} kills, {len(mails)} mails, answers {told.answers}, {untold} payments that nobody told of")
    print(f"{len(tool.calls)} calls of the tool, at most {tool.most_calls_in(1)} a second")


def planned(items: dict) -> set[tuple[str, str]]:
    """The schedules that the files ask for."""
    wanted = set()
    for (home, place), item in items.items():
        if not place.startswith("FILE#OPEN#"):
            continue
        invoice = item["value"]["M"]
        key = schedule_prefix(home, place.removeprefix("FILE#OPEN#"))
        for step in invoice["steps"]["L"] if "next" in invoice["outlook"].get("M", {}) else []:
            state = step["M"]["state"].get("M", {})
            if "planned" in state:
                wanted.add((f"{key}-{step['M']['id']['S']}", f"at({step['M']['at']['S'].rstrip('Z')[:19]})"))
    return wanted


def registered(stack: Stack) -> set[tuple[str, str]]:
    client, group = stack.client("scheduler"), stack.outputs["ScheduleGroup"]
    prefixes = [f"{byte:02x}" for byte in range(256)]  # the emulator shows one page only
    pages = [client.list_schedules(GroupName=group, NamePrefix=prefix) for prefix in prefixes]
    names = [schedule["Name"] for page in pages for schedule in page["Schedules"]]
    return {(name, client.get_schedule(GroupName=group, Name=name)["ScheduleExpression"]) for name in names}
