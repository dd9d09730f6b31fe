"""`relance dev`, as somebody meets it who wires in Stripe for the first time."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tomlkit
from fake_stripe import DOWN, FINE, KEY, FakeStripe
from stripe_events import Customer, Invoice, signature

SECRET = "whsec_of_the_dev_server"  # noqa: S105
ROOT = Path(__file__).parents[2]


class Dev:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, path: str, body: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, body.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def tell(self, body: str) -> int:
        return self.post("/webhooks/stripe", body, **{"Stripe-Signature": signature(body, SECRET)})[0]

    def advance(self, span: str) -> None:
        self._clock(advance=span)

    def turn_to(self, instant: datetime) -> None:
        self._clock(to=instant.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def _clock(self, **how: str) -> None:
        status, text = self.post("/_local/clock", json.dumps(how), **{"Content-Type": "application/json"})
        assert status == 200, text

    def first_reminder(self) -> datetime:
        """When the first of those leaves that are planned."""
        return min(datetime.fromisoformat(schedule["at"]) for schedule in json.loads(self.get("/_local/schedules")))

    def file(self, customer: Customer) -> dict:
        return json.loads(self.get(f"/_local/files/stripe/{customer.id}"))

    def sent_to(self) -> list[str]:
        """Whom mails went to, of the debtors."""
        mails = [mail for mail in json.loads(self.get("/_local/mails")) if mail["debtor"] != "TEAM"]
        return sorted(address for mail in mails for address in mail["to"])


@pytest.fixture(scope="module")
def dev(binary: str) -> Iterator[Dev]:
    command = [binary, "dev", "--live", "--listen", "127.0.0.1:0", "--secret", f"stripe={SECRET}"]
    command += ["--policy", "tests/fixtures/policy"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Dev(server.stdout.readline().split()[-1])
        server.kill()


def test_an_invoice_that_stripes_sdk_signed_is_reminded_about_until_it_is_paid(dev: Dev) -> None:
    customer = Customer("Société du test", "compta@customer.example", "FR")
    invoice = Invoice(customer, date.today() + timedelta(40), ZoneInfo("Europe/Paris"), created=int(time.time()) - 60)
    assert dev.tell(invoice.finalized()) == 200
    schedules = json.loads(dev.get("/_local/schedules"))
    assert {schedule["invoice"] for schedule in schedules} == {invoice.id}
    assert len(schedules) == 5
    assert json.loads(dev.get("/_local/mails")) == []
    dev.advance("P30D")
    mails = json.loads(dev.get("/_local/mails"))
    assert [(mail["step"], mail["to"], mail["invoices"]) for mail in mails] == [
        ("ask-15", [customer.email], [invoice.id])
    ]
    assert dev.tell(invoice.paid()) == 200
    assert json.loads(dev.get("/_local/schedules")) == []
    dev.advance("P60D")
    assert len(json.loads(dev.get("/_local/mails"))) == 1
    file = json.loads(dev.get(f"/_local/files/stripe/{customer.id}"))
    assert file["open"] == {}
    assert "mail delivered" in [line["text"] for line in file["journal"]]
    assert invoice.number in dev.get("/_local/mails/0")
    assert customer.name in dev.get("/")


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    stripe = FakeStripe()
    yield stripe
    stripe.close()


@pytest.fixture
def asking(binary: str, stripe: FakeStripe, tmp_path: Path) -> Iterator[Dev]:
    """One that has a key to ask Stripe by."""
    shutil.copytree(ROOT / "tests/fixtures/policy", tmp_path, dirs_exist_ok=True)
    policy = tomlkit.parse((tmp_path / "relance.toml").read_text())
    policy["sources"]["stripe"]["api"] = stripe.url
    (tmp_path / "relance.toml").write_text(tomlkit.dumps(policy))
    command = [binary, "dev", "--live", "--listen", "127.0.0.1:0", "--secret", f"stripe={SECRET}"]
    command += ["--key", f"stripe={KEY}", "--policy", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Dev(server.stdout.readline().split()[-1])
        server.kill()


def test_with_a_key_a_paid_invoice_of_which_no_webhook_told_gets_no_mail_and_its_twin_gets_its_own(
    asking: Dev, stripe: FakeStripe
) -> None:
    customers = [Customer(f"Client {n}", f"compta@client{n}.example", "FR") for n in range(3)]
    due, zone, created = date.today() + timedelta(2), ZoneInfo("Europe/Paris"), int(time.time()) - 60
    paid, twin, transferred = (Invoice(customer, due, zone, created=created) for customer in customers)
    for invoice in (paid, twin, transferred):
        stripe.book(invoice.finalized())
        assert asking.tell(invoice.finalized()) == 200
    asking.turn_to(asking.first_reminder() - timedelta(minutes=30))
    # Since the night in which all was compared.
    stripe.book(paid.paid())
    stripe.hold_cash(transferred.customer.id, "eur", transferred.amount)
    asking.advance("PT1H")
    assert asking.sent_to() == [twin.customer.email]
    assert stripe.asked_for(f"/v1/invoices/{paid.id}?")
    file = asking.file(paid.customer)
    assert file["open"] == {}
    assert "not chased: it is paid" in [line["text"] for line in file["journal"]]
    assert [invoice["outlook"] for invoice in asking.file(transferred.customer)["open"].values()] == [
        {"held": "unapplied"}
    ]
    # The twin's next one waits for the tool.
    asking.turn_to(asking.first_reminder() - timedelta(minutes=30))
    stripe.weather = DOWN
    asking.advance("PT2H")
    assert asking.sent_to() == [twin.customer.email]
    stripe.weather = FINE
    asking.advance("PT2H")
    assert asking.sent_to() == [twin.customer.email] * 2


def test_a_wrong_signature_is_refused(dev: Dev) -> None:
    assert dev.post("/webhooks/stripe", "{}", **{"Stripe-Signature": signature("{}", "whsec_other")})[0] == 401


def test_fault_37_a_page_that_calls_itself_by_another_name_reads_no_mail_and_turns_no_clock(dev: Dev) -> None:
    port = dev.url.rsplit(":", 1)[1]
    for path in ("/", "/_local/mails", "/_local/clock"):
        request = urllib.request.Request(dev.url + path, headers={"Host": f"rebound.example:{port}"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=30)
        assert refusal.value.code == 421
    turn, before = json.dumps({"advance": "P1D"}), dev.get("/_local/clock")
    for headers, status in (
        ({"Host": f"rebound.example:{port}"}, 421),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": "null"}, 403),
    ):
        assert dev.post("/_local/clock", turn, **headers, **{"Content-Type": "application/json"})[0] == status
    assert dev.get("/_local/clock") == before
    for own in ("localhost", "127.0.0.1", "[::1]"):
        request = urllib.request.Request(dev.url + "/", headers={"Host": f"{own}:{port}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200


def test_the_clock_is_not_turned_back(dev: Dev) -> None:
    body = json.dumps({"to": "2001-01-01T00:00:00Z"})
    status, text = dev.post("/_local/clock", body, **{"Content-Type": "application/json"})
    assert (status, text) == (400, "the clock cannot be turned back\n")


def test_an_invoice_and_everything_are_paused_and_go_on(dev: Dev) -> None:
    customer = Customer("Société en pause", "pause@customer.example", "FR")
    today = date.fromisoformat(json.loads(dev.get("/_local/clock"))["now"][:10])
    invoice = Invoice(customer, today + timedelta(40), ZoneInfo("Europe/Paris"), created=int(time.time()) - 60)
    assert dev.tell(invoice.finalized()) == 200

    def say(command: str, **wish: str | bool) -> tuple[int, str]:
        return dev.post(f"/_local/{command}", json.dumps(wish), **{"Content-Type": "application/json"})

    def planned() -> int:
        return sum(schedule["invoice"] == invoice.id for schedule in json.loads(dev.get("/_local/schedules")))

    for command, wish, said, schedules in (
        ("pause", {"id": invoice.id}, ["paused by a person"], 0),
        ("resume", {"id": invoice.id}, ["resumed by a person"], 5),
        ("resume", {"id": invoice.id}, [], 5),
        ("pause", {"id": customer.id}, ["paused by a person"], 0),
        ("resume", {"id": customer.id}, ["resumed by a person"], 5),
        ("release", {"id": invoice.id}, [], 5),
        ("pause", {"everything": True}, ["nothing is sent to any debtor"], 5),
    ):
        assert say(command, **wish) == (200, json.dumps({"said": said}, separators=(",", ":")))
        assert planned() == schedules

    def sent_to_debtors() -> int:
        return sum(mail["debtor"] != "TEAM" for mail in json.loads(dev.get("/_local/mails")))

    assert "Everything is paused" in dev.get("/")
    sent = sent_to_debtors()
    dev.advance("P28D")
    assert sent_to_debtors() == sent
    assert say("resume", everything=True)[0] == 200
    dev.advance("P4D")
    assert sent_to_debtors() > sent
    assert say("pause", id="in_nobodys") == (404, "no such open invoice, and no such customer\n")
    assert say("pause")[0] == 400
    assert say("release", everything=True)[0] == 400
    assert say("pause", id=invoice.id, until="2001-01-01") == (400, "`until` is not in the future\n")
