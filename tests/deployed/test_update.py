"""A stack of the last release takes the change set to this one, and keeps what it holds.

The emulator replaces where AWS does, but names it beforehand for some types only, and takes a parameter that nobody
knows any more: so what is left after the update is looked at, and kept.py asks AWS's schemas.
"""

from collections.abc import Iterator

import pytest
import yaml
from kept import DROPPED, NOW, RELEASED, kept
from packaged import upload
from stack import Stack

NAME = "relance-of-old"
# As a user has set them. The emulator knows no archives in templates.
SET = {"MailEventDays": "0", "StripeEventBus": "default", "DeletionProtection": "false", "SettleWindowSeconds": "901"}
KEPT = kept(yaml.safe_load(RELEASED))
ITEM = {"PK": {"S": "stripe#default#live#cus_old"}, "SK": {"S": "CLOSED#in_old"}}


def physical_ids() -> dict[str, str]:
    described = Stack.client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}


@pytest.fixture(scope="module")
def released() -> Iterator[dict[str, str]]:
    """A stack of the last release; its physical ids."""
    formation = Stack.client("cloudformation")
    formation.create_stack(
        StackName=NAME,
        TemplateBody=RELEASED,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in SET.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    yield physical_ids()
    formation.delete_stack(StackName=NAME)


@pytest.fixture(scope="module")
def change_set(released: dict[str, str]) -> dict:
    """The update, every parameter of the last release as it was set."""
    formation = Stack.client("cloudformation")
    names = [name for name in yaml.safe_load(RELEASED)["Parameters"] if name not in DROPPED]
    made = formation.create_change_set(
        StackName=NAME,
        ChangeSetName="update",
        TemplateURL=upload(NOW),
        Parameters=[
            *({"ParameterKey": name, "UsePreviousValue": True} for name in names),
            {"ParameterKey": "AlarmAddress", "ParameterValue": "alarms@example.com"},
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    formation.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1})
    return formation.describe_change_set(ChangeSetName=made["Id"])


def test_the_change_set_replaces_and_removes_nothing_that_is_kept(change_set: dict) -> None:
    changes = [change["ResourceChange"] for change in change_set["Changes"]]
    assert {"Schedule", "Sweep"} <= {change["LogicalResourceId"] for change in changes if change["Action"] == "Add"}
    lost = [
        change
        for change in changes
        if change["LogicalResourceId"] in KEPT and (change["Action"] != "Modify" or change["Replacement"] == "True")
    ]
    assert not lost


def test_the_update_leaves_in_place_what_is_kept(change_set: dict, released: dict[str, str]) -> None:
    formation, table = Stack.client("cloudformation"), Stack.client("dynamodb")
    table.put_item(TableName=released["Table"], Item=ITEM)
    formation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    formation.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
    now = physical_ids()
    assert {name: now.get(name) for name in KEPT if name in released} == {
        name: was for name, was in released.items() if name in KEPT
    }
    assert "Plan" not in now
    assert table.get_item(TableName=now["Table"], Key=ITEM)["Item"] == ITEM
    mapping = Stack.client("lambda").get_event_source_mapping(UUID=now["PlanFileChanged"])
    assert mapping["FunctionArn"].endswith(f":{now['Schedule']}")
    remind = Stack.client("lambda").get_function_configuration(FunctionName=now["Remind"])
    assert remind["Environment"]["Variables"]["DELIVERY_WINDOW_SECONDS"] == SET["SettleWindowSeconds"]
