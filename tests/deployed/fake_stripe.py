"""Stripe's books behind its interface, as far as Relance asks: what is in them, nobody posts.

Shapes and statuses: https://docs.stripe.com/api/invoices/retrieve, https://docs.stripe.com/api/errors
"""

import bisect
import copy
import json
import threading
import time
import tomllib
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import tools
from server import Handler, Server

KEY = "rk_live_of_the_tests"
MANIFEST = Path(__file__).parents[2] / "shared/sources/tools/stripe.toml"
# Stripe's own limit for one end point. What Relance keeps to is stated in the manifest.
MOST_A_SECOND = 25
STATED_A_SECOND: int = tomllib.loads(MANIFEST.read_text())["ask"]["per_second"]


@dataclass(frozen=True)
class Weather:
    """How it answers, whatever is asked."""

    status: int = 200
    body: str | None = None  # in place of what its books say
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0  # until it answers
    begins: bool = False  # its answer begins before, and ends then


FINE = Weather()
DOWN = Weather(503)
KEY_REFUSED = Weather(401)
HTML = Weather(200, "<html><body>Sign in</body></html>")  # of whoever stands in front of it
SLOW = Weather(seconds=20)
STALLING = Weather(seconds=60, begins=True)


def busy(retry_after: int | None = None) -> Weather:
    return Weather(429, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


@dataclass(frozen=True)
class Answer:
    status: int
    content: dict


class FakeStripe(Server):
    def __init__(self, most_a_second: int = MOST_A_SECOND) -> None:
        self._most_a_second = most_a_second
        self.weather = FINE
        self.keys = {KEY}
        self.calls: list[tuple[float, str]] = []  # when, and for what
        self.throttled = 0  # calls that Stripe itself would have refused
        self._invoices: dict[str, dict] = {}
        self._cash: dict[str, dict] = {}
        self._lock = threading.Lock()
        stripe = self

        class Answers(Handler):
            disable_nagle_algorithm = True  # an answer's head and body leave one by one

            def do_GET(self) -> None:  # noqa: N802
                stripe._answer(self)

        super().__init__(Answers)

    def book(self, event: str) -> None:
        """An invoice is as an event shows it, whether or not that is posted."""
        shown = json.loads(event)["data"]["object"]
        with self._lock:
            self._invoices[shown["id"]] = shown

    def hold_cash(self, customer: str, currency: str, amount: int) -> None:
        """Money of a customer that is on no invoice."""
        cash = tools.shown("cash_is_there")
        with self._lock:
            self._cash[customer] = cash | {"customer": customer, "available": {currency: amount}}

    def asked_for(self, part: str) -> list[str]:
        """For what it was asked, of all that names this."""
        with self._lock:
            return [path for _, path in self.calls if part in path]

    def most_calls_in(self, seconds: float) -> int:
        """The most that came within so long."""
        with self._lock:
            instants = sorted(at for at, _ in self.calls)
        return max((bisect.bisect_left(instants, at + seconds) - n for n, at in enumerate(instants)), default=0)

    def _answer(self, request: Handler) -> None:
        weather, now = self.weather, time.time()
        with self._lock:
            self.calls.append((now, request.path))
            most = self._most_a_second
            is_throttled = sum(at > now - 1 for at, _ in self.calls[-most - 1 :]) > most
            self.throttled += is_throttled
        if is_throttled:
            weather = busy()
        time.sleep(0 if weather.begins else weather.seconds)
        proof = request.headers["Authorization"]
        if proof not in {f"Bearer {key}" for key in self.keys}:
            weather = KEY_REFUSED
        answer = self._find(request.path) if weather.status == HTTPStatus.OK else _error(weather.status, proof=proof)
        body = (json.dumps(answer.content) if weather.body is None else weather.body).encode()
        request.send_response_only(answer.status)
        headers = {"Date": formatdate(usegmt=True), "Content-Type": "application/json", "Content-Length": len(body)}
        for name, value in (headers | weather.headers).items():
            request.send_header(name, str(value))
        request.end_headers()
        begun = len(body) // 2 if weather.begins else 0
        request.wfile.write(body[:begun])
        time.sleep(weather.seconds if weather.begins else 0)
        request.wfile.write(body[begun:])

    def _find(self, path: str) -> Answer:
        asked = urlsplit(path)
        query = parse_qs(asked.query)
        match asked.path.strip("/").split("/"):
            case ["v1", "invoices"]:
                return Answer(200, self._list(query))
            case ["v1", "invoices", invoice]:
                with self._lock:
                    known = self._invoices.get(invoice)
                return Answer(200, _with_payments(known)) if known else _error(404, "resource_missing")
            case ["v1", "customers", customer, "cash_balance"]:
                none = {"object": "cash_balance", "customer": customer, "available": None, "livemode": True}
                return Answer(200, self._cash.get(customer, none))
        return _error(404)

    def _list(self, query: dict[str, list[str]]) -> dict:
        """The newest first, as many as are wanted after the one that is named."""
        (limit,), (since,) = query["limit"], query.get("created[gte]", ["0"])
        statuses, customers = query.get("status"), query.get("customer")
        after = query.get("starting_after", [None])[0]
        with self._lock:
            known = sorted(self._invoices.values(), key=lambda one: (one["created"], one["id"]), reverse=True)
        found = [one for one in known if one["created"] >= int(since)]
        found = [one for one in found if not statuses or one["status"] in statuses]
        found = [one for one in found if not customers or one["customer"] in customers]
        if after is not None:  # it may have been paid since
            place = (self._invoices[after]["created"], after)
            found = [one for one in found if (one["created"], one["id"]) < place]
        more = len(found) > int(limit)
        return {"object": "list", "url": "/v1/invoices", "has_more": more, "data": found[: int(limit)]}


def _with_payments(invoice: dict) -> dict:
    """As it is shown where they are asked for. One that is open has one that nobody has begun."""
    payments = copy.deepcopy(tools.answer("stripe", "open")["lay"]["payments"])
    payments["data"][0] |= {"invoice": invoice["id"], "amount_requested": invoice["amount_remaining"]}
    payments["data"] = payments["data"] if invoice["status"] == "open" else []
    return invoice | {"payments": payments | {"url": f"/v1/invoices/{invoice['id']}/payments"}}


def _error(status: int, code: str | None = None, proof: str | None = None) -> Answer:
    known = {401: "api_key_expired", 404: "url_invalid", 429: "rate_limit"}
    code = code or known.get(status)
    says = {
        "api_key_expired": f"Invalid API key: {str(proof).removeprefix('Bearer ')}",
        "resource_missing": "No such invoice",
    }
    error = {"code": code, "message": says.get(code, "As told."), "type": "invalid_request_error"}
    return Answer(status, {"error": error})
