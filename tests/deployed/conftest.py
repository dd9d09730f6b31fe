import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fake_stripe
import policy
import pytest
from fake_stripe import FakeStripe
from policy import Policy
from ses_front import Kill, SesFront
from stack import Stack
from stripe_events import Customer, Invoice

CLOCKWORK = ("SweepHourly", "AskNightly")


class Cast:
    """The invoices of the tests. All come in at once, so that one sending time serves them all."""

    def __init__(self, stack: Stack, front: SesFront, policy: Policy) -> None:
        self.stack, self.front, self.policy = stack, front, policy
        today = policy.due_for_first_step
        self.reminded = self.invoice("reminded", today)
        self.paid_in_time = self.invoice("paid-in-time", today)
        self.overtaken = self.invoice("overtaken", today, legacy=True)
        self.moved = self.invoice("moved", today + timedelta(25))
        self.killed = {kill: self.invoice(kill.name.replace("_", "-").lower(), today) for kill in Kill}

    def invoice(self, who: str, due: object, **more: object) -> Invoice:
        customer = Customer(f"Société {who}", f"{who}@customer.example", self.policy.country)
        return Invoice(customer, due, self.policy.zone, **more)

    def enter(self) -> None:
        for kill, invoice in self.killed.items():
            self.front.kills[invoice.customer.email] = kill
            self.stack.tell(invoice.finalized())
        self.stack.tell(self.reminded.draft())
        self.stack.tell(self.reminded.finalized(event_id="evt_reminded"))
        self.stack.tell(self.paid_in_time.finalized())
        self.stack.tell(self.paid_in_time.paid())
        self.stack.tell(self.overtaken.paid())
        self.stack.tell(self.overtaken.finalized())
        self.stack.tell(self.moved.finalized())
        assert datetime.now(UTC) < self.policy.sends_at, "the webhooks took longer than the sending time allows"

    def seconds_to_sending(self) -> float:
        return max(0.0, (self.policy.sends_at - datetime.now(UTC)).total_seconds())

    def await_sending(self) -> None:
        """Waits until what was due today has left, or should have."""
        time.sleep(self.seconds_to_sending() + 15)


@pytest.fixture(scope="session")
def binary() -> str:
    """The command line, built as everything else that is tested."""
    return os.environ["RELANCE_BINARY"]


@pytest.fixture(scope="session")
def stack() -> Stack:
    stack = Stack(os.environ["RELANCE_STACK"], os.environ["AWS_ENDPOINT_URL"])
    stack.say_roles_in_the_emulators_words()
    for source in ("stripe", "asked"):
        stack.put_secrets(source)
    stack.put_key("asked", fake_stripe.KEY)
    for rule in CLOCKWORK:
        stack.client("events").disable_rule(Name=stack.resources[rule])  # the tests say when
    return stack


@pytest.fixture(scope="session")
def front(stack: Stack) -> Iterator[SesFront]:
    front = SesFront(stack.endpoint, stack.resources["MailSettings"], stack.publish)
    stack.set_environment("Remind", AWS_ENDPOINT_URL_SESV2=front.url)
    yield front
    front.close()


@pytest.fixture(scope="session")
def tool() -> Iterator[FakeStripe]:
    """The billing tool, where it is asked."""
    tool = FakeStripe()
    yield tool
    tool.close()


@pytest.fixture(scope="session")
def book() -> Iterator[FakeStripe]:
    """Another one, of which no webhook tells."""
    book = FakeStripe()
    yield book
    book.close()


@pytest.fixture(scope="session")
def rules(stack: Stack, tool: FakeStripe, book: FakeStripe) -> Policy:
    """The policy in force from now on, its senders verified."""
    tools = {"stripe": tool.url, "asked": tool.url, "book": book.url}
    rules = policy.write(Path(os.environ["RELANCE_POLICY_DIR"]), tools)
    for address in {step.sender for step in rules.steps}:
        stack.client("sesv2").create_email_identity(EmailIdentity=address)
    return rules


@pytest.fixture(scope="session")
def cast(stack: Stack, front: SesFront, rules: Policy) -> Cast:
    cast = Cast(stack, front, rules)
    cast.enter()
    return cast


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """After a failure: the end of each function's log."""
    if exitstatus == 0:
        return
    logs = Stack.client("logs")
    for group in logs.describe_log_groups(logGroupNamePrefix="/relance/")["logGroups"]:
        terminalreporter.section(group["logGroupName"])
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        lines = [event["message"].rstrip() for event in events]
        for line in [line for line in lines if not line.startswith(("START ", "END ", "REPORT "))][-30:]:
            terminalreporter.line(line[:500])
