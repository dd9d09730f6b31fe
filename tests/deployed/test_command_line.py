"""The command line, on the deployed stack."""

import json
import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import Cast
from stack import until


def relance(
    binary: str, *arguments: str, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Of the stack that RELANCE_STACK names."""
    return subprocess.run(
        [binary, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_show_prints_an_invoices_file_and_journal_and_no_address(cast: Cast, binary: str) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    shown = relance(binary, "show", invoice.id)
    assert shown.returncode == 0, shown.stderr
    assert f"Debtor stripe#default#live#{invoice.customer.id}" in shown.stdout
    assert "invoice.finalized" in shown.stdout
    for step in cast.policy.steps:
        assert f"{step.id} planned for" in shown.stdout
    assert invoice.customer.email not in shown.stdout


def test_show_says_what_it_does_not_know(cast: Cast, binary: str) -> None:
    shown = relance(binary, "show", "in_nobodys")
    assert shown.returncode == 1
    assert "neither an invoice nor a customer `in_nobodys`" in shown.stderr


def test_show_looks_for_a_customer_alone_where_it_is_told_to(cast: Cast, binary: str) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    for wanted, found in ((invoice.customer.id, 0), (invoice.id, 1)):
        shown = relance(binary, "show", wanted, "--customer")
        assert shown.returncode == found, shown.stderr


def test_show_tells_programs_the_same_and_no_address(cast: Cast, binary: str) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    done = relance(binary, "show", invoice.id, "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["debtor"]["key"] == f"stripe#default#live#{invoice.customer.id}"
    assert [known["id"] for known in shown["invoices"]] == [invoice.id]
    assert {step["id"] for step in shown["invoices"][0]["steps"]} == {step.id for step in cast.policy.steps}
    assert any("invoice.finalized" in line["says"] for line in shown["journal"])
    assert invoice.customer.email not in done.stdout
    assert invoice.url not in done.stdout


def test_dead_letters_are_brought_back(cast: Cast, binary: str) -> None:
    outputs, sqs = cast.stack.outputs, cast.stack.client("sqs")
    # A knock at a door behind which nobody lives: `remind` takes it in, and nothing happens.
    knock = {"debtor": "stripe#default#live#cus_nobody", "invoice": "in_nobody"}
    sqs.send_message(QueueUrl=outputs["KnockDeadLetterUrl"], MessageBody=json.dumps(knock))
    for expected in ("knocks: 1 messages went back\n", "knocks: 0 messages went back\n"):
        driven = relance(binary, "retell", "dead-letters", "knocks")
        assert (driven.returncode, driven.stdout) == (0, expected), driven.stderr
    every = relance(binary, "retell", "dead-letters")
    queues = [line.split(":")[0] for line in every.stdout.splitlines()]
    assert queues == ["knocks", "mail-events", "repairs", "stripe-events"], every.stderr


def test_pause_and_resume(cast: Cast, binary: str) -> None:
    invoice = cast.moved

    def schedules() -> int:
        items = [item for item in cast.stack.file(invoice.customer.id) if item["SK"]["S"].startswith("FILE#OPEN")]
        return sum("next" in item["value"]["M"]["outlook"]["M"] for item in items)

    until(lambda: schedules() == 1, "the webhook is taken in")
    for words, said, planned in (
        (["pause", invoice.id], "paused by a person", 0),
        (["resume", invoice.id], "resumed by a person", 1),
        (["resume", invoice.id], "nothing to change", 1),
    ):
        done = relance(binary, *words)
        assert (done.returncode, done.stdout) == (0, f"{invoice.id}: {said}\n"), done.stderr
        until(lambda planned=planned: schedules() == planned, said)


def test_replan_looks_at_open_invoices_and_changes_none_by_the_policy_in_force(
    cast: Cast, binary: str, tmp_path: Path
) -> None:
    invoice = cast.moved
    until(lambda: cast.stack.file(invoice.customer.id), "the webhook is taken in")
    more = ["--policy", os.environ["RELANCE_POLICY_DIR"]]
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
    invoice = cast.moved
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
    restored = relance(binary, "restore", "recovered", "--at", since)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.startswith("1 customers, 1 invoices and ")
    # The emulator's stack has none of its own.
    told = relance(binary, "retell", "mail-events", "--since", since)
    assert (told.returncode, "has no output `MailEventArchiveArn`" in told.stderr) == (1, True)
    told = relance(binary, "retell", "mail-events", "--archive", archive, "--since", since)
    assert told.returncode == 0, told.stderr
    assert [replay["EventSourceArn"] for replay in events.list_replays()["Replays"]] == [archive]
    shown = relance(binary, "show", "in_restored")
    assert shown.stdout.startswith("Everything is paused\nDebtor stripe#default#live#cus_restored\n")
    assert "restored from a backup of" in shown.stdout
    resumed = relance(binary, "resume", "--everything")
    assert resumed.returncode == 0, resumed.stderr


def test_errors_say_why(cast: Cast, binary: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    for why, options, environment in (
        ("there are no credentials (", [], nothing),
        ("there are no credentials (profile nobodys: ", ["--profile", "nobodys"], {}),
        ("no region is known", [], {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}),
        ("AWS cannot be reached for cloudformation:DescribeStacks", [], {"AWS_ENDPOINT_URL": nobody}),
        ("there is no stack `nobodys` in us-east-1", ["--stack", "nobodys"], {}),
        ("there is no stack `relance` in eu-west-3", ["--region", "eu-west-3"], {}),
    ):
        done = relance(binary, "show", cast.moved.id, *options, **environment)
        assert (done.returncode, done.stdout) == (1, ""), why
        assert why in done.stderr, done.stderr


def test_a_profile_that_is_named_counts_before_the_keys_in_the_environment(
    cast: Cast, binary: str, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile empty]\nregion = us-east-1\n")
    done = relance(binary, "show", cast.moved.id, "--profile", "empty", AWS_CONFIG_FILE=str(config))
    assert (done.returncode, done.stdout) == (1, "")
    assert "there are no credentials" in done.stderr


def test_a_secret_is_taken_from_the_standard_input_and_judged(cast: Cast, binary: str, tmp_path: Path) -> None:
    ssm, name = cast.stack.client("ssm"), cast.stack.outputs["SecretName"].replace("{source}", "stripe")

    def stored() -> str:
        parameter = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert parameter["Type"] == "SecureString"
        return parameter["Value"]

    def put(secret: str, *options: str) -> subprocess.CompletedProcess[str]:
        return relance(binary, "secret", "set", "stripe", "--policy", str(policy), *options, stdin=secret)

    policy = tmp_path / "policy"
    shutil.copytree(os.environ["RELANCE_POLICY_DIR"], policy)
    file = policy / "relance.toml"
    file.write_text(file.read_text() + '\n[sources.second]\ntool = "stripe"\nmode = "test"\ntime_zone = "UTC"\n')
    second = name.replace("stripe", "second")
    ssm.put_parameter(Name=second, Type="SecureString", Value="whsec_of_another_source")
    before = stored()
    try:
        for bad, why in (
            ("", "there is no secret"),
            ("whsec_short", "it can be guessed"),
            ("sk_live_51PgagkLnSgHv2of_the_api", "the secret is not of the form whsec_…"),
            ("whsec_of_another_source", "it is the secret of second, too"),
        ):
            done = put(bad)
            assert (done.returncode, done.stdout) == (1, "")
            assert why in done.stderr
            assert not bad or bad not in done.stderr
            assert stored() == before
        done = put("whsec_new_in_the_tool\n", "--keep")
        assert done.returncode == 0, done.stderr
        assert stored().splitlines() == ["whsec_new_in_the_tool", before.splitlines()[0]]
        assert "whsec" not in done.stdout
        assert f"Next: relance doctor --stack {cast.stack.name}" in done.stdout
        assert f"{cast.stack.resources['Api']}.execute-api" in done.stdout
        assert put("whsec_new_in_the_tool\n").returncode == 0
        assert stored() == "whsec_new_in_the_tool"
        unknown = relance(binary, "secret", "set", "strpe", "--policy", str(policy), stdin="whsec_new_in_the_tool")
        assert (unknown.returncode, "there is no source `strpe`" in unknown.stderr) == (1, True)
    finally:
        ssm.delete_parameter(Name=second)
        cast.stack.put_secrets("stripe")


def test_a_key_is_taken_from_the_standard_input_and_one_that_may_do_more_than_to_read_is_refused(
    cast: Cast, binary: str, tmp_path: Path
) -> None:
    # Of a source that nobody else has: the functions would ask by it.
    ssm, name = cast.stack.client("ssm"), f"/relance/{cast.stack.name}/keys/second"
    policy = tmp_path / "policy"
    shutil.copytree(os.environ["RELANCE_POLICY_DIR"], policy)
    file = policy / "relance.toml"
    for source, tool in (("own", "standard-webhooks"), ("second", "stripe")):
        with file.open("a") as text:
            text.write(f'\n[sources.{source}]\ntool = "{tool}"\nmode = "live"\ntime_zone = "UTC"\n')

    def put(key: str, source: str = "second", *options: str) -> subprocess.CompletedProcess[str]:
        return relance(binary, "secret", "set", source, "--key", "--policy", str(policy), *options, stdin=key)

    def stored() -> list[str]:
        found = ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"]
        assert {parameter["Type"] for parameter in found} <= {"SecureString"}
        return [parameter["Value"] for parameter in found]

    try:
        for bad, why in (
            ("", "a key has at least"),
            ("sk_live_of_everything", "this is a secret key, which may do everything: make a restricted key"),
            ("whsec_of_the_webhooks", "this is a webhook's signing secret"),
            ("rk_test_of_the_other_mode", "this key is not for live mode"),
            ("another_tools_key", "this is no key of the tool"),
        ):
            done = put(bad)
            assert (done.returncode, done.stdout, stored()) == (1, "", [])
            assert why in done.stderr
            assert not bad or bad not in done.stderr
        done = put("rk_live_of_the_tests", "own")
        assert (done.returncode, "own: its tool cannot be asked" in done.stderr) == (1, True)
        assert put("rk_live_of_the_tests", "second", "--keep").returncode == 2
        done = put("rk_live_of_the_tests\n")
        assert done.returncode == 0, done.stderr
        assert stored() == ["rk_live_of_the_tests"]
        assert "rk_live" not in done.stdout
        assert f"the key is in {name}" in done.stdout
    finally:
        ssm.delete_parameters(Names=[name])


def test_completions_know_the_commands(binary: str) -> None:
    for shell in ("bash", "zsh", "fish"):
        done = relance(binary, "completions", shell)
        assert done.returncode == 0
        for command in ("doctor", "retell", "secret"):
            assert command in done.stdout


def test_one_word_brings_things_back(binary: str) -> None:
    for gone in ("replay", "redrive"):
        assert relance(binary, gone).returncode == 2
    said = relance(binary, "--help").stdout
    assert "retell" in said
    assert "--table" not in relance(binary, "show", "--help").stdout
