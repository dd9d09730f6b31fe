"""Every billing tool as it talks: the fixtures put together, and each tool's proof made here, by its documentation
and not by our engine."""

import base64
import copy
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

FIXTURES = Path(__file__).parents[1] / "fixtures"
TOOLS = sorted(folder.name for folder in FIXTURES.iterdir() if (folder / "lives.json").is_file())
KEY = "an-open-secret"
SECRETS = {tool: KEY for tool in TOOLS} | {
    "chargebee": f"relance:{KEY}",
    "standard-webhooks": "whsec_" + base64.b64encode(KEY.encode()).decode(),
}
URL = "https://example.com/webhooks/square"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: str


@cache
def _file(tool: str, name: str) -> Any:
    return json.loads((FIXTURES / tool / name).read_text())


def lives(tool: str) -> dict[str, dict[str, Any]]:
    return _file(tool, "lives.json")


def answer(tool: str, name: str) -> dict[str, Any]:
    """One of the answers that the tool gives when it is asked."""
    return _file(tool, "answers.json")[name]


def _overlay(base: Any, patch: Any) -> Any:
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {name: _overlay(base.get(name), value) for name, value in patch.items()}
    return copy.deepcopy(patch)


def _step(tool: str, name: str) -> tuple[dict[str, str], Any]:
    step = _file(tool, "steps.json")[name]
    headers, body = _step(tool, step["after"]) if "after" in step else ({}, _file(tool, step.get("base", "base.json")))
    return headers | step.get("headers", {}), _overlay(body, step.get("body", {}))


def _stripe_step(name: str) -> Any:
    apart, steps = _file("stripe", "apart.json"), _file("stripe", "steps.json")
    step = apart.get(name) or steps[name]
    base = {} if name in apart else _file("stripe", "2025-09-30.clover.json")
    event = _stripe_step(step["after"]) if "after" in step else base
    event.get("data", {}).pop("previous_attributes", None)
    return _overlay(_overlay(copy.deepcopy(event), step.get("event", {})), step.get("since_basil", {}))


def shown(step: str) -> dict[str, Any]:
    """What Stripe's event of that name shows."""
    return _stripe_step(step)["data"]["object"]


def _form(value: Any, name: str = "") -> list[str]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _form(inner, f"{name}[{key}]" if name else key)]
    return [f"{name}={quote_plus('' if value is None else str(value))}"]


def _digest(message: str, key: bytes = KEY.encode()) -> "hmac.HMAC":
    return hmac.new(key, message.encode(), hashlib.sha256)


def _base64(message: str) -> str:
    return base64.b64encode(_digest(message).digest()).decode()


def request(tool: str, step: str) -> Request:
    """What the tool would send now."""
    headers, payload = ({}, _stripe_step(step)) if tool == "stripe" else _step(tool, step)
    body = "&".join(_form(payload)) if tool == "maxio" else json.dumps(payload)
    now, path = int(time.time()), f"/webhooks/{tool}"
    match tool:
        case "stripe":
            headers |= {"Stripe-Signature": f"t={now},v1={_digest(f'{now}.{body}').hexdigest()}"}
        case "paddle":
            headers |= {"Paddle-Signature": f"ts={now};h1={_digest(f'{now}:{body}').hexdigest()}"}
        case "lago":
            headers |= {"X-Lago-Signature": _base64(body), "X-Lago-Signature-Algorithm": "hmac"}
        case "chargebee":
            headers |= {"Authorization": "Basic " + base64.b64encode(SECRETS[tool].encode()).decode()}
        case "square":
            headers |= {"x-square-hmacsha256-signature": _base64(URL + body)}
        case "maxio":
            headers |= {"X-Chargify-Webhook-Signature-Hmac-Sha-256": _digest(body).hexdigest()}
        case "invoice-ninja" | "zoho-books":
            headers |= {"X-Relance-Token": KEY}
        case "odoo":
            path += f"?token={KEY}"
        case "standard-webhooks":
            headers |= {"webhook-timestamp": str(now)}
            signed = f"{headers['webhook-id']}.{now}.{body}"
            headers |= {"webhook-signature": f"v1,{_base64(signed)}"}
    return Request(path, headers, body)
