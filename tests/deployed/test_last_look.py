"""The tool is asked right before each reminder, and once a night: what no webhook told is seen all the same."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import fake_stripe
import pytest
from botocore.exceptions import ClientError
from conftest import Cast
from fake_stripe import DOWN, FINE, HTML, KEY_REFUSED, SLOW, STALLING, FakeStripe, busy
from stack import Stack, until
from stripe_events import Invoice
from test_silences import lines, tell_the_team_anew, told

AN_HOUR = timedelta(hours=1)  # so long a reminder waits for a tool that does not say what is owed
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
WEATHERS = {"away": DOWN, "in-the-way": HTML, "slow": SLOW, "stalling": STALLING, "strict": busy(2)}


class Asked:
    """Invoices of a source that can be asked. A reminder that may not leave unseen is due for each of them at once."""

    def __init__(self, cast: Cast, tool: FakeStripe, binary: str) -> None:
        self.cast, self.stack, self.tool, self.binary = cast, cast.stack, tool, binary

    def invoice(self, who: str) -> Invoice:
        invoice = self.cast.invoice(who, self.cast.policy.today - timedelta(5))
        self.tool.book(invoice.finalized())
        return invoice

    def tell(self, invoice: Invoice) -> None:
        """That it was issued, and nothing later."""
        self.stack.tell(invoice.finalized(), "asked")

    def mails(self, invoice: Invoice) -> list[dict]:
        return self.stack.mails(invoice.customer.email)

    def is_closed(self, invoice: Invoice) -> bool:
        places = [item["SK"]["S"] for item in self.stack.partition(invoice.customer.id, "asked")]
        return f"CLOSED#{invoice.id}" in places and f"FILE#OPEN#{invoice.id}" not in places

    def waits(self, invoice: Invoice) -> bool:
        return '"no_look"' in json.dumps(self.stack.file(invoice.customer.id, "asked"))

    def shown(self, invoice: Invoice) -> str:
        """Its file and journal, as a person reads them."""
        command = [self.binary, "show", invoice.id, "--source", "asked"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    def let_an_hour_pass(self, invoice: Invoice) -> None:
        """What was put off by an hour is due."""
        now = datetime.now(UTC)

        def earlier(found: re.Match[str]) -> str:
            at = datetime.fromisoformat(found[0][:19] + "+00:00")
            if not now < at <= now + AN_HOUR:
                return found[0]
            return (at - AN_HOUR).strftime("%Y-%m-%dT%H:%M:%S") + found[0][19:]

        for item in self.stack.file(invoice.customer.id, "asked"):
            put_off = json.loads(INSTANT.sub(earlier, json.dumps(item)))
            self.stack.client("dynamodb").put_item(TableName=self.stack.outputs["TableName"], Item=put_off)


@pytest.fixture
def asked(cast: Cast, tool: FakeStripe, binary: str) -> Iterator[Asked]:
    cast.await_sending()
    yield Asked(cast, tool, binary)
    tool.weather = FINE


def test_a_paid_invoice_of_which_no_webhook_told_gets_no_mail_and_its_unpaid_twin_gets_its_own(asked: Asked) -> None:
    paid, twin = asked.invoice("paid-unheard"), asked.invoice("twin-of-paid")
    asked.tool.book(paid.paid())
    for invoice in (paid, twin):
        asked.tell(invoice)
    (mail,) = until(lambda: asked.mails(twin), "the twin is reminded")
    assert twin.number in mail["BodyText"]
    until(lambda: asked.is_closed(paid), "the payment is seen")
    assert "not chased: it is paid" in asked.shown(paid)
    assert f"says: 1234.56 EUR left of {twin.id}" in asked.shown(twin)
    asked.stack.sweep()
    assert asked.mails(paid) == []
    assert len(asked.mails(twin)) == 1


def test_while_the_tool_does_not_say_what_is_owed_nothing_leaves_and_once_it_does_each_reminder_leaves(
    asked: Asked,
) -> None:
    waiting: list[Invoice] = []
    for who, weather in WEATHERS.items():
        asked.tool.weather = weather
        waiting.append(invoice := asked.invoice(who))
        asked.tell(invoice)

        until(lambda invoice=invoice: asked.waits(invoice), f"the reminder waits: {who}", 60)
    assert [asked.mails(invoice) for invoice in waiting] == [[] for _ in waiting]
    asked.tool.weather = FINE
    asked.tool.book(waiting[0].paid())
    # Whom the tool told to come back soon comes back by itself; the others would in an hour.
    for invoice in waiting[:-1]:
        asked.let_an_hour_pass(invoice)
    for invoice in waiting[1:]:
        until(lambda invoice=invoice: asked.mails(invoice), "the reminder leaves", 120)
    until(lambda: asked.is_closed(waiting[0]), "what was paid meanwhile is seen")
    assert [len(asked.mails(invoice)) for invoice in waiting] == [0, 1, 1, 1, 1]


def test_a_key_that_stopped_working_rings_and_is_told_with_what_it_holds_back(asked: Asked) -> None:
    asked.tool.weather = KEY_REFUSED
    invoice = asked.invoice("key-refused")
    asked.tell(invoice)

    def counted() -> list[dict]:
        return [line for line in lines(asked.cast, "remind", "LooksFailed") if line["Reason"] == "key_refused"]

    line = until(counted, "the metric")[0]
    (alarm,) = asked.stack.client("cloudwatch").describe_alarms(AlarmNames=[asked.stack.resources["KeysRefused"]])[
        "MetricAlarms"
    ]
    assert {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]} == {
        name: line[name] for name in ("Stack", "Reason")
    }
    assert alarm["MetricName"] in line
    time.sleep(61)  # a notice younger than a minute waits
    tell_the_team_anew(asked.cast)

    def heard() -> bool:
        asked.stack.sweep()
        return told(asked.cast, f"relance secret set asked --key --stack {asked.stack.name}")

    until(heard, "the team is told", 60)
    assert told(asked.cast, "1 reminder on hold, €1,234.56.")
    assert asked.mails(invoice) == []
    asked.tool.weather = FINE
    asked.let_an_hour_pass(invoice)
    until(lambda: asked.mails(invoice), "the reminder leaves")


def test_what_no_webhook_told_is_found_at_night_put_right_and_told_with_its_number(asked: Asked) -> None:
    far = asked.cast.policy.today + timedelta(60)
    paid, open_still = asked.cast.invoice("paid-by-night", far), asked.cast.invoice("open-by-night", far)
    for invoice in (paid, open_still):
        asked.tool.book(invoice.finalized())
        asked.tell(invoice)
    until(lambda: asked.stack.file(paid.customer.id, "asked"), "the webhook is taken in")
    asked.tool.book(paid.paid())
    unheard = [asked.cast.invoice("of-before", far) for _ in range(30)]  # more than a page
    for invoice in unheard:
        asked.tool.book(invoice.finalized())
    asked.stack.compare()
    until(lambda: asked.is_closed(paid), "the payment is seen")
    time.sleep(61)  # a notice younger than a minute waits
    tell_the_team_anew(asked.cast)

    def heard() -> bool:
        asked.stack.sweep()
        return told(asked.cast, f"relance import --source asked --stack {asked.stack.name}")

    until(heard, "the team is told", 60)
    assert told(asked.cast, "asked (1)")
    assert told(asked.cast, f"asked ({len(unheard)})")
    assert not asked.is_closed(open_still)
    assert asked.stack.partition(unheard[0].customer.id, "asked") == []


def test_the_tool_was_asked_no_more_often_than_is_stated(asked: Asked) -> None:
    assert asked.tool.calls
    # A call may be late by a second where the machine is busy, and so meet the next second's.
    for seconds in (1, 10):
        assert asked.tool.most_calls_in(seconds) <= (seconds + 1) * fake_stripe.STATED_A_SECOND + 1
    assert asked.tool.throttled == 0


@pytest.mark.parametrize(
    ("path", "readers"),
    [("keys/asked", {"Remind", "Ask"}), ("webhooks/asked", {"Ingest"})],
    ids=["a key", "a webhook's secret"],
)
def test_keys_and_secrets_are_read_by_those_alone_who_need_them(stack: Stack, path: str, readers: set[str]) -> None:
    name = f"/relance/{stack.name}/{path}"
    functions = {role.removesuffix("Role") for role in stack.resources if role.endswith("Role")}
    assert functions == {"Ingest", "Schedule", "Remind", "Track", "Ask", "Sweep", "Scheduler"}
    assert {function for function in functions if may_read(stack, f"{function}Role", name)} == readers


def may_read(stack: Stack, role: str, parameter: str) -> bool:
    try:
        read = stack.client_of("ssm", role).get_parameter(Name=parameter, WithDecryption=True)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    assert read["Parameter"]["Value"]
    return True
