"""Events as Stripe sends them: whole objects, signed by Stripe's own SDK."""

import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import stripe

API_VERSION = "2025-09-30.clover"
_ids = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_1{secrets.token_hex(8)}{next(_ids)}"


def signature(body: str, secret: str, at: float | None = None) -> str:
    """The `Stripe-Signature` header."""
    timestamp = int(time.time() if at is None else at)
    return stripe.WebhookSignature.generate_signature_header(body, secret, timestamp)


@dataclass
class Customer:
    name: str
    email: str
    country: str
    id: str = field(default_factory=lambda: new_id("cus"))


@dataclass
class Invoice:
    """An invoice of Stripe's, sent to the customer, and the events of its life."""

    customer: Customer
    due: date
    zone: ZoneInfo
    amount: int = 123_456
    id: str = field(default_factory=lambda: new_id("in"))
    number: str = field(default_factory=lambda: f"{secrets.token_hex(4).upper()}-{next(_ids):04}")
    created: int = field(default_factory=lambda: int(time.time()) - 60)
    legacy: bool = False  # the shape before 2025-03-31

    @property
    def url(self) -> str:
        return f"https://invoice.stripe.com/i/acct_1PgafT/live_{self.id}"

    def draft(self) -> str:
        draft = {"status": "draft", "number": None, "hosted_invoice_url": None, "invoice_pdf": None}
        return self._event("invoice.created", self.created, **draft)

    def finalized(self, *, event_id: str | None = None) -> str:
        return self._event("invoice.finalized", self.created + 10, event_id=event_id)

    def moved(self, due: date) -> str:
        self.due = due
        return self._event("invoice.updated", self.created + 20, {"due_date": self._due_instant()})

    def paid(self) -> str:
        done = {"amount_paid": self.amount, "amount_remaining": 0, "status": "paid", "attempted": True}
        return self._event("invoice.paid", self.created + 30, **done, **({"paid": True} if self.legacy else {}))

    def _due_instant(self) -> int:
        return int(datetime(self.due.year, self.due.month, self.due.day, 12, tzinfo=self.zone).timestamp())

    def _event(
        self, kind: str, at: int, previous: dict | None = None, *, event_id: str | None = None, **changes: object
    ) -> str:
        data: dict[str, object] = {"object": {**self._object(at), **changes}}
        if previous is not None:
            data["previous_attributes"] = previous
        return event(kind, data, at, event_id=event_id, legacy=self.legacy)

    def _object(self, at: int) -> dict:
        since_basil = {
            "amount_overpaid": 0,
            "confirmation_secret": None,
            "parent": None,
            "total_taxes": [],
        }
        before_basil = {
            "charge": None,
            "paid": False,
            "paid_out_of_band": False,
            "payment_intent": "pi_3PgagkLnSgHv2",
            "quote": None,
            "subscription": None,
            "subscription_details": {"metadata": None},
            "tax": None,
            "total_tax_amounts": [],
            "transfer_data": None,
        }
        return {
            "id": self.id,
            "object": "invoice",
            "account_country": "FR",
            "account_name": "Relance Test",
            "account_tax_ids": None,
            "amount_due": self.amount,
            "amount_paid": 0,
            "amount_remaining": self.amount,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": False,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None},
            "automatically_finalizes_at": None,
            "billing_reason": "manual",
            "collection_method": "send_invoice",
            "created": self.created,
            "currency": "eur",
            "custom_fields": [{"name": "PO number", "value": "PO-2207"}],
            "customer": self.customer.id,
            "customer_address": {
                "city": "Lyon",
                "country": self.customer.country,
                "line1": "1 rue de la République",
                "line2": None,
                "postal_code": "69001",
                "state": None,
            },
            "customer_email": self.customer.email,
            "customer_name": self.customer.name,
            "customer_phone": None,
            "customer_shipping": None,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": [],
            "due_date": self._due_instant(),
            "effective_at": self.created + 10,
            "ending_balance": 0,
            "footer": None,
            "from_invoice": None,
            "hosted_invoice_url": self.url,
            "invoice_pdf": f"{self.url}/pdf?s=ap",
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": {
                "object": "list",
                "data": [self._line()],
                "has_more": False,
                "url": f"/v1/invoices/{self.id}/lines",
            },
            "livemode": True,
            "metadata": {},
            "next_payment_attempt": None,
            "number": self.number,
            "on_behalf_of": None,
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            "period_end": self.created,
            "period_start": self.created,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": {"amount_tax_display": None, "pdf": {"page_size": "a4"}, "template": None},
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": 0,
            "statement_descriptor": None,
            "status": "open",
            "status_transitions": {
                "finalized_at": self.created + 10,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
            "subtotal": self.amount,
            "subtotal_excluding_tax": self.amount,
            "test_clock": None,
            "total": self.amount,
            "total_discount_amounts": [],
            "total_excluding_tax": self.amount,
            "total_pretax_credit_amounts": [],
            "webhooks_delivered_at": at,
            **(before_basil if self.legacy else since_basil),
        }

    def _line(self) -> dict:
        return {
            "id": new_id("il"),
            "object": "line_item",
            "amount": self.amount,
            "currency": "eur",
            "description": "Conseil, 3 jours",
            "discount_amounts": [],
            "discountable": True,
            "discounts": [],
            "invoice": self.id,
            "livemode": True,
            "metadata": {},
            "period": {"end": self.created, "start": self.created},
            "quantity": 1,
        }


def event(kind: str, data: dict, at: int, *, event_id: str | None = None, legacy: bool = False) -> str:
    return json.dumps(
        {
            "id": event_id or new_id("evt"),
            "object": "event",
            "api_version": "2024-06-20" if legacy else API_VERSION,
            "created": at,
            "data": data,
            "livemode": True,
            "pending_webhooks": 1,
            "request": {"id": new_id("req"), "idempotency_key": None},
            "type": kind,
        },
        ensure_ascii=False,
        indent=2,
    )
