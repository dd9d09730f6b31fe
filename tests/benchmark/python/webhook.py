"""Plays what a team would write in Python for a webhook of Stripe's. `ingest` is measured beside it.

Lean on purpose: one client a service, made once, no framework, no SDK of Stripe's (which takes longer to import than
all of this).
"""

import hashlib
import hmac
import json
import os
import time

import boto3

TABLE = os.environ["TABLE_NAME"]
SECRET_NAME = os.environ["SECRET_NAME"]
SECRET_LIVES = 300  # seconds
TOLERANCE = 300  # seconds

dynamodb = boto3.client("dynamodb")
ssm = boto3.client("ssm")
cached = {"secret": "", "until": 0.0}


def handler(event, _context):
    body = event["body"]
    if not is_signed(body, event["headers"].get("stripe-signature", "")):
        return {"statusCode": 400}
    told = json.loads(body)
    invoice = told["data"]["object"]
    debtor = f"stripe#{invoice['customer']}"
    key = {"PK": {"S": debtor}, "SK": {"S": "DEBTOR"}}
    read = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    change = {
        "PK": {"S": debtor},
        "SK": {"S": f"CHANGE#{told['created']}#{told['id']}"},
        "type": {"S": told["type"]},
        "invoice": {"S": invoice["id"]},
    }
    unchanged = {"ConditionExpression": "attribute_not_exists(PK)"}
    if read:
        version = {":version": read["version"]}
        unchanged = {"ConditionExpression": "version = :version", "ExpressionAttributeValues": version}
    is_new = {"ConditionExpression": "attribute_not_exists(PK)"}
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": merged(key, read, invoice), **unchanged}},
                {"Put": {"TableName": TABLE, "Item": change, **is_new}},
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][1]["Code"] != "ConditionalCheckFailed":
            raise  # somebody else was quicker: Stripe comes again
    return {"statusCode": 200}


def merged(key, read, invoice):
    """The debtor with what the event says of an invoice."""
    read = read or {"version": {"N": "0"}, "invoices": {"M": {}}}
    shown = {
        "number": {"S": invoice["number"]},
        "status": {"S": invoice["status"]},
        "remaining": {"N": str(invoice["amount_remaining"])},
        "currency": {"S": invoice["currency"]},
        "due": {"N": str(invoice["due_date"])},
        "url": {"S": invoice["hosted_invoice_url"]},
    }
    return {
        **key,
        "name": {"S": invoice["customer_name"]},
        "email": {"S": invoice["customer_email"]},
        "invoices": {"M": {**read["invoices"]["M"], invoice["id"]: {"M": shown}}},
        "version": {"N": str(int(read["version"]["N"]) + 1)},
    }


def is_signed(body, header):
    """https://docs.stripe.com/webhooks#verify-manually"""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE:
        return False
    expected = hmac.new(secret().encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts.get("v1", ""))


def secret():
    if time.time() >= cached["until"]:
        answer = ssm.get_parameter(Name=SECRET_NAME, WithDecryption=True)
        cached.update(secret=answer["Parameter"]["Value"], until=time.time() + SECRET_LIVES)
    return cached["secret"]
