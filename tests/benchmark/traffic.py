"""Plays whoever calls the functions of the deployed stack: makes the world ready, and the events that each one gets."""

import http.client
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from itertools import count, cycle
from pathlib import Path

import fake_stripe
import policy
import tomlkit
from fake_stripe import FakeStripe
from ses_front import SesFront
from stack import SECRETS, Stack
from stripe_events import Customer, Invoice, signature

INGEST_LASTS = 300  # seconds at the most, measured at all sizes, with what comes in beside it
UNHURRIED = 1_000  # calls a second: `remind` never waits for its place in the tool's row
TOOLS = Path(__file__).parents[2] / "shared" / "sources" / "tools"
TEAMS_TABLE = "webhooks"
TEAMS_SECRET = "/webhooks/stripe"  # noqa: S105 (where it is)


class UnhurriedSes(SesFront):
    """For an account that may send so fast that `remind` never waits for its turn."""

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        status, headers, answer = super()._forward(request, body)
        if request.path.endswith("/account"):
            account = json.loads(answer)
            account["SendQuota"]["MaxSendRate"] = 10_000.0
            answer = json.dumps(account).encode()
        return status, headers, answer


class Traffic:
    def __init__(self, stack: Stack, events: int) -> None:
        """`events`: how many each function is to get."""
        self.stack = stack
        self.ses_events: list[dict] = []
        self.ses = UnhurriedSes(stack.endpoint, stack.resources["MailSettings"], self.ses_events.append)
        self.tool = FakeStripe(most_a_second=UNHURRIED)
        self._events = events

    def begin(self, tool: str) -> None:
        """The world as the functions find it. `tool`: where the billing tool is asked."""
        stack = self.stack
        for source in ("stripe", "asked"):
            stack.put_secrets(source)
        stack.client("events").disable_rule(Name=stack.resources["SweepHourly"])
        for mapping in ("PlanFileChanged", "RemindKnock", "TrackMailEvent"):  # we carry the events ourselves
            stack.client("lambda").update_event_source_mapping(UUID=stack.resources[mapping], Enabled=False)
        folder = Path(os.environ["RELANCE_POLICY_DIR"])
        self.rules = policy.write(folder, {"stripe": tool, "asked": tool}, seconds_ahead=INGEST_LASTS)
        _let_be_unhurried(folder, "asked")
        for address in {step.sender for step in self.rules.steps}:
            stack.client("sesv2").create_email_identity(EmailIdentity=address)
        self._make_the_teams_world()
        self._numbers = count()
        self.invoices = [self._invoice() for _ in range(self._events)]
        self._asked = [self._invoice() for _ in range(self._events)]
        for invoice in self._asked:
            told = invoice.finalized()
            self.tool.book(told)
            stack.tell(told, "asked")

    def _make_the_teams_world(self) -> None:
        """What `python/webhook.py` and `node/webhook.mjs` work on."""
        keys = ("PK", "HASH"), ("SK", "RANGE")
        self.stack.client("dynamodb").create_table(
            TableName=TEAMS_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        )
        self.stack.client("ssm").put_parameter(Name=TEAMS_SECRET, Type="SecureString", Value=SECRETS[-1])

    def environment(self, function: str) -> dict[str, str]:
        """The variables that the template gives to it."""
        name = self.stack.resources[function]
        return self.stack.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def webhooks(self) -> Iterator[dict]:
        """Signed one by one as they are asked for: a signature grows old."""
        for invoice in self.invoices:
            if datetime.now(UTC) > self.rules.sends_at:
                raise RuntimeError("it is too late for a first reminder: ingest was measured for too long")
            yield self._webhook(invoice)

    def teams_webhooks(self) -> Iterator[dict]:
        """About other invoices; no less than anybody wants."""
        return (self._webhook(self._invoice()) for _ in count())

    def changes(self) -> Iterator[dict]:
        """What the table's stream says of the webhooks before, one change an event."""
        return cycle(self._changes())

    def knocks(self) -> Iterator[dict]:
        """Once the reminders are due, and the emulator, which looks every 10 s, has fired its own schedules."""
        time.sleep(max(0.0, (self.rules.sends_at - datetime.now(UTC)).total_seconds()) + 15)
        return (self._knock(invoice) for invoice in self.invoices)

    def knocks_with_a_look(self) -> Iterator[dict]:
        """The same of a source whose tool can be asked from now on: there is a key."""
        self.stack.put_key("asked", fake_stripe.KEY)
        return (self._knock(invoice, "asked") for invoice in self._asked)

    def check_looks(self) -> None:
        """What looked at nothing, or sent nothing, is not worth measuring."""
        sent = sum(event["detail"]["eventType"] == "Delivery" for event in self.ses_events)
        if min(len(self.tool.calls), sent) < 2 * self._events:
            raise RuntimeError(f"{2 * self._events} knocks, {len(self.tool.calls)} calls of the tool, {sent} mails")

    def mail_events(self) -> Iterator[dict]:
        """What SES says of the mails before."""
        delivered = [event for event in self.ses_events if event["detail"]["eventType"] == "Delivery"]
        return (_sqs(json.dumps(event)) for event in delivered)

    def _invoice(self) -> Invoice:
        number = next(self._numbers)
        customer = Customer(f"Société {number}", f"debtor-{number}@customer.example", self.rules.country)
        return Invoice(customer, self.rules.due_for_first_step, self.rules.zone)

    @staticmethod
    def _webhook(invoice: Invoice) -> dict:
        body = invoice.finalized()
        headers = {"content-type": "application/json", "stripe-signature": signature(body, SECRETS[-1])}
        return {
            "version": "2.0",
            "routeKey": "POST /webhooks/{source}",
            "rawPath": "/webhooks/stripe",
            "rawQueryString": "",
            "headers": headers,
            "pathParameters": {"source": "stripe"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "bench",
                "domainName": "bench.execute-api.us-east-1.amazonaws.com",
                "http": {
                    "method": "POST",
                    "path": "/webhooks/stripe",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "Stripe/1.0",
                },
                "requestId": "bench",
                "routeKey": "POST /webhooks/{source}",
                "stage": "$default",
                "time": "22/Nov/2026:05:30:42 +0000",
                "timeEpoch": int(time.time() * 1000),
            },
            "body": body,
            "isBase64Encoded": False,
        }

    def _changes(self) -> list[dict]:
        streams = self.stack.client("dynamodbstreams")
        table = self.stack.client("dynamodb").describe_table(TableName=self.stack.outputs["TableName"])["Table"]
        arn = table["LatestStreamArn"]
        changes = []
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator and (page := streams.get_records(ShardIterator=iterator))["Records"]:
                changes += page["Records"]
                iterator = page.get("NextShardIterator")
        for change in changes:
            change["dynamodb"]["ApproximateCreationDateTime"] = int(time.time())
        return [
            {"Records": [{**change, "eventSourceARN": arn}]}
            for change in changes
            if change["dynamodb"]["Keys"]["SK"]["S"].startswith("FILE#OPEN#")
        ]

    @staticmethod
    def _knock(invoice: Invoice, source: str = "stripe") -> dict:
        debtor = f"{source}#default#live#{invoice.customer.id}"
        return _sqs(json.dumps({"debtor": debtor, "invoice": invoice.id}))


def _let_be_unhurried(folder: Path, source: str) -> None:
    """A tool of the user's own, that is Stripe in all but the calls that it allows."""
    (folder / "sources").mkdir(exist_ok=True)
    tool = tomlkit.parse((TOOLS / "stripe.toml").read_text())
    tool["ask"]["per_second"] = UNHURRIED
    (folder / "sources" / "unhurried.toml").write_text(tomlkit.dumps(tool))
    (folder / "sources" / "unhurried.jq").write_text((TOOLS / "stripe.jq").read_text())
    text = tomlkit.parse((folder / "relance.toml").read_text())
    text["sources"][source]["tool"] = "unhurried"
    (folder / "relance.toml").write_text(tomlkit.dumps(text))


def _sqs(body: str) -> dict:
    record = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}
