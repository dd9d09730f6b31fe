"""What the front door lets in, and what it answers to the rest."""

import json
import time

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


def test_what_is_not_json_is_refused(cast: Cast) -> None:
    body = '{"id": "evt_1", '
    assert cast.stack.post(body, signature(body, SECRETS[-1])) == 400


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
