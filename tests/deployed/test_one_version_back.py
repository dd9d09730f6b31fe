"""A newer version is deployed over this one while invoices are under way, and this one over it again.

The newer one is this one with what a next release may bring: another resource, another setting of each function, and
in the table a field and a hold that this version has no name for. What of it this version must leave alone in every
state, tests/local/one_version_back.rs plays.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from policy import Policy
from samcli.yamlhelper import yaml_parse
from stack import Stack, schedule_prefix, until
from stripe_events import Customer, Invoice

NAME = "relance-and-back"
SOON = {"Delay": 1}
ADDED = {"M": {"by": {"S": "a newer version"}}}


class Releases:
    """A stack of its own, of the functions that are deployed already."""

    def __init__(self, deployed: Stack) -> None:
        self.formation = Stack.client("cloudformation")
        body = self.formation.get_template(StackName=deployed.name, TemplateStage="Original")["TemplateBody"]
        self.this = body if isinstance(body, dict) else yaml_parse(body)
        described = self.formation.describe_stacks(StackName=deployed.name)["Stacks"][0]
        self.formation.create_stack(**self._asked(self.this), Parameters=described["Parameters"])
        self.formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=SOON)
        self.stack = Stack(NAME, deployed.endpoint)
        self.stack.say_roles_in_the_emulators_words()
        self.stack.put_secrets("stripe")

    def deploy(self, template: dict) -> None:
        previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in template["Parameters"]]
        self.formation.update_stack(**self._asked(template), Parameters=previous)
        self.formation.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig=SOON)

    @property
    def next(self) -> dict:
        template = json.loads(json.dumps(self.this))
        template["Resources"]["Letters"] = {"Type": "AWS::SQS::Queue"}
        template["Globals"]["Function"]["Environment"]["Variables"]["LETTERS"] = {"Ref": "Letters"}
        return template

    def physical_ids(self) -> dict[str, str]:
        described = self.formation.describe_stack_resources(StackName=NAME)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}

    def _asked(self, template: dict) -> dict:
        s3 = Stack.client("s3")
        s3.create_bucket(Bucket=NAME)
        s3.put_object(Bucket=NAME, Key="template.json", Body=json.dumps(template).encode())
        return {
            "StackName": NAME,
            "TemplateURL": f"https://s3.amazonaws.com/{NAME}/template.json",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }


@pytest.fixture(scope="module")
def releases(stack: Stack, rules: Policy) -> Iterator[Releases]:
    assert os.environ["RELANCE_POLICY_DIR"]  # the policy in force is that of all stacks here
    releases = Releases(stack)
    yield releases
    releases.formation.delete_stack(StackName=NAME)


def invoice(who: str, rules: Policy) -> Invoice:
    """One whose first reminder is days ahead."""
    customer = Customer(f"Société {who}", f"{who}@customer.example", rules.country)
    return Invoice(customer, rules.today + timedelta(25), rules.zone)


def registered(stack: Stack, invoice: Invoice) -> set[str]:
    debtor = f"stripe#default#live#{invoice.customer.id}"
    schedules = stack.schedules(schedule_prefix(debtor, invoice.id))
    return {schedule["ScheduleExpression"] for schedule in schedules}


def planned(rules: Policy, invoice: Invoice) -> set[str]:
    return {f"at({rules.instant(invoice.due, step):%Y-%m-%dT%H:%M:%S})" for step in rules.steps}


def stored(stack: Stack, invoice: Invoice) -> dict:
    (item,) = [item for item in stack.file(invoice.customer.id) if item["SK"]["S"] == f"FILE#OPEN#{invoice.id}"]
    return item


def test_a_newer_version_comes_and_goes_while_invoices_are_under_way(releases: Releases, rules: Policy) -> None:
    stack, table = releases.stack, Stack.client("dynamodb")
    going, held, settled, new = (invoice(who, rules) for who in ("going-on", "held", "settled", "new"))
    for known in (going, held, settled):
        stack.tell(known.finalized())
    for known in (going, held, settled):
        until(lambda known=known: registered(stack, known) == planned(rules, known), f"schedules of {known.customer}")
    before = releases.physical_ids()

    releases.deploy(releases.next)
    assert "Letters" in releases.physical_ids()
    stack.tell(new.finalized())
    until(lambda: registered(stack, new) == planned(rules, new), "schedules under the newer version")
    for known in (going, held):
        item = stored(stack, known)
        item["value"]["M"]["added"] = ADDED
        if known is held:
            item["value"]["M"]["holds"] = {"M": {"promised": ADDED}}
        table.put_item(TableName=stack.outputs["TableName"], Item=item)

    releases.deploy(releases.this)
    assert releases.physical_ids() == before
    later = rules.today + timedelta(32)
    for known in (going, held, new):
        stack.tell(known.moved(later))
    stack.tell(settled.paid())
    for known in (going, new):
        until(lambda known=known: registered(stack, known) == planned(rules, known), f"schedules of {known.customer}")
    until(lambda: not registered(stack, settled), "no schedules of what is paid")
    until(lambda: not registered(stack, held), "no schedules of what a newer version holds")
    assert stored(stack, going)["value"]["M"]["added"] == ADDED
    assert stored(stack, held)["value"]["M"]["added"] == ADDED
    assert stored(stack, held)["value"]["M"]["holds"] == {"M": {"promised": ADDED}}
