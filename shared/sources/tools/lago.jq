# A Lago webhook in, what it says about an invoice and its debtor out; nothing out where it says nothing.

# Lago goes on showing as paid what a bank has taken back, but says when it did: it is owed again. It does
# not say how much: all that was paid. An invoice that was only marked as paid has no payments.
def lost: .payment_dispute_lost_at != null and .payment_status == "succeeded";
def taken_back: if .total_paid_amount_cents | above_zero then .total_paid_amount_cents else .total_amount_cents end;

def status($type):
  if $type == "invoice.deleted" or (.status | among("|voided|closed|")) then "void"
  elif .status == "finalized" then
    if lost then "open"
    elif .payment_status == "succeeded" then "paid"
    elif .payment_status | among("|pending|failed|") then "open"
    else .payment_status end
  # Lago's `open` is not ours: an invoice that is issued only once it is paid.
  elif .status | among("|draft|pending|failed|generating|open|") then "draft"
  else .status end;

# Older versions do not say what is due; they have no credit notes that lower it either.
def remaining:
  if lost then taken_back
  elif .total_due_amount_cents | filled != null then .total_due_amount_cents
  else [.total_amount_cents, (.total_paid_amount_cents | filled // 0)] | difference end
  | text;

# Lago goes on showing the whole amount after a credit note that was offset against it.
def total:
  if (.total_due_amount_cents | filled) == null then .total_amount_cents | text
  else [.total_due_amount_cents, (.total_paid_amount_cents | filled // 0)] | sum end;

def noted: [.[]? | objects | {(.key | strings): .value}] | add;

def debtor: {
  name: ((.legal_name | filled) // (.name | filled) // ([.firstname, .lastname | strings] | join(" "))),
  email: .email, # it may be several
  language: .billing_configuration.document_locale?,
  country: .country,
  postal_code: .zipcode,
  state: .state,
  registration: .legal_number,
  vat_number: .tax_identification_number,
  contacts: [{role: "invoice", email: .email, phone: .phone} | select(.phone | filled != null)],
  # By which the sender knows it.
  tags: {external_id: .external_id},
  metadata: (if .metadata == null then null else .metadata | noted // {} end),
  time_zone: .timezone,
  kind: (if .customer_type == "company" then "business" elif .customer_type == "individual" then "consumer" else null end),
};

# A self-billed invoice is one that the sender of the webhook owes, and writes in its partner's name.
def shown($type):
  (if .customer.billing_configuration.payment_provider? | filled == null then "send_invoice" else "charge_automatically" end) as $collection
| {
    at: (.updated_at | instant),
    customer: .customer.lago_id?,
    charge_failed_at:
      (if .payment_status == "failed" and $collection == "charge_automatically" then .updated_at else null end),
    debtor_as_of: .customer.updated_at?,
    invoice: {
      id: .lago_id,
      number,
      status: status($type),
      currency,
      total: total,
      remaining: remaining,
      due_on: (.payment_due_date | day),
      collection: $collection,
      pdf_url: .file_url,
      po_number: .purchase_order_number,
      issued_on: .issuing_date,
      tags: {billing_entity: .billing_entity_code},
      # Lago shows it where it is asked, and not in its webhooks.
      metadata: (.metadata | noted),
    },
    debtor: (.customer | debtor),
  };

# Told by itself, too: a debt that comes back waits for a person, though nobody saw it paid.
def reversal: select(lost)
| {
    at: (.payment_dispute_lost_at | instant),
    movement: {
      kind: "reversal",
      id: "dispute-\(.lago_id)",
      invoice: .lago_id,
      amount: (taken_back | text),
      currency,
    },
  };

# Before v1.16.1 Lago did not say when an invoice was changed. An end counts all the same; of what is owed,
# nobody could tell which of two states is the newer one.
def undated($type): status($type) as $status
| reversal,
  if $status | among("|paid|void|") then
    { at: (.voided_at | instant), ended: { invoice: .lago_id, $status } }
  else error("updated_at is missing: Lago shows it since v1.16.1") end;

def invoice($type): select(.self_billed != true)
| if .updated_at | filled == null then undated($type) else shown($type), reversal end;

# A payment that was entered by hand is told by its receipt only, and bears the date that was typed: the
# receipt's own is when. What pays several invoices at once does not say how much of each; Lago then shows
# each of them.
def payment($at): select(.payment_status == "succeeded" and (.invoice_ids | length) == 1)
| {
    at: ($at | instant),
    movement: {
      kind: "payment",
      id: .lago_id,
      invoice: .invoice_ids[0],
      amount: (.amount_cents | text),
      currency: .amount_currency,
    },
  };

# Only the part that is offset lowers this debt: `credit` is for later invoices, `refund` was paid before.
# Not at `updated_at`: by then a snapshot of the invoice may have it.
def credit_note: select(.self_billed != true and (.offset_amount_cents | filled // 0 | is_zero | not))
| {
    at: (.created_at | instant),
    movement: {
      kind: "credit",
      id: .lago_id,
      invoice: .lago_invoice_id,
      amount: (.offset_amount_cents | text),
      currency,
    },
  };

def customer: {
  at: ((.updated_at | instant) // (.created_at | instant)),
  customer: .lago_id,
  debtor_as_of: .updated_at,
  debtor: debtor,
};

.webhook_type as $type
| if .asked != null then
    .asked as $asked
    | .answer | invoice("asked")
    | select($asked.about != "open" or .movement != null or .invoice.status == "open")
  elif .object_type == "invoice" then .invoice | invoice($type)
  elif .object_type == "payment_dispute_lost" then .payment_dispute_lost.invoice | invoice($type)
  elif .object_type == "payment" then .payment | select(.type != "manual") | payment(.created_at)
  elif .object_type == "payment_receipt" then .payment_receipt | .created_at as $at | .payment | payment($at)
  elif .object_type == "credit_note" then .credit_note | credit_note
  elif .object_type == "customer" then .customer | customer
  else empty end
