"""The command line, on the deployed stack."""

import json
import subprocess

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


def test_redrive_brings_dead_letters_back(cast: Cast, binary: str) -> None:
    outputs, sqs = cast.stack.outputs, cast.stack.client("sqs")
    # A knock at a door behind which nobody lives: `remind` takes it in, and nothing happens.
    knock = {"debtor": "stripe#default#live#cus_nobody", "invoice": "in_nobody"}
    sqs.send_message(QueueUrl=outputs["KnockDeadLetterUrl"], MessageBody=json.dumps(knock))
    for expected in ("1 messages went back\n", "0 messages went back\n"):
        driven = relance(binary, "redrive", outputs["KnockDeadLetterUrl"], outputs["KnockQueueUrl"])
        assert (driven.returncode, driven.stdout) == (0, expected), driven.stderr
