// Plays what a team would write in Node for a webhook of Stripe's. `ingest` is measured beside it. What it does is
// what ../python/webhook.py does.
import { createHmac, timingSafeEqual } from "node:crypto";

import { DynamoDBClient, GetItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const { TABLE_NAME, SECRET_NAME } = process.env;
const SECRET_LIVES = 300; // seconds
const TOLERANCE = 300; // seconds

const dynamodb = new DynamoDBClient({});
const ssm = new SSMClient({});
const cached = { secret: "", until: 0 };

export async function handler(event) {
  const { body } = event;
  if (!(await isSigned(body, event.headers["stripe-signature"] ?? ""))) return { statusCode: 400 };
  const told = JSON.parse(body);
  const invoice = told.data.object;
  const debtor = `stripe#${invoice.customer}`;
  const Key = { PK: { S: debtor }, SK: { S: "DEBTOR" } };
  const { Item: read } = await dynamodb.send(
    new GetItemCommand({ TableName: TABLE_NAME, Key, ConsistentRead: true }),
  );
  const change = {
    PK: { S: debtor },
    SK: { S: `CHANGE#${told.created}#${told.id}` },
    type: { S: told.type },
    invoice: { S: invoice.id },
  };
  const isNew = { ConditionExpression: "attribute_not_exists(PK)" };
  const unchanged = read
    ? { ConditionExpression: "version = :version", ExpressionAttributeValues: { ":version": read.version } }
    : isNew;
  const puts = [
    { TableName: TABLE_NAME, Item: merged(Key, read, invoice), ...unchanged },
    { TableName: TABLE_NAME, Item: change, ...isNew },
  ];
  try {
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
  } catch (error) {
    // Somebody else was quicker: Stripe comes again.
    if (error.CancellationReasons?.[1]?.Code !== "ConditionalCheckFailed") throw error;
  }
  return { statusCode: 200 };
}

// The debtor with what the event says of an invoice.
function merged(key, read, invoice) {
  const shown = {
    number: { S: invoice.number },
    status: { S: invoice.status },
    remaining: { N: String(invoice.amount_remaining) },
    currency: { S: invoice.currency },
    due: { N: String(invoice.due_date) },
    url: { S: invoice.hosted_invoice_url },
  };
  return {
    ...key,
    name: { S: invoice.customer_name },
    email: { S: invoice.customer_email },
    invoices: { M: { ...read?.invoices.M, [invoice.id]: { M: shown } } },
    version: { N: String(Number(read?.version.N ?? 0) + 1) },
  };
}

// https://docs.stripe.com/webhooks#verify-manually
async function isSigned(body, header) {
  const parts = Object.fromEntries(header.split(",").map((part) => part.split("=")));
  if (!(Math.abs(Date.now() / 1000 - Number(parts.t)) <= TOLERANCE)) return false;
  const expected = createHmac("sha256", await secret()).update(`${parts.t}.${body}`).digest();
  const given = Buffer.from(parts.v1 ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function secret() {
  if (Date.now() >= cached.until) {
    const answer = await ssm.send(new GetParameterCommand({ Name: SECRET_NAME, WithDecryption: true }));
    Object.assign(cached, { secret: answer.Parameter.Value, until: Date.now() + SECRET_LIVES * 1000 });
  }
  return cached.secret;
}
