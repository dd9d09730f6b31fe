"""The user's own automation hears what the policy has it told, on a bus that a rule reads."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from policy import Policy
from stack import Stack, until


class Automation:
    """A rule on the stack's bus, and the queue behind it."""

    def __init__(self, stack: Stack) -> None:
        self._events, self._sqs = stack.client("events"), stack.client("sqs")
        self._name = f"automation-{uuid4().hex[:8]}"
        self._queue = self._sqs.create_queue(QueueName=self._name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        pattern = {"source": ["relance"], "detail-type": ["service.suspend", "service.resume"]}
        self._events.put_rule(Name=self._name, EventPattern=json.dumps(pattern))
        self._events.put_targets(Rule=self._name, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])
        self.heard: list[dict] = []

    def hears(self, signal: str, invoice: str) -> dict | None:
        messages = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.heard.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        of_it = (event for event in self.heard if event["detail-type"] == signal)
        return next((event for event in of_it if event["detail"]["data"]["invoice"] == invoice), None)

    def close(self) -> None:
        self._events.remove_targets(Rule=self._name, Ids=["queue"])
        self._events.delete_rule(Name=self._name)
        self._sqs.delete_queue(QueueUrl=self._queue)


@pytest.fixture
def automation(stack: Stack) -> Iterator[Automation]:
    automation = Automation(stack)
    yield automation
    automation.close()


def test_a_service_is_suspended_the_day_after_its_customer_was_warned_and_goes_on_when_the_debt_is_paid(
    stack: Stack, automation: Automation, rules: Policy, binary: str, tmp_path: Path
) -> None:
    customer, invoice = f"cus_{uuid4().hex[:8]}", f"in_{uuid4().hex[:8]}"
    yesterday, due = rules.today - timedelta(1), rules.today - timedelta(3)
    file = tmp_path / "open.csv"

    def relance(*arguments: str) -> str:
        command = [binary, *arguments, "--source", "stripe", "--policy", os.environ["RELANCE_POLICY_DIR"]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        return done.stdout

    def bring_in(remaining: str) -> None:
        file.write_text(
            "id,customer,currency,total,remaining,due_on,email,country,relance_plan,already_sent\n"
            f"{invoice},{customer},EUR,90.00,{remaining},{due},"
            f"ap@{customer.replace('_', '-')}.example,{rules.country},suspends,warns-1 {yesterday}\n"
        )
        relance("import", "--csv", str(file), "--as-of", str(yesterday))

    bring_in("90.00")
    assert automation.hears("service.suspend", invoice) is None, "it is on hold"
    relance("release", invoice, "--hold", "imported")
    told = until(lambda: automation.hears("service.suspend", invoice), "the automation is told", 120)
    event = told["detail"]
    assert (event["specversion"], event["source"]) == ("1.0", "relance/stripe/default/live")
    assert event["subject"] == customer
    assert {name: event["data"][name] for name in ("left", "currency", "step", "due_on")} == {
        "left": "90.00",
        "currency": "EUR",
        "step": "suspends-2",
        "due_on": str(due),
    }
    bring_in("0")
    over = until(lambda: automation.hears("service.resume", invoice), "it is told that the debt is paid", 60)
    assert over["detail"]["data"] == {
        "customer": customer,
        "invoice": invoice,
        "step": "suspends-2",
        "status": "paid",
        "others": [],
    }
