"""The deployed stack, as the tests and the benchmark see it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from stripe_events import signature

T = TypeVar("T")
SECRETS = ["whsec_the_one_that_is_going_out_of_use", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]


class Stack:
    def __init__(self, name: str, endpoint: str) -> None:
        self.name = name
        self.endpoint = endpoint
        formation = self.client("cloudformation")
        described = formation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        resources = formation.describe_stack_resources(StackName=name)["StackResources"]
        self.resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
        self._say_numbers_in_the_emulators_words()

    def _say_numbers_in_the_emulators_words(self) -> None:
        """A parameter that is a number is a text to it, where AWS reads the number: no queue would be polled."""
        client = self.client("lambda")
        for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
            if scaling := mapping.get("ScalingConfig"):
                scaling = {name: int(value) for name, value in scaling.items()}
                client.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)
            if factor := mapping.get("ParallelizationFactor"):
                client.update_event_source_mapping(UUID=mapping["UUID"], ParallelizationFactor=int(factor))

    @staticmethod
    def client(service: str) -> Any:
        # No retries: an invocation is not repeated behind the test's back.
        return boto3.client(service, config=Config(retries={"total_max_attempts": 1}, read_timeout=180))

    def client_of(self, service: str, role: str) -> Any:
        """A client that may do what this role may. On AWS only the function itself gets that far."""
        name, iam, sts = self.resources[role], self.client("iam"), self.client("sts")
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        principal = {"AWS": sts.get_caller_identity()["Account"]}
        anybody = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        widened = {**trust, "Statement": [*trust["Statement"], anybody]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(widened))
        try:
            arn = iam.get_role(RoleName=name)["Role"]["Arn"]
            given = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        return boto3.client(
            service,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def put_secrets(self, source: str) -> None:
        name = self.outputs["SecretName"].replace("{source}", source)
        self.client("ssm").put_parameter(Name=name, Type="SecureString", Value="\n".join(SECRETS), Overwrite=True)

    def put_key(self, source: str, key: str) -> None:
        name = f"/relance/{self.name}/keys/{source}"
        self.client("ssm").put_parameter(Name=name, Type="SecureString", Value=key, Overwrite=True)

    def say_roles_in_the_emulators_words(self) -> None:
        """What differs from AWS: it looks a batch up under an action of its own, every schedule in the group `default`,
        and a mail and an event under no resource and by no sender. Each role is rewritten for that, so that what it
        lacks is still refused."""
        client = self.client("iam")
        group = self.outputs["ScheduleGroup"]
        for role in (physical for logical, physical in self.resources.items() if logical.endswith("Role")):
            for name in client.list_role_policies(RoleName=role)["PolicyNames"]:
                document = client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                for statement in document["Statement"]:
                    if "sqs:SendMessage" in statement["Action"]:
                        statement["Action"] = ["sqs:SendMessageBatch", *_list(statement["Action"])]
                    if "ses:SendEmail" in statement["Action"] or "events:PutEvents" in statement["Action"]:
                        statement["Resource"] = "*"
                        del statement["Condition"]
                text = json.dumps(document).replace(f":schedule/{group}/", ":schedule/default/")
                client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)

    def set_environment(self, function: str, **variables: str) -> None:
        client, name = self.client("lambda"), self.resources[function]
        known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(FunctionName=name, Environment={"Variables": {**known, **variables}})

    def post(self, body: str | bytes, header: str | None, source: str = "stripe") -> int:
        """Posts a webhook as the billing tool would; its status."""
        headers = {
            "Host": f"{self.resources['Api']}.execute-api.localhost:{self.endpoint.rsplit(':', 1)[1]}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        if header is not None:
            headers["Stripe-Signature"] = header
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(f"{self.endpoint}/webhooks/{source}", data, headers, method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def tell(self, body: str, source: str = "stripe") -> None:
        """A webhook that must be taken."""
        status = self.post(body, signature(body, SECRETS[-1]), source)
        assert status == 200, f"{json.loads(body)['type']} was answered {status}"

    def publish(self, event: dict) -> None:
        """Where EventBridge's rule puts SES's events."""
        self.client("sqs").send_message(QueueUrl=self.outputs["SesEventQueueUrl"], MessageBody=json.dumps(event))

    def sweep(self) -> None:
        self._invoke("Sweep", {})

    def compare(self) -> None:
        """As every night."""
        self._invoke("Ask", {"errand": "compare_all"})

    def _invoke(self, function: str, event: dict) -> None:
        payload = json.dumps(event).encode()
        answer = self.client("lambda").invoke(FunctionName=self.resources[function], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()

    def sweep_under_fire(self) -> None:
        """It may be killed, too."""
        with suppress(Exception):
            self.client("lambda").invoke(FunctionName=self.resources["Sweep"], Payload=b"{}")

    def items(self, prefix: str = "") -> list[dict]:
        """The table's items whose PK starts so, in DynamoDB's own notation."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["TableName"])
        items = [item for page in pages for item in page["Items"] if item["PK"]["S"].startswith(prefix)]
        return sorted(items, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))

    def partition(self, customer: str, source: str = "stripe") -> list[dict]:
        """All that is known of a debtor."""
        return self.items(f"{source}#default#live#{customer}")

    def file(self, customer: str, source: str = "stripe") -> list[dict]:
        """What is known of a debtor and of its open invoices: all that a decision reads."""
        return [item for item in self.partition(customer, source) if item["SK"]["S"].startswith("FILE")]

    def schedules(self, prefix: str) -> list[dict]:
        client, group = self.client("scheduler"), self.outputs["ScheduleGroup"]
        found = []
        for listed in client.list_schedules(GroupName=group, NamePrefix=prefix)["Schedules"]:
            with suppress(client.exceptions.ResourceNotFoundException):  # deleted since it was listed
                found.append(client.get_schedule(GroupName=group, Name=listed["Name"]))
        return found

    def all_mails(self) -> list[dict]:
        with urllib.request.urlopen(f"{self.endpoint}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"]
        return [mail for mails in accounts.values() for mail in mails]

    def mails(self, recipient: str) -> list[dict]:
        return [mail for mail in self.all_mails() if recipient in mail["To"]]


def schedule_prefix(debtor: str, invoice: str) -> str:
    """What the names of an invoice's schedules begin with."""
    return sha256(f"{debtor}#{invoice}".encode()).hexdigest()[:24]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def until(look: Callable[[], T], what: str, seconds: float = 30, every: float = 0.5) -> T:
    """Looks again until it sees something."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)
    return seen
