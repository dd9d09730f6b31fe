"""`relance source` and `relance check`, as whoever writes a source of their own meets them."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fake_stripe import KEY, FakeStripe
from stripe_events import Customer, Invoice
from test_dev_server import ROOT

MANIFEST = """
[event]
id = "digest"

[[credentials]]
form = "bearer"

[amounts]
unit = "major"
"""
FILTER = """
{
  at: .changed,
  kind: "bill.changed",
  customer: .owner,
  invoice: {id: .no, status: "open", currency: "EUR", total: .sum, remaining: .sum, collection: "send_invoice"},
}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "infra/policy", tmp_path, dirs_exist_ok=True)
    (tmp_path / "sources").mkdir(exist_ok=True)
    (tmp_path / "sources/acme.toml").write_text(MANIFEST)
    (tmp_path / "sources/acme.jq").write_text(FILTER)
    with (tmp_path / "relance.toml").open("a") as text:
        text.write('\n[sources.acme]\nmode = "live"\ntime_zone = "Europe/Paris"\n')
    return tmp_path


def relance(binary: str, policy: Path, *arguments: str, given: str = "") -> tuple[int, str, str]:
    example = ["--example"] if arguments[0] == "check" else []
    command = [binary, *arguments, *example, "--policy", str(policy)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_payload_is_tried_and_what_is_understood_is_shown(binary: str, policy: Path) -> None:
    bill = {"no": "R-1", "owner": "c-1", "sum": "1200.00", "changed": "2027-01-11T09:00:00Z"}
    code, shown, _ = relance(binary, policy, "source", "try", "acme", "-", given=json.dumps(bill))
    assert code == 0
    canonical, _, understood = shown.partition("\n=> ")
    assert json.loads(canonical)["invoice"]["id"] == "R-1"
    assert understood == (
        "bill.changed: invoice R-1 of c-1 is open, 1200.00 EUR of 1200.00 EUR to be paid, no due date\n"
    )


def test_what_makes_no_sense_is_named(binary: str, policy: Path) -> None:
    bill = {"no": "R-1", "owner": "c-1", "sum": 1200, "changed": "yesterday"}
    code, shown, complaint = relance(binary, policy, "source", "try", "acme", "-", given=json.dumps(bill))
    assert code == 1
    assert '=> makes no sense: bill.changed: at is "yesterday", not an instant like "2027-01-11T10:00:00Z"\n' in shown
    assert complaint == "relance: 1 of what the filter says makes no sense\n"


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("acme.jq", "{\n  at: .changed,\n  customer: name(.owner),\n}", "acme.jq: line 3: there is no filter `name`"),
        ("acme.jq", "{\n  at: .changed", "acme.jq: line 2: expected"),
        ("acme.toml", '[event]\nid = "digest"\n[amounts]\nunit = "major"\n', "anybody could send anything"),
        ("acme.toml", MANIFEST.replace("bearer", "barer"), "unknown variant `barer`"),
    ],
)
def test_a_broken_source_is_found_before_it_is_deployed(
    binary: str, policy: Path, file: str, text: str, why: str
) -> None:
    code, shown, _ = relance(binary, policy, "check")
    looked_at = ["relance.toml", "templates", "sources.acme", "sources.stripe"]
    assert (code, shown) == (0, "".join(f"{what}: ready to deploy\n" for what in looked_at))
    (policy / "sources" / file).write_text(text)
    code, shown, complaint = relance(binary, policy, "check")
    assert code == 1
    assert why in shown
    assert complaint == "relance: not ready to deploy: 1 to mend\n"


def own(binary: str, policy: Path, template: str, *change: str) -> None:
    """Puts a template of the policy's own in the place of a built-in one, as its page says."""
    code, text, complaint = relance(binary, policy, "template", "show", template)
    assert code == 0, complaint
    file = policy / "templates" / template
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace(*change, 1) if change else text)


def test_whatever_would_fail_at_night_is_told_at_once_before_it_is_deployed(binary: str, policy: Path) -> None:
    own(binary, policy, "fr/firm.j2", "{% endblock %}", "")
    own(binary, policy, "en/reminder.j2", "{{ invoice.due_on }}", "{{ invoice.due_no }}")
    own(binary, policy, "frame.mjml.j2", "<mj-title>", "<mj-heading>")
    code, shown, complaint = relance(binary, policy, "check")
    assert code == 1
    for told in ["fr/firm.j2:", "en/reminder.j2:", "frame.mjml.j2:"]:
        assert f"{policy}/templates/{told}" in shown, shown
    assert complaint.startswith("relance: not ready to deploy: ")


