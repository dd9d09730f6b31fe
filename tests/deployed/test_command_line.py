"""The command line, on the deployed stack."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import Cast
from stack import until


def relance(binary: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_show_prints_an_invoices_file_and_journal_and_no_address(cast: Cast, binary: str) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    shown = relance(binary, "show", invoice.id, "--table", cast.stack.outputs["TableName"])
    assert shown.returncode == 0, shown.stderr
    assert f"Debtor stripe#default#live#{invoice.customer.id}" in shown.stdout
    assert "invoice.finalized" in shown.stdout
    for step in cast.policy.steps:
        assert f"{step.id} planned for" in shown.stdout
    assert invoice.customer.email not in shown.stdout


def test_show_says_what_it_does_not_know(cast: Cast, binary: str) -> None:
    shown = relance(binary, "show", "in_nobodys", "--table", cast.stack.outputs["TableName"])
    assert shown.returncode == 1
    assert "neither an invoice nor a customer `in_nobodys`" in shown.stderr


def test_show_looks_for_a_customer_alone_where_it_is_told_to(cast: Cast, binary: str) -> None:
    invoice, table = cast.moved, cast.stack.outputs["TableName"]
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    for wanted, found in ((invoice.customer.id, 0), (invoice.id, 1)):
        shown = relance(binary, "show", wanted, "--customer", "--table", table)
        assert shown.returncode == found, shown.stderr


def test_redrive_brings_dead_letters_back(cast: Cast, binary: str) -> None:
    outputs, sqs = cast.stack.outputs, cast.stack.client("sqs")
    # A knock at a door behind which nobody lives: `remind` takes it in, and nothing happens.
    knock = {"debtor": "stripe#default#live#cus_nobody", "invoice": "in_nobody"}
    sqs.send_message(QueueUrl=outputs["KnockDeadLetterUrl"], MessageBody=json.dumps(knock))
    for expected in ("1 messages went back\n", "0 messages went back\n"):
        driven = relance(binary, "redrive", outputs["KnockDeadLetterUrl"], outputs["KnockQueueUrl"])
        assert (driven.returncode, driven.stdout) == (0, expected), driven.stderr


def test_pause_and_resume(cast: Cast, binary: str) -> None:
    invoice, table = cast.moved, cast.stack.outputs["TableName"]

    def schedules() -> int:
        items = [item for item in cast.stack.file(invoice.customer.id) if item["SK"]["S"].startswith("FILE#OPEN")]
        return sum("next" in item["value"]["M"]["outlook"]["M"] for item in items)

    until(lambda: schedules() == 1, "the webhook is taken in")
    for words, said, planned in (
        (["pause", invoice.id], "paused by a person", 0),
        (["resume", invoice.id], "resumed by a person", 1),
        (["resume", invoice.id], "nothing to change", 1),
    ):
        done = relance(binary, *words, "--table", table)
        assert (done.returncode, done.stdout) == (0, f"{invoice.id}: {said}\n"), done.stderr
        until(lambda planned=planned: schedules() == planned, said)


def test_replan_looks_at_open_invoices_and_changes_none_by_the_policy_in_force(
    cast: Cast, binary: str, tmp_path: Path
) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    more = ["--policy", os.environ["RELANCE_POLICY_DIR"], "--table", cast.stack.outputs["TableName"]]
    one = relance(binary, "replan", invoice.id, *more)
    said = "1 open invoices were looked at, 0 are planned anew\n"
    assert (one.returncode, one.stdout) == (0, f"{invoice.id}: {said}"), one.stderr
    unknown = relance(binary, "replan", "in_nobodys", *more)
    assert unknown.returncode == 1
    assert "neither an invoice nor a customer" in unknown.stderr
    state = tmp_path / "replan.json"
    for about in (["--everything"], ["--all-of", "stripe"]):
        replanned = relance(binary, "replan", *about, "--rate", "10000", "--state", str(state), *more)
        assert replanned.returncode == 0, replanned.stderr
        invoices, rest = replanned.stdout.split(" ", 1)
        assert int(invoices) >= 1
        assert rest.startswith("open invoices were looked at, ")
        assert not state.exists()
    # Of another job: nothing is taken over.
    state.write_text('{"about":"stripe","parts":["start"],"items":0,"invoices":0,"changed":0}')
    other = relance(binary, "replan", "--everything", "--state", str(state), *more)
    assert other.returncode == 1
    assert "is about `stripe`: delete it to begin anew" in other.stderr


def test_restore_brings_a_recovered_table_back_paused(cast: Cast, binary: str) -> None:
    invoice, table = cast.moved, cast.stack.outputs["TableName"]
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    dynamodb, events = cast.stack.client("dynamodb"), cast.stack.client("events")
    dynamodb.create_table(
        TableName="recovered",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    )
    items = json.dumps(cast.stack.items(f"stripe#default#live#{invoice.customer.id}"))
    items = items.replace(invoice.customer.id, "cus_restored").replace(invoice.id, "in_restored")
    for item in json.loads(items):
        dynamodb.put_item(TableName="recovered", Item=item)
    bus = events.describe_event_bus()["Arn"]
    archive = events.create_archive(ArchiveName="mail-events", EventSourceArn=bus)["ArchiveArn"]
    since = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    restored = relance(binary, "restore", "recovered", "--table", table, "--at", since)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.startswith("1 customers, 1 invoices and ")
    rule = cast.stack.outputs["MailEventRuleArn"]
    replayed = relance(binary, "replay", "--archive", archive, "--rule", rule, "--since", since)
    assert replayed.returncode == 0, replayed.stderr
    assert [replay["EventSourceArn"] for replay in events.list_replays()["Replays"]] == [archive]
    shown = relance(binary, "show", "in_restored", "--table", table)
    assert shown.stdout.startswith("Everything is paused\nDebtor stripe#default#live#cus_restored\n")
    assert "restored from a backup of" in shown.stdout
    resumed = relance(binary, "resume", "--everything", "--table", table)
    assert resumed.returncode == 0, resumed.stderr
