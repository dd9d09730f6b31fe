"""What is refused, what is silent and what gets lost is noticed, told, and where it matters, waited for."""

import json
import subprocess
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from conftest import Cast
from stack import SECRETS, until
from stripe_events import signature

ROLLED = "whsec_rolled_in_the_tool_only"
PREFIX = "/relance/relance"


def stamp(ago: timedelta) -> dict:
    """As the item of a source has its instants."""
    return {"S": (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")}


def lines(cast: Cast, function: str, word: str) -> list[dict]:
    """The metrics of that name in a function's log."""
    events = cast.stack.client("logs").filter_log_events(logGroupName=f"{PREFIX}/{function}")["events"]
    messages = (event["message"].strip() for event in events)
    parsed = [json.loads(message) for message in messages if message.startswith("{")]
    return [line for line in parsed if word in line]


def at_the_door(cast: Cast, name: str) -> dict:
    (item,) = [item for item in cast.stack.items("DOOR") if item["SK"]["S"] == name] or [{}]
    return item


def tell_the_team_anew(cast: Cast) -> None:
    """As if it had heard nothing today."""
    key = {"PK": {"S": "TEAM"}, "SK": {"S": "FILE"}}
    cast.stack.client("dynamodb").delete_item(TableName=cast.stack.outputs["TableName"], Key=key)


def told(cast: Cast, words: str) -> bool:
    texts = [" ".join(mail["BodyText"].split()) for mail in cast.stack.mails("team@example.com")]
    return any(words in text for text in texts)


def test_what_is_refused_is_counted_by_source_noted_once_and_told_with_the_command(cast: Cast) -> None:
    body = cast.reminded.draft()
    for _ in range(20):
        assert cast.stack.post(body, signature(body, ROLLED)) == 401
        assert cast.stack.post(body, signature(body, SECRETS[-1]), source="made-up") == 404
    refused = at_the_door(cast, "SOURCE#stripe")
    assert "refused_at" in refused
    assert "refused_at" in at_the_door(cast, "UNKNOWN")
    assert at_the_door(cast, "SOURCE#made-up") == {}
    for reason in ("not trusted", "unknown source"):

        def counted(reason: str = reason) -> bool:
            metrics = lines(cast, "ingest", "WebhooksRefused")
            return sum(line["WebhooksRefused"] for line in metrics if line["Reason"] == reason) >= 20

        until(counted, f"the metric for {reason}")
    time.sleep(61)  # a notice younger than a minute waits
    tell_the_team_anew(cast)
    command = f"relance secret set stripe --stack {cast.stack.name}"

    def heard() -> bool:
        cast.stack.sweep()
        return told(cast, command) and told(cast, "no source of the policy")

    until(heard, "the team is told", 60)
    assert at_the_door(cast, "SOURCE#stripe")["refused_at"] == refused["refused_at"]


def test_a_source_that_is_refused_for_longer_than_its_habit_holds_its_reminders_until_it_is_released(
    cast: Cast, binary: str
) -> None:
    table, dynamodb = cast.stack.outputs["TableName"], cast.stack.client("dynamodb")

    def relance(*words: str) -> str:
        return subprocess.run([binary, *words], capture_output=True, text=True, timeout=60, check=True).stdout

    cast.await_sending()
    relance("pause", "--everything")
    # A reminder of today: a question whose time is past would not be asked any more.
    invoice = cast.invoice("deaf", cast.policy.today - timedelta(cast.policy.steps[2].days))
    cast.stack.tell(invoice.finalized())
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    deaf = {"accepted_at": stamp(timedelta(9)), "refused_since": stamp(timedelta(8)), "refused_at": stamp(timedelta(1))}
    key = {"PK": {"S": "DOOR"}, "SK": {"S": "SOURCE#stripe"}}
    dynamodb.put_item(TableName=table, Item={**key, **deaf})
    relance("resume", "--everything")
    cast.stack.sweep()

    def held() -> bool:
        return "source_refused" in json.dumps(cast.stack.partition(invoice.customer.id))

    knock = json.dumps({"debtor": f"stripe#default#live#{invoice.customer.id}"})
    queue = cast.stack.outputs["KnockQueueUrl"]
    cast.stack.client("sqs").send_message(QueueUrl=queue, MessageBody=knock)
    until(held, "the step is put off")
    assert cast.stack.mails(invoice.customer.email) == []
    shown = relance("show", invoice.id)
    assert "something sent for stripe has been refused since " in shown
    assert "nothing from the tool has been taken in for longer than usual" in shown
    until(lambda: lines(cast, "audit", "SourcesSilent"), "the metric")
    assert lines(cast, "audit", "SourcesSilent")[-1]["SourcesSilent"] == 1
    misspelt = [binary, "release", "--source", "strpe"]
    unknown = subprocess.run(misspelt, capture_output=True, text=True, timeout=60, check=False)
    assert (unknown.returncode, unknown.stderr) == (1, "relance: nothing is known of a source `strpe`\n")
    assert at_the_door(cast, "SOURCE#strpe") == {}
    assert relance("release", "--source", "stripe").startswith("stripe: its reminders go on")
    cast.stack.client("sqs").send_message(QueueUrl=queue, MessageBody=knock)
    until(lambda: len(cast.stack.mails(invoice.customer.email)) == 1, "the reminder leaves")
    time.sleep(61)
    tell_the_team_anew(cast)

    def heard() -> bool:
        cast.stack.sweep()
        return told(cast, f"relance release --source stripe --stack {cast.stack.name}")

    until(heard, "the team is told", 60)


def test_what_ses_says_is_heard_by_sns_alone(cast: Cast) -> None:
    invoice = cast.invoice("sns", cast.policy.due_for_first_step + timedelta(60))
    cast.stack.tell(invoice.finalized())
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    debtor = f"stripe#default#live#{invoice.customer.id}"
    tags = {"debtor": [urlsafe_b64encode(debtor.encode()).decode().rstrip("=")], "claim": ["c0ffee"]}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    event = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": []},
        "mail": {"timestamp": now, "messageId": "m", "destination": [invoice.customer.email], "tags": tags},
    }
    topic = cast.stack.resources["MailEventTopic"]
    cast.stack.client("sns").publish(TopicArn=topic, Message=json.dumps(event))

    def held() -> bool:
        files = [item for item in cast.stack.file(invoice.customer.id) if item["SK"]["S"] == "FILE"]
        return invoice.customer.email in files[0]["value"]["M"]["held_addresses"]["M"]

    until(held, "the address is on hold")


def test_alarms_reach_the_address_and_a_sweep_that_does_not_run_rings(cast: Cast) -> None:
    (alarm,) = cast.stack.client("cloudwatch").describe_alarms(AlarmNames=[cast.stack.resources["SweepStopped"]])[
        "MetricAlarms"
    ]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("Invocations", "breaching")
    (topic,) = alarm["AlarmActions"]
    subscribed = cast.stack.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(one["Protocol"], one["Endpoint"]) for one in subscribed] == [("email", "alarms@example.com")]


def test_the_doors_log_has_status_and_path_and_nothing_that_proves_a_sender(cast: Cast) -> None:
    stage = cast.stack.client("apigatewayv2").get_stages(ApiId=cast.stack.resources["Api"])["Items"][0]
    written = stage["AccessLogSettings"]["Format"]
    used = set(json.loads(written.replace("$context.status", '"$context.status"')).values())
    assert used == {
        "$context.requestTime",
        "$context.status",
        "$context.path",
        "$context.responseLength",
        "$context.error.message",
        "relance",
        "$context.requestId",
    }
    group = f"{PREFIX}/webhooks"
    filters = cast.stack.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    assert {one["metricTransformations"][0]["metricName"]: one["filterPattern"] for one in filters} == {
        "WebhooksThrottled": "{ $.status = 429 }",
        "WebhooksBesideTheRoute": '{ ($.status = 404) && ($.error = "Not Found") && ($.path = "/webhook*") }',
    }