def test_check_names_the_templates_that_are_ones_own(binary: str, policy: Path) -> None:
    own(binary, policy, "en/ask.j2", "Thank you.", "Many thanks.")
    own(binary, policy, "fr/soon.j2")
    code, shown, complaint = relance(binary, policy, "check")
    assert code == 0, complaint
    assert "templates: ready to deploy\ntemplates: en/ask.j2 is yours\n" in shown
    assert f"{policy}/templates/fr/soon.j2: warning: it says what the built-in one says: delete it" in shown
    _, listed, _ = relance(binary, policy, "template", "list")
    whose = dict(line.split(maxsplit=1) for line in listed.splitlines())
    assert (whose["en/ask.j2"], whose["en/soon.j2"], len(whose)) == ("yours", "built in", 63)
    (policy / "templates/fr/remindr.j2").write_text("")
    code, shown, _ = relance(binary, policy, "check")
    assert code == 1
    assert f"{policy}/templates/fr/remindr.j2: nobody uses it" in shown
    assert "Did you mean fr/reminder.j2?" in shown


def test_what_is_the_users_own_needs_no_word_that_it_is_an_example(binary: str, policy: Path) -> None:
    file = policy / "relance.toml"
    text = file.read_text()
    for example, own in [
        ("Example SAS", "Dupont SARL"),
        ("rue de l\N{RIGHT SINGLE QUOTATION MARK}Exemple", "rue des Lilas"),
        ("RCS Paris 000 000 000", "RCS Paris 552 100 554"),
        ("example.com", "dupont-facturation.fr"),
    ]:
        assert example in text
        text = text.replace(example, own)
    file.write_text(text)
    command = [binary, "check", "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_what_stands_in_the_example_is_not_ready_to_deploy(binary: str, policy: Path) -> None:
    command = [binary, "check", "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    for told in [
        'company.team = "billing@example.com" is an example\'s address',
        'company.name = "Example SAS" is the example\'s',
        'company.footer = "RCS Paris 000 000 000" is the example\'s',
        'senders.collecting.name = "Example SAS, service recouvrement" is the example\'s',
    ]:
        assert re.search(rf"/relance\.toml:\d+:\d+: {re.escape(told)}: put your own, or say --example\n", done.stdout)


def test_all_faults_of_a_policy_are_told_at_once_with_their_places(binary: str, policy: Path) -> None:
    text = (policy / "relance.toml").read_text()
    text = text.replace('send_at = "09:00"', 'sent_at = "09:00"').replace("due + 4 business days", "4 business days")
    (policy / "relance.toml").write_text(text)
    before = [text[: text.index("sent_at")], text.partition('on = "4 business days')[0] + "on = "]
    places = [f"{policy}/relance.toml:{it.count(chr(10)) + 1}:{len(it) - it.rfind(chr(10))}" for it in before]
    code, shown, complaint = relance(binary, policy, "check")
    assert code == 1
    assert f"{places[0]}: calendar.sent_at is unknown (did you mean send_at?); there is send_at, " in shown
    assert f"{places[1]}: step `late-4`: on = " in shown
    assert complaint.startswith("relance: not ready to deploy: 3 to mend")


@pytest.mark.parametrize("example", ["b2b-france", "b2b-germany", "consumers", "key-accounts", "two-companies"])
def test_check_says_what_a_policy_changes_against_another_and_fails_by_that_never(
    binary: str, policy: Path, example: str
) -> None:
    deployed = policy / "examples" / example
    code, shown, complaint = relance(binary, policy, "check", "--against", str(deployed))
    assert (code, complaint) == (0, "")
    ready, told = shown.split(f"\nAgainst {deployed}, relance.toml changes this:\n")
    assert ready.endswith("sources.stripe: ready to deploy\n")
    assert "The usual sequence\n" in told
    assert told.endswith("`relance replan --everything` does it at once.\n")


def test_check_names_the_folder_of_a_deployed_policy_that_it_cannot_read(
    binary: str, policy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code, shown, complaint = relance(binary, policy, "check", "--against", str(policy))
    assert (code, complaint) == (0, "")
    assert shown.endswith(f"\nAgainst {policy}, relance.toml changes nothing\n")
    deployed = tmp_path_factory.mktemp("deployed")
    code, shown, complaint = relance(binary, policy, "check", "--against", str(deployed))
    assert (code, shown) == (1, "")
    assert complaint.startswith(f"relance: --against: cannot read {deployed}/relance.toml: ")
    (deployed / "relance.toml").write_text("sent_at = 1\n")
    code, shown, complaint = relance(binary, policy, "check", "--against", str(deployed))
    assert (code, shown) == (1, "")
    assert complaint.startswith(f"relance: --against: {deployed}/relance.toml:1:1: ")


def test_a_source_whose_tool_nobody_knows_is_named(binary: str, policy: Path) -> None:
    with (policy / "relance.toml").open("a") as text:
        text.write('\n[sources.sage]\nmode = "live"\ntime_zone = "Europe/Paris"\n')
    code, shown, _ = relance(binary, policy, "check")
    assert code == 1
    assert "sources.sage: there is no tool `sage`: neither built in nor as sources/sage.toml" in shown


def test_tools_are_listed_with_their_addresses(binary: str, policy: Path) -> None:
    code, shown, _ = relance(binary, policy, "source", "list")
    lines = [line.split() for line in shown.splitlines()]
    assert code == 0
    assert ["acme", "yours", "/webhooks/acme"] in lines
    assert ["stripe", "built", "in", "/webhooks/stripe"] in lines
    assert ["paddle", "built", "in"] in lines


@pytest.fixture
def asked(policy: Path) -> Iterator[Path]:
    """The policy, in which Stripe is asked on this machine, and has more invoices than a page holds."""
    stripe = FakeStripe()
    customer = Customer("Société du test", "compta@customer.example", "FR", id="cus_1")
    for number in range(1, 27):
        due, zone = date(2027, 2, 15), ZoneInfo("Europe/Paris")
        stripe.book(Invoice(customer, due, zone, id=f"in_{number}", created=1799000000).finalized())
    file = policy / "relance.toml"
    file.write_text(file.read_text().replace("[sources.stripe]", f'[sources.stripe]\napi = "{stripe.url}"'))
    yield policy
    stripe.close()


def ask(binary: str, policy: Path, *question: str, key: str = KEY) -> tuple[int, str, str]:
    command = [binary, "source", "try", "stripe", "--policy", str(policy), "--ask", *question]
    environment = {**os.environ, "RELANCE_KEY": key}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert key not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_tool_is_asked_and_what_is_understood_of_its_answer_is_shown(binary: str, asked: Path) -> None:
    code, shown, complaint = ask(binary, asked, "invoice", "in_1")
    assert code == 0, complaint
    request, answered, understood = shown.splitlines()
    assert request.startswith("GET http://127.0.0.1:")
    assert request.endswith("(Accept, Stripe-Version, Authorization)")
    assert answered.startswith("=> status 200, ")
    assert understood.startswith("=> asked: invoice ")
    assert understood.endswith(" of cus_1 is open, 1234.56 EUR of 1234.56 EUR to be paid, due on 2027-02-15")
    code, shown, _ = ask(binary, asked, "all-open")
    assert (code, shown.splitlines()[-1]) == (0, "=> the list goes on: this was its first page")


def backtest(binary: str, policy: Path, key: str = KEY) -> tuple[int, str, str]:
    command = [binary, "backtest", "--source", "stripe", "--policy", str(policy), "--json"]
    environment = {**os.environ, "RELANCE_KEY": key}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert key not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_last_twelve_months_are_read_from_the_tool_by_its_key_alone(binary: str, policy: Path) -> None:
    stripe, now, day = FakeStripe(), int(time.time()), 86400
    file = policy / "relance.toml"
    file.write_text(file.read_text().replace("[sources.stripe]", f'[sources.stripe]\napi = "{stripe.url}"'))
    customer, zone = Customer("Société du test", "compta@customer.example", "FR", id="cus_1"), ZoneInfo("Europe/Paris")
    # One a week, a year and more: each is due after thirty days, and every second one is paid after fifty.
    for week in range(60):
        issued = now - week * 7 * day
        due = datetime.fromtimestamp(issued + 30 * day, zone).date()
        invoice = Invoice(customer, due, zone, id=f"in_{week}", created=issued)
        is_paid = week % 2 == 0 and issued + 50 * day < now
        paid_at = issued + 50 * day if is_paid else None
        book = json.loads(invoice.paid() if is_paid else invoice.finalized())
        then = book["data"]["object"]["status_transitions"]
        book["data"]["object"]["status_transitions"] = then | {"finalized_at": issued + 10, "paid_at": paid_at}
        stripe.book(json.dumps(book))
    try:
        code, shown, complaint = backtest(binary, policy)
        assert (code, complaint) == (0, "")
        told = json.loads(shown)
        assert (told["customers"], told["invoices"]) == (1, 53)
        assert told["policies"][0]["mails"] > 53
        assert len(stripe.asked_for("created%5Bgte%5D=")) == 3
        code, shown, complaint = backtest(binary, policy, key="rk_live_that_was_rolled")
        assert (code, shown) == (1, "")
        assert "the tool does not take the key (status 401)" in complaint
    finally:
        stripe.close()


def test_an_answer_that_is_none_says_why_and_shows_no_key(binary: str, asked: Path) -> None:
    code, shown, complaint = ask(binary, asked, "invoice", "in_27")
    assert (code, complaint) == (1, "relance: the tool has no such invoice\n")
    assert "No such invoice" in shown
    code, shown, complaint = ask(binary, asked, "invoice", "in_1", key="rk_live_that_was_rolled")
    assert (code, "the tool does not take the key (status 401)" in complaint) == (1, True)
    assert "Invalid API key: …" in shown
    for question, key, why in (
        (("invoice",), KEY, "--ask takes one of"),
        (("all-open", "cus_1"), KEY, "--ask takes one of"),
        (("all-open",), "sk_live_of_everything", "a secret key, which may do everything"),
        (("all-open",), "rk_test_of_the_other_mode", "not for live mode"),
    ):
        code, shown, complaint = ask(binary, asked, *question, key=key)
        assert (code, shown, why in complaint) == (1, "", True)
