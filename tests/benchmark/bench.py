"""Plays each function of the deployed stack as Lambda would, against the emulator, and prints what it costs."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import policy
from player import Player
from ses_front import SesFront
from stack import SECRETS, Stack
from stripe_events import Customer, Invoice, signature

STARTS = 15
WARM = 200


@dataclass
class Figures:
    start_ms: float
    first_ms: float
    warm_ms: float
    cpu_ms: float
    peak_mb: float
    size_mb: float


def measure(bootstrap: Path, environment: dict[str, str], events: list[dict]) -> Figures:
    """Each start gets an event of its own, the last one all the rest."""
    log = Path(tempfile.gettempdir()) / "bench.log"
    starts, firsts, supply = [], [], iter(events)
    for left in reversed(range(STARTS)):
        player = Player(bootstrap, environment, log)
        starts.append(player.start_seconds)
        firsts.append(player.call(next(supply))[0])
        if left:
            player.stop()
    cpu, warm = player.cpu_seconds(), []
    for event in supply:
        seconds, answer = player.call(event)
        check(answer)
        warm.append(seconds)
    cpu = (player.cpu_seconds() - cpu) / len(warm)
    peak = player.peak_bytes()
    player.stop()
    size = bootstrap.stat().st_size
    return Figures(median(starts) * 1e3, median(firsts) * 1e3, median(warm) * 1e3, cpu * 1e3, peak / 1e6, size / 1e6)


def check(answer: dict | None) -> None:
    """Work that was refused is not worth measuring."""
    answer = answer or {}
    if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures"):
        raise RuntimeError(f"the function answered {answer}")


class Bench:
    def __init__(self, stack: Stack, build: Path) -> None:
        self.stack, self.build = stack, build
        self.ses_events: list[dict] = []
        self.front = SesFront(stack.endpoint, stack.resources["MailSettings"], self.ses_events.append)
        stack.put_secrets("stripe")
        stack.client("events").disable_rule(Name=stack.resources["SweepHourly"])
        for mapping in ("PlanFileChanged", "RemindKnock", "TrackMailEvent"):  # we carry the events ourselves
            stack.client("lambda").update_event_source_mapping(UUID=stack.resources[mapping], Enabled=False)
        self.rules = policy.write(Path(os.environ["RELANCE_POLICY_DIR"]), seconds_ahead=30)
        for address in {step.sender for step in self.rules.steps}:
            stack.client("sesv2").create_email_identity(EmailIdentity=address)
        self.invoices = [self._invoice(n) for n in range(STARTS + WARM)]

    def run(self, empty: Path) -> Iterator[tuple[str, Figures]]:
        yield "(empty)", measure(empty, self._environment(None), [{"hello": "world"}] * (STARTS + WARM))
        yield "ingest", self._measure("Ingest", [self._webhook(invoice) for invoice in self.invoices])
        yield "schedule", self._measure("Schedule", list(islice(cycle(self._changes()), STARTS + WARM)))
        time.sleep(max(0.0, (self.rules.sends_at - datetime.now(UTC)).total_seconds()) + 1)
        yield "remind", self._measure("Remind", [self._knock(invoice) for invoice in self.invoices])
        delivered = [event for event in self.ses_events if event["detail"]["eventType"] == "Delivery"]
        yield "track", self._measure("Track", [_sqs(json.dumps(event)) for event in delivered])
        yield "sweep", self._measure("Sweep", [{}] * (STARTS + WARM))

    def _measure(self, function: str, events: list[dict]) -> Figures:
        return measure(self.build / function / "bootstrap", self._environment(function), events)

    def _environment(self, function: str | None) -> dict[str, str]:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL")
        environment = {name: os.environ[name] for name in names} | {"AWS_ENDPOINT_URL_SESV2": self.front.url}
        if function:
            name = self.stack.resources[function]
            deployed = self.stack.client("lambda").get_function_configuration(FunctionName=name)
            environment |= deployed["Environment"]["Variables"]
        return environment

    def _invoice(self, number: int) -> Invoice:
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
        """What the table's stream says of the webhooks before, one change an event."""
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
    def _knock(invoice: Invoice) -> dict:
        debtor = f"stripe#default#live#{invoice.customer.id}"
        return _sqs(json.dumps({"debtor": debtor, "invoice": invoice.id}))


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


def main(build: Path, empty: Path) -> None:
    bench = Bench(Stack(os.environ["RELANCE_STACK"], os.environ["AWS_ENDPOINT_URL"]), build)
    print(f"{'':10}{'start':>10}{'first':>10}{'warm':>10}{'CPU/event':>12}{'peak':>10}{'size':>10}")
    table = {}
    for name, f in bench.run(empty):
        table[name] = f
        print(
            f"{name:10}{f.start_ms:7.1f} ms{f.first_ms:7.1f} ms{f.warm_ms:7.1f} ms{f.cpu_ms:9.2f} ms"
            f"{f.peak_mb:7.1f} MB{f.size_mb:7.2f} MB",
            flush=True,
        )
    ingest = table["ingest"]
    goals = [
        ("start, of the empty one's", ingest.start_ms / table["(empty)"].start_ms, 2.0, "x"),
        ("CPU a webhook", ingest.cpu_ms, 0.4, "ms"),
        ("peak memory", ingest.peak_mb, 10.0, "MB"),
        ("size", ingest.size_mb, 5.5, "MB"),
    ]
    for what, value, limit, unit in goals:
        print(f"ingest: {what} {value:.2f} {unit}, at most {limit} {unit}: {'yes' if value <= limit else 'NO'}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
