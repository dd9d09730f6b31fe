# A Stripe event in, what it says about an invoice or a customer out; nothing out where it says nothing.
# Reads the API's shapes before and since 2025-03-31: the older one may say `paid` instead of a status.

# Stripe has no field for the debtor's purchase order. It stands in a custom field that the sender
# named at will.
def po_number:
  first((.custom_fields // [])[] | select(.name | names_an_order) | .value)
  // .metadata.po_number? // null;

# Custom fields are printed on the invoice; metadata is the sender's own.
def custom_fields:
  [.custom_fields[]? | objects | select(.name | names_an_order | not) | {(.name | strings): .value}] | add;
def metadata: (.metadata? | objects) // {};

# Stripe knows some hundred kinds of numbers: those for a value-added or a sales tax end so.
def is_for_a_tax: .type? | strings | endswith("_vat") or endswith("_gst") or endswith("_gst_hst");
def numbers($ids): {
  vat_number: (first($ids[]? | select(is_for_a_tax) | .value) // null),
  registration: (first($ids[]? | select(is_for_a_tax | not) | .value) // null),
};

def address: (objects // {}) | {country, postal_code, state};

# Who can be called.
def contacts($email; $phone): [{role: "invoice", $email, $phone} | select($phone | filled != null)];

# All of them, the best first: the first counts for which there are templates.
def languages:
  [objects | (.metadata? | objects | .language, .locale), .preferred_locales[]?] | map(strings);

def status($kind):
  if $kind == "invoice.deleted" then "void"  # only drafts can be deleted
  elif .paid == true then "paid"
  else .status end;

# Some fields hold an id, or the whole object where the sender had Stripe expand it.
def id: .id? // .;

def mode:
  if .livemode == true then "live" elif .livemode == false then "test"
  else error("livemode is neither true nor false") end;

# What a bank takes to say whether a debit went through: by Stripe's word six business days for SEPA, which
# begin on the next one after half past ten, four for ACH, fewer elsewhere. Two weeks hold seven of them with
# the holidays of Christmas or Easter among them, and a day for the news.
def news_by: . + 14 * 24 * 60 * 60;

# Where an invoice shows its payments, one that is open may be under way. Shown with its payment intent, it is if
# that says so, as of now. Shown by the id alone, nobody knows: every open invoice has one that waits for the
# debtor, so that it is waited for once, from when it was made, and not again with each event.
def under_way_since($created):
  select(.status == "open")
  | first((.payment? | objects | .payment_intent | objects), null) as $intent
  | if $intent == null then .created
    elif $intent.status == "processing" then $created
    else empty end;
def payment_pending_until($created):
  [.payments?.data[]? | objects | under_way_since($created) | select(isnumber) | news_by] | max;

def shows_an_invoice: among(
  "|invoice.created|invoice.finalized|invoice.sent|invoice.updated"
  + "|invoice.paid|invoice.payment_succeeded|invoice.payment_failed|invoice.overpaid"
  + "|invoice.payment_action_required|invoice.overdue|invoice.will_be_due"
  + "|invoice.voided|invoice.marked_uncollectible|invoice.deleted|");

def invoice($type; $created): {
  customer: (.customer // .customer_account | id),
  charge_failed_at:
    (if $type == "invoice.payment_failed" and .collection_method == "charge_automatically"
     then $created else null end),
  # Stripe shows the customer as it was when the invoice was finalised, however late the event.
  debtor_as_of: (.status_transitions.finalized_at? // $created),
  invoice: {
    id,
    number,
    status: status($type),
    currency,
    # Not `total`: a credit balance and credit notes lower `amount_due`, and are no payment.
    total: (.amount_due | text),
    remaining: (.amount_remaining | text),
    due_at: .due_date,
    collection: .collection_method,
    pay_url: .hosted_invoice_url,
    pdf_url: .invoice_pdf,
    po_number: po_number,
    issued_at: (.effective_at // .status_transitions.finalized_at? // .created),
    tags: custom_fields,
    metadata: metadata,
    payment_pending_until: payment_pending_until($created),
  },
  debtor: {
    name: (.customer_name // .customer.name? // null),
    email: (.customer_email // .customer.email? // null),
    language: (languages + (.customer | languages)),
  }
  # Of the customer's metadata Stripe shows none here, unless it was asked to show the customer.
  + ((.customer_address // .customer.address? // null) | address)
  + numbers(.customer_tax_ids?)
  + { contacts: contacts(.customer_email; .customer_phone?) }
  + (if .customer | isobject then {metadata: (.customer | metadata)} else {} end),
};

# Refunds and disputes name a payment and no invoice. Until 2025-03-31 the invoice named its payment; what
# was paid, the invoice itself says.
def payment_of_old:
  select(.amount_paid? > 0) | (.payment_intent? // .charge? // empty | id) as $payment
  | { movement: { kind: "payment", id: $payment, $payment, invoice: .id, amount: "0", currency } };

# Since then, a payment names its invoice.
def invoice_payment: { movement: {
  kind: "payment",
  id,
  invoice: (.invoice | id),
  payment: (.payment | .payment_intent? // .charge? // null | id),
  amount: (.amount_paid | text),
  currency,
} };

# All that was refunded of one charge: told again, it counts once.
def refund: { movement: {
  kind: "refund", id, payment: (.payment_intent // .id | id), amount: (.amount_refunded | text), currency } };

# Stripe goes on showing a disputed invoice as paid. A warning is only a question, what was won is undone.
def dispute: { movement: {
  kind: "reversal",
  id,
  payment: (.payment_intent // .charge | id),
  amount:
    (if .status | among("|won|prevented|warning_needs_response|warning_under_review|warning_closed|")
     then "0" else (.amount | text) end),
  currency,
} };

# A payment that is under way, or whose end is told: the debit of a bank takes days. Since 2025-03-31 it names
# no invoice, and may be for any of the customer's.
def payment($payment; $created; $is_pending):
  (.customer // .customer_account | id) as $customer
  | (.invoice? | id) as $invoice
  | select($customer != null or $invoice != null)
  | {
    customer: $customer,
    payment_pending: {
      $payment,
      invoice: $invoice,
      until: (if $is_pending then $created | news_by else null end),
      ended: ($is_pending | not),
    },
  };

# A card says at once whether it pays, so that nothing was under way.
def payment_intent($kind; $created):
  select($kind == "payment_intent.processing" or .payment_method_types? != ["card"])
  | payment(.id; $created; $kind == "payment_intent.processing");
def charge($kind; $created):
  select($kind == "charge.pending" or .payment_method_details?.type? != "card")
  | payment(.payment_intent // .id | id; $created; $kind == "charge.pending");

# Money that came by transfer and is in no payment yet. What is overdrawn is none.
def unapplied($currency; $amount):
  { $currency, amount: (if ($amount | isnumber) and $amount < 0 then "0" else $amount | text end) };
def cash_balance: {
  customer: (.customer // .customer_account | id),
  version: 1,
  unapplied: [.available // {} | keys_unsorted[] as $currency | unapplied($currency; .[$currency])],
};
# Within one second it comes in before it goes out.
def cash_transaction: {
  customer: (.customer // .customer_account | id),
  version: (if .type == "funded" then 0 else 1 end),
  unapplied: [unapplied(.currency; .ending_balance)],
};

def customer($created): {
  customer: .id,
  debtor_as_of: $created,
  debtor: {
    name,
    email,
    language: ([.preferred_locales[]?] + languages),
    contacts: contacts(.email; .phone?),
    metadata: metadata,
  } + (.address | address),
};

# Anything else is not about an invoice (or, as `invoice.upcoming`, about one that does not exist yet).
def said($event):
  ($event.type // "") as $type
  | if $type | shows_an_invoice then
      invoice($type; $event.created), (payment_of_old | .id = $event.id + "/payment")
    elif $type == "invoice_payment.paid" then invoice_payment
    elif $type == "charge.refunded" then refund
    elif $type | startswith("charge.dispute.") then dispute
    elif $type | among("|payment_intent.processing|payment_intent.succeeded|payment_intent.payment_failed"
        + "|payment_intent.canceled|") then
      payment_intent($type; $event.created)
    elif $type | among("|charge.pending|charge.succeeded|charge.failed|charge.expired|") then
      charge($type; $event.created)
    elif $type == "cash_balance.funds_available" then cash_balance
    elif $type == "customer_cash_balance_transaction.created" then cash_transaction
    elif $type == "customer.deleted" then { customer: .id, customer_deleted: true }
    elif $type | among("|customer.created|customer.updated|") then customer($event.created)
    else empty end;

# What became of an invoice since it was issued, as webhooks would have told it. Drafts were not.
def ended_at: {
  paid: .status_transitions.paid_at,
  void: .status_transitions.voided_at,
  uncollectible: .status_transitions.marked_uncollectible_at,
}[status("")];
def history($asked):
  (.status_transitions.finalized_at // empty) as $issued
  | (ended_at // $asked.second) as $ended
  | ((. + {status: "open", paid: false, amount_remaining: .amount_due, payments: null})
      | invoice(""; $issued) + {at: $issued}),
    (.payments?.data[]? | select(.status == "paid") | invoice_payment + {at: .status_transitions.paid_at}),
    ((. + {payments: null}) | invoice(""; $ended) + {at: $ended});

# What Stripe answers when it is asked. A customer that was deleted does not say of which mode it was.
def answered($asked):
  if .object == "invoice" and $asked.about == "history" then history($asked)
  elif .object == "invoice" then invoice(""; $asked.second)
  elif .object == "cash_balance" then cash_balance
  elif .object == "customer" and .deleted == true then { customer: .id, customer_deleted: true }
  elif .object == "customer" then customer($asked.second)
  else empty end;

if .asked != null then
  .asked as $asked | .answer
  | (if .deleted == true then null else mode end) as $mode
  | { at: $asked.at, account: $asked.account, mode: $mode } + answered($asked)
elif .object == "event" then
  . as $event | .data.object | said($event)
  | { id: $event.id, at: $event.created, account: $event.account, mode: ($event | mode) } + .
elif .object == "v2.core.event" and (.type // "" | startswith("v1.invoice.")) then
  error("this is a thin event, which does not show the invoice: choose snapshot events at the endpoint")
else empty end
