"""The template as AWS SAM translates it, put where `sam deploy` would have put it: with functions that never start."""

import io
import zipfile
from typing import Any

import yaml
from kept import NOW
from stack import Stack


def upload(template: str) -> str:
    """Its address: it is longer than a body of CloudFormation may be."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "never started")
    s3 = Stack.client("s3")
    for resource in yaml.safe_load(template)["Resources"].values():
        uploaded = resource["Properties"].get("Code") or resource["Properties"].get("Content")
        if uploaded:
            s3.create_bucket(Bucket=uploaded["S3Bucket"])
            s3.put_object(Bucket=uploaded["S3Bucket"], Key=uploaded["S3Key"], Body=code.getvalue())
    s3.put_object(Bucket="bucket", Key="template.yaml", Body=template.encode())
    return "https://s3.amazonaws.com/bucket/template.yaml"


def create(name: str, template: str = NOW, **parameters: str) -> Any:
    """Begins to create a stack. Gives the client. The emulator knows no archives in templates."""
    formation = Stack.client("cloudformation")
    formation.create_stack(
        StackName=name,
        TemplateURL=upload(template),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {"AlarmAddress": "alarms@example.com", "MailEventDays": "0", **parameters}.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    return formation
