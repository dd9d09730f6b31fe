"""A first deployment that fails leaves nothing in the way of the second; and with every option the stack comes up."""

import pytest
import yaml
from botocore.exceptions import WaiterError
from conftest import Cast
from kept import NOW
from packaged import create
from stack import Stack

NAME = "relance-at-first"
SOON = {"Delay": 1}


def tables() -> list[str]:
    return [name for name in Stack.client("dynamodb").list_tables()["TableNames"] if name.startswith(NAME)]


def test_a_first_deployment_that_fails_is_taken_back_whole_and_tried_again() -> None:
    """The emulator takes back a protected table, too, which AWS does not: that none is, options.py asks."""
    template = yaml.safe_load(NOW)
    properties = {"VisibilityTimeout": 1_000_000}  # which no queue has
    template["Resources"]["Broken"] = {"Type": "AWS::SQS::Queue", "DependsOn": "Table", "Properties": properties}
    formation = create(NAME, yaml.safe_dump(template))
    with pytest.raises(WaiterError):
        formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=SOON)
    assert formation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert tables() == []
    formation.delete_stack(StackName=NAME)
    formation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig=SOON)
    create(NAME).get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=SOON)
    # What it holds stays when it is deleted; nothing, here.
    (table,) = tables()
    formation.delete_stack(StackName=NAME)
    formation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig=SOON)
    assert tables() == [table]
    Stack.client("dynamodb").delete_table(TableName=table)


def test_the_table_is_protected_once_it_holds_something(cast: Cast) -> None:
    cast.stack.sweep()
    described = cast.stack.client("dynamodb").describe_table(TableName=cast.stack.outputs["TableName"])
    assert described["Table"]["DeletionProtectionEnabled"] is True


def test_with_a_key_a_boundary_and_a_domain_of_the_users_own_the_stack_comes_up() -> None:
    key = Stack.client("kms").create_key()["KeyMetadata"]["Arn"]
    zones = Stack.client("route53")
    zone = zones.create_hosted_zone(Name="example.com", CallerReference="relance")["HostedZone"]["Id"].split("/")[-1]
    certificate = Stack.client("acm").request_certificate(DomainName="billing.example.com")["CertificateArn"]
    name = "relance-of-a-bank"
    formation = create(
        name,
        KmsKeyArn=key,
        PermissionsBoundaryArn="arn:aws:iam::aws:policy/AdministratorAccess",
        DomainName="billing.example.com",
        CertificateArn=certificate,
        HostedZoneId=zone,
        IngestReserved="5",
    )
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=SOON)
    stack = Stack(name, "")
    assert stack.outputs["WebhookUrl"] == "https://billing.example.com/webhooks/{source}"
    queue = Stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs["KnockQueueUrl"], AttributeNames=["All"])
    assert queue["Attributes"]["KmsMasterKeyId"] == key
    records = zones.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [record["Type"] for record in records if record["Name"].startswith("billing.")] == ["A"]
    formation.delete_stack(StackName=name)
