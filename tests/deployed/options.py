"""Asks what SAM makes of the template whether its options reach everything, and whether a first deployment that fails
can be taken back.

An option that somebody adds a resource beside, and forgets, would be found by nobody: a role without the boundary, a
log without the key.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

NOW = yaml.safe_load((Path(__file__).parent / "translated.yaml").read_text())
RESOURCES: dict[str, dict] = NOW["Resources"]
NOTHING = {"Ref": "AWS::NoValue"}


def where_set(condition: str, value: object) -> dict:
    """`value` where the option is set, and nothing otherwise."""
    return {"Fn::If": [condition, value, NOTHING]}


KEY = where_set("HasKmsKey", {"Ref": "KmsKeyArn"})
# By type of resource, what each one of it must say.
SAYS = {
    "AWS::IAM::Role": {
        "PermissionsBoundary": where_set("HasBoundary", {"Ref": "PermissionsBoundaryArn"}),
        "ManagedPolicyArns": where_set("HasKmsKey", [{"Ref": "UseOfKey"}]),
    },
    "AWS::DynamoDB::Table": {
        "SSESpecification": where_set(
            "HasKmsKey", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "KmsKeyArn"}}
        ),
    },
    "AWS::SQS::Queue": {"KmsMasterKeyId": KEY, "SqsManagedSseEnabled": {"Fn::If": ["HasKmsKey", False, True]}},
    "AWS::SNS::Topic": {"KmsMasterKeyId": KEY},
    "AWS::Logs::LogGroup": {"KmsKeyId": KEY, "RetentionInDays": {"Ref": "LogDays"}},
    "AWS::Events::Archive": {"KmsKeyIdentifier": KEY},
    "AWS::Lambda::Function": {"KmsKeyArn": KEY, "Architectures": ["arm64"]},
}


def unsaid() -> Iterator[str]:
    for kind, properties in SAYS.items():
        for name, resource in RESOURCES.items():
            if resource["Type"] == kind:
                for what, value in properties.items():
                    if resource["Properties"].get(what) != value:
                        yield f"{name}: its {what} is {resource['Properties'].get(what)}"


def logs_of_its_own() -> Iterator[str]:
    """A log group that Lambda makes by itself is kept for ever, and no deletion of the stack takes it along."""
    logs = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::Logs::LogGroup"}
    for name, function in functions():
        if function["LoggingConfig"].get("LogGroup", {}).get("Ref") not in logs:
            yield f"{name} writes into no log group of the stack"


def functions() -> Iterator[tuple[str, dict]]:
    for name, resource in RESOURCES.items():
        if resource["Type"] == "AWS::Lambda::Function":
            yield name, resource["Properties"]


def taken_back() -> Iterator[str]:
    """CloudFormation takes back what it created, which a protected table refuses."""
    for name, resource in RESOURCES.items():
        if resource.get("DeletionPolicy") == "Retain" and "LayerVersion" not in resource["Type"]:
            yield f"{name} would stay when its creation is taken back"
        if "DeletionProtectionEnabled" in resource["Properties"]:
            yield f"{name} is protected from its creation on"


def senders() -> Iterator[str]:
    statements = [
        (name, statement)
        for name, resource in RESOURCES.items()
        if resource["Type"] == "AWS::IAM::Role"
        for policy in resource["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    sending = [(name, statement) for name, statement in statements if "ses:SendEmail" in statement.get("Action", [])]
    if [name for name, _ in sending] != ["RemindRole"]:
        yield f"mails may be sent by {[name for name, _ in sending]}"
    for name, statement in sending:
        if "ses:FromAddress" not in statement.get("Condition", {}).get("StringLike", {}):
            yield f"{name} may send from any address"


CHECKS: list[Callable[[], Iterator[str]]] = [unsaid, logs_of_its_own, taken_back, senders]


def main() -> int:
    found = [line for check in CHECKS for line in check()]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
