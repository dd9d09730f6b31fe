"""The schema of `relance.toml`, as an editor uses it: by a validator that knows nothing of the reader."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomlkit
from test_dev_server import ROOT

# Each key that a policy may have.
EVERY = """
[company]
name = "Dupont"
footer = ["Dupont SAS"]
team = "team@dupont.fr"
engineer = "it@dupont.fr"
deputy = "head@dupont.fr"
language = "fr"
languages = ["fr", "en"]
time_zone = "Europe/Paris"

[company.accounts.EUR]
holder = "Dupont SAS"
bank = "Banque"
iban = "FR76 3000 6000 0112 3456 7890 189"
bank_code = "AGRIFRPP"

[company.accounts.USD]
number = "000123456789"

[senders.friendly]
name = { fr = "Dupont, comptabilité", en = "Dupont, accounts" }
email = "compta@dupont.fr"
reply_to = "compta@dupont.fr"
account_manager = true

[companies.gmbh]
when = 'debtor.source == "stripe-de"'
name = "Dupont GmbH"
footer = ["Dupont GmbH"]

[calendar]
send_at = "09:00"
window = ["09:00", "24:00"]
weekend = ["saturday", "sunday"]
holidays = true
closed = ["2027-05-07", "12-24..01-02"]

[limits]
mails_per_week = 3
chase_from = "1.00"

[first_contact]
patience = "3 days"
limit = "30 days"

[sources.stripe]
tool = "stripe"
url = "https://hooks.dupont.fr/webhooks/stripe"
mode = "live"
time_zone = "Europe/Paris"
chase_failed_charges = false
quiet_days = 7
api = "https://dupont.chargebee.com"
account = "10234695"

[[sequences]]
name = "large"
when = "invoice.remaining >= 5000"
mails_per_week = 1
chase_from = "30"
patience = "1 day"
limit = "60 days"

[[sequences.steps]]
id = "large-1"
on = "due + 1 business day"
severity = 1
when = "not invoice.po_number"
template = "reminder"
sender = "friendly"
to = ["payer", "invoice"]
cc = ["approver"]
bcc = ["account_manager", "archive@dupont.fr"]
last_look = "when it answers"
attach = "invoice"
roll = "earlier"
chase_from = "5.5"
approval = "announced"

[[sequences.steps]]
id = "suspend"
on = "previous + 7 days"
signal = "service.suspend"
undo = "service.resume"

[[steps]]
id = "complete"
on = "issue"
task = "complete"
requires = ["order_number"]

[[steps]]
id = "late"
on = "due + 20 days, end of month"
template = "firm"
sender = "friendly"
"""
# What only the reader can judge: whether there is such a zone, and such a sender, whether a condition can be read,
# whether a ladder rises.
JUDGED_BY_THE_READER = {"time_zone", "sender", "when", "severity"}


@pytest.fixture(scope="module")
def schema(binary: str) -> jsonschema.Draft7Validator:
    printed = subprocess.run([binary, "schema"], capture_output=True, text=True, check=True).stdout
    schema = json.loads(printed)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def is_refused(binary: str, folder: Path, text: str) -> bool:
    """Whether the reader refuses a policy."""
    (folder / "relance.toml").write_text(text)
    command = [binary, "check", "--example", "--json", "--policy", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    errors = json.loads(done.stdout)["errors"]
    return any((error["file"] or "").endswith("relance.toml") for error in errors)


def keys(text: str) -> list[tuple[int, str]]:
    """The lines of a policy that have a key, with it."""
    lines = enumerate(text.splitlines())
    return [(number, line.split(" = ")[0]) for number, line in lines if " = " in line]


def names(here: Any) -> Iterator[str]:
    """The keys that a schema has, wherever they are."""
    inside = here.values() if isinstance(here, dict) else here if isinstance(here, list) else []
    if isinstance(here, dict):
        yield from here.get("properties", {})
    for value in inside:
        yield from names(value)


@pytest.mark.parametrize(
    "file",
    [
        "infra/policy/relance.toml",
        "tests/fixtures/policy/relance.toml",
        "shared/dunning/tests/rules/relance.toml",
        *(f"infra/policy/examples/{name}/relance.toml" for name in ["b2b-france", "b2b-germany", "consumers"]),
        *(f"infra/policy/examples/{name}/relance.toml" for name in ["key-accounts", "two-companies"]),
    ],
)
def test_each_policy_of_ours_is_valid_for_an_editor(schema: jsonschema.Draft7Validator, file: str) -> None:
    schema.validate(tomlkit.parse((ROOT / file).read_text()).unwrap())


def test_a_policy_with_each_key_there_is_is_valid_for_an_editor_and_for_the_reader(
    binary: str, schema: jsonschema.Draft7Validator, tmp_path: Path
) -> None:
    schema.validate(tomlkit.parse(EVERY).unwrap())
    assert not is_refused(binary, tmp_path, EVERY)
    for name in names(schema.schema):
        assert re.search(rf"^{name} = |[.\[]{name}[.\]]", EVERY, re.MULTILINE), name


@pytest.mark.parametrize("place", keys(EVERY), ids=lambda place: place[1])
@pytest.mark.parametrize("wrong", ["3.5", "[[1]]", '"no such thing!"'])
def test_what_an_editor_marks_the_reader_refuses_and_a_wrong_type_is_marked(
    binary: str, schema: jsonschema.Draft7Validator, tmp_path: Path, place: tuple[int, str], wrong: str
) -> None:
    number, key = place
    lines = EVERY.splitlines()
    lines[number] = f"{key} = {wrong}"
    text = "\n".join(lines)
    is_marked = not schema.is_valid(tomlkit.parse(text).unwrap())
    is_text = wrong.startswith('"')
    if is_marked:
        assert is_refused(binary, tmp_path, text)
    else:
        assert is_text, f"{key} = {wrong} is not marked"
        plain = {"name", "footer", "holder", "bank", "bank_code", "number", "tool", "url", "template", "id"}
        assert key in plain | JUDGED_BY_THE_READER, f"{key} = {wrong} is not marked"
