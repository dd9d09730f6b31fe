"""Asks whether an update leaves in place what a stack of the last release holds: kept.yaml, against the translation.

CloudFormation makes a resource anew under another id or type, and when a property changes that it cannot change in
place. Which those are is written in AWS's own schemas, which come with cfn-lint.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

HERE = Path(__file__).parent
RELEASED = (HERE / "kept.yaml").read_text()
NOW = (HERE / "translated.yaml").read_text()
# What was set for it is passed over: `sam deploy` names to AWS only what the template has.
DROPPED = {"Architecture": "as each function is built: arm64"}


def kept(template: dict) -> dict[str, dict]:
    """Its resources, but for what only stands in for a function."""
    resources = template["Resources"].items()
    return {name: resource for name, resource in resources if resource["Type"] != "AWS::Lambda::Function"}


def fixed(kind: str) -> set[str]:
    """The properties that CloudFormation cannot change in place."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    paths = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    return {path.split("/")[2] for path in paths}


def losses(released: dict, now: dict) -> Iterator[str]:
    for name, parameter in released["Parameters"].items():
        if name not in DROPPED and now["Parameters"].get(name, {}).get("Type") != parameter["Type"]:
            yield f"the parameter {name} is not what it was"
    for name, resource in kept(released).items():
        if name not in now["Resources"]:
            yield f"{name} is gone"
            continue
        before, after = flat(resource), flat(now["Resources"][name])
        for what in ["Type", "Condition", *sorted(fixed(resource["Type"]))]:
            if before.get(what) != after.get(what):
                yield f"{name}: its {what} was {before.get(what)}, and is {after.get(what)}"


def flat(resource: dict) -> dict:
    return resource | resource.get("Properties", {})


def main() -> int:
    lost = list(losses(yaml.safe_load(RELEASED), yaml.safe_load(NOW)))
    print(*lost, sep="\n", end="\n" if lost else "")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
