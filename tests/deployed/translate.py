"""Translates the SAM template as CloudFormation will, lints the result and compares it with the reviewed one.

The translation shows a reviewer each resource as it will be, those that SAM makes of its own included, and cfn-lint
reads them all. UPDATE_SNAPSHOTS=1 writes it anew.
"""

import difflib
import os
import subprocess
import sys
from pathlib import Path

import yaml
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

HERE = Path(__file__).parent
TEMPLATE = HERE.parent.parent / "infra" / "template.yaml"
SNAPSHOT = HERE / "translated.yaml"
HEADER = "# What AWS SAM makes of infra/template.yaml, written by translate.py. Read its diff like code.\n"


class Plain(yaml.SafeDumper):
    """Writes dictionaries of any kind in their order, and never an alias: CloudFormation knows none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


Plain.add_multi_representer(dict, lambda dumper, data: dumper.represent_dict(data.items()))
Plain.add_multi_representer(str, lambda dumper, data: dumper.represent_str(str(data)))


def translate(template: dict) -> str:
    for name, resource in template["Resources"].items():
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = f"s3://bucket/{name}"  # as `sam deploy` would have put it
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    translated = Translator({}, Parser()).translate(template, {})
    return HEADER + yaml.dump(translated, Dumper=Plain, sort_keys=False, width=120)


def main() -> int:
    now = translate(yaml_parse(TEMPLATE.read_text()))
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        SNAPSHOT.write_text(now)
    before = SNAPSHOT.read_text() if SNAPSHOT.exists() else ""
    diff = list(difflib.unified_diff(before.splitlines(), now.splitlines(), "reviewed", "now", lineterm=""))
    if diff:
        print(*diff, "The translation changed. If that is meant: UPDATE_SNAPSHOTS=1 ./tests/run template", sep="\n")
        return 1
    return subprocess.run(["cfn-lint", str(SNAPSHOT)], check=False).returncode  # noqa: S607


if __name__ == "__main__":
    sys.exit(main())
