"""What the front door lets in, and what it answers to the rest."""

import json
import subprocess
import time
from datetime import UTC, datetime

import pytest
from conftest import Cast
from stack import SECRETS, until
from stripe_events import Invoice, event, new_id, signature

UNKNOWN_KIND = event("financial_connections.account.created", {"object": {"id": "fca_1"}}, int(time.time()))


@pytest.mark.parametrize("secret", SECRETS, ids=["the old secret", "the new one"])
def test_what_stripes_own_sdk_signs_is_accepted(cast: Cast, secret: str) -> None:
    assert cast.stack.post(UNKNOWN_KIND, signature(UNKNOWN_KIND, secret)) == 200


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param(signature(UNKNOWN_KIND, "whsec_somebody_elses"), id="of another secret"),
        pytest.param(signature(UNKNOWN_KIND + " ", SECRETS[-1]), id="of another body"),
        pytest.param(signature(UNKNOWN_KIND, SECRETS[-1], time.time() - 3600), id="stale"),
    ],
)
def test_a_bad_signature_is_refused(cast: Cast, header: str | None) -> None:
    assert cast.stack.post(UNKNOWN_KIND, header) == 401


def test_a_body_over_one_megabyte_is_refused(cast: Cast) -> None:
    body = json.dumps({"padding": "x" * (1024 * 1024)})
    assert cast.stack.post(body, signature(body, SECRETS[-1])) == 413


def test_what_is_signed_and_no_json_is_kept_and_comes_no_more(cast: Cast) -> None:
    body = '{"id": "evt_1", '
    assert cast.stack.post(body, signature(body, SECRETS[-1])) == 200


def test_a_source_that_is_not_connected_is_unknown(cast: Cast) -> None:
    assert cast.stack.post(UNKNOWN_KIND, signature(UNKNOWN_KIND, SECRETS[-1]), source="elsewhere") == 404


def test_a_test_mode_event_is_acknowledged_and_not_stored(cast: Cast) -> None:
    invoice = cast.invoice("test-mode", cast.policy.due_for_first_step)
    body = json.loads(invoice.finalized())
    body["livemode"] = body["data"]["object"]["livemode"] = False
    cast.stack.tell(json.dumps(body))
    assert not [item for item in cast.stack.items("stripe#") if invoice.customer.id in item["PK"]["S"]]


def test_an_event_that_makes_no_sense_is_kept_for_the_team(cast: Cast) -> None:
    inbox = len(cast.stack.items("INBOX#stripe"))
    invoice: Invoice = cast.invoice("nonsense", cast.policy.due_for_first_step)
    body = json.loads(invoice.finalized())
    body["id"] = new_id("evt")
    body["data"]["object"]["amount_remaining"] = -5
    cast.stack.tell(json.dumps(body))
    until(lambda: len(cast.stack.items("INBOX#stripe")) == inbox + 1, "one more item in the inbox")


def payment_of(invoice: Invoice, payment: str, created: int) -> str:
    """A part of the invoice is paid."""
    paid = {
        "id": f"inpay_{payment}",
        "object": "invoice_payment",
        "amount_paid": 50_000,
        "amount_requested": 50_000,
        "created": created,
        "currency": "eur",
        "invoice": invoice.id,
        "is_default": False,
        "livemode": True,
        "payment": {"payment_intent": payment, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": created},
    }
    return event("invoice_payment.paid", {"object": paid}, created)


def told_apart(cast: Cast, invoice: Invoice) -> dict:
    """What the file says of movements, once the invoice is in it."""
    for item in cast.stack.file(invoice.customer.id):
        if item["SK"]["S"].endswith(invoice.id):
            apart = item["value"]["M"]["told"]["M"].get("apart", {"M": {}})["M"]
            return apart.get("movements", {"M": {}})["M"]
    return {}


def test_a_dispute_and_a_payment_that_come_before_their_invoice_find_it(cast: Cast, binary: str) -> None:
    invoice = cast.invoice("apart", cast.policy.due_for_first_step)
    payment, now = new_id("pi"), int(time.time())
    dispute = {"id": new_id("dp"), "object": "dispute", "amount": 50_000, "currency": "eur", "status": "needs_response"}
    dispute |= {"charge": new_id("ch"), "payment_intent": payment}
    cast.stack.tell(event("charge.dispute.created", {"object": dispute}, now))
    cast.stack.tell(payment_of(invoice, payment, now))
    cast.stack.tell(invoice.finalized())
    until(lambda: set(told_apart(cast, invoice)) == {dispute["id"], f"inpay_{payment}"}, "both are in the file")
    shown = subprocess.run([binary, "show", invoice.id], capture_output=True, text=True, timeout=60, check=True).stdout
    assert f"  payment of 500.00 EUR, told of on {datetime.now(UTC).date()} (inpay_{payment})\n" in shown
    assert f"  reversal of 500.00 EUR, told of on {datetime.now(UTC).date()} ({dispute['id']})\n" in shown


def test_a_customer_is_told_alone(cast: Cast) -> None:
    invoice = cast.invoice("customer", cast.policy.due_for_first_step)
    cast.stack.tell(invoice.finalized())
    customer = {"id": invoice.customer.id, "object": "customer", "name": invoice.customer.name}
    customer |= {"email": "new@customer.example", "preferred_locales": ["de"], "address": {"country": "DE"}}
    cast.stack.tell(event("customer.updated", {"object": customer}, int(time.time()) + 60))

    def told() -> bool:
        files = [item for item in cast.stack.file(invoice.customer.id) if item["SK"]["S"] == "FILE"]
        (file,) = files or [None]
        return file is not None and file["value"]["M"]["told"]["M"]["facts"]["M"]["email"]["S"] == customer["email"]

    until(told, "the customer's new address is in the file")


def test_stripe_may_deliver_by_the_event_bus(cast: Cast) -> None:
    """Only a partner may put such an event on a bus, so this begins where the bus's rule puts it."""
    invoice = cast.invoice("event-bus", cast.policy.due_for_first_step)
    told = json.loads(invoice.finalized())
    envelope = {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": told["type"],
        "source": "aws.partner/stripe.com/ed_test_61Ij",
        "detail": told,
    }
    queue = cast.stack.outputs["StripeEventQueueUrl"]
    cast.stack.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(envelope))
    until(lambda: cast.stack.file(invoice.customer.id), "the event is taken in")
