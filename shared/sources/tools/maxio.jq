# A Maxio webhook in, what it says about an invoice, a payment or a customer out; nothing out where it
# says nothing. It was a form: all values are text, and what is not known is "".

def told: filled | values;
def first_told(f): first(f | told) // null;

# 123456 cents are 1234.56. What does not count cents must not be taken for whole ones.
def digits: explode | all(. >= 48 and . <= 57);
def from_cents:
  text
  | if . != null and (contains("e") or contains("E")) then [.] | sum else . end
  | if . == null then null
    elif digits | not then "\(.) cents"
    elif length > 2 then "\(.[:-2]).\(.[-2:])"
    else "0." + "0\(.)"[-2:] end;

# An invoice without a status is one that was just issued.
def status:
  (first_told(.status) // if .due_amount | is_zero then "paid" else "open" end) as $status
  | {pending: "draft", processing: "open", voided: "void", canceled: "void"}[$status] // $status;

# Credit notes lower the amount due, and are no payment. The short invoice does not tell what was paid.
def total:
  if status != "open" then .total_amount | text
  elif .paid_amount | filled == null then [.total_amount, (.credit_amount | filled // 0)] | difference
  else [.due_amount, .paid_amount] | sum end;

# None takes longer.
def pending_until($at): if .status | filled == "processing" then try ($at | plus_days(14)) catch null else null end;

def collection:
  {remittance: "send_invoice", invoice: "send_invoice",
   automatic: "charge_automatically", prepaid: "charge_automatically"}[tostring] // .;

# Fields of the user's own, of a customer or of all else. A form writes a list as an object.
def noted(f): [.[]? | objects | select(.owner_type | f) | {(.name | strings): .value}] | add;

def debtor:
  {
    name: first_told(.organization, ([.first_name, .last_name] | map(told) | join(" "))),
    email,
    language: .locale,
    country,
    postal_code: .zip,
    state,
    vat_number,
    contacts:
      [{
        role: "invoice", name: ([.first_name, .last_name] | map(told) | join(" ")), email, phone: first_told(.phone),
      } | select(.phone != null)],
  };

# What Maxio answers when it is asked: as an event of that moment shows it. A customer's does not name the site.
def event:
  if .asked == null then .
  elif .asked.about == "customer" then
    (.asked.account // error("the site is not known before the first webhook names it")) as $site
    | {event: "customer_update", payload: {site: {id: $site}, customer: .answer.customer}}
  else {event: "asked", payload: {site: {id: .answer.site_id}, invoice: .answer, customer: .answer.customer}} end;

event
| .event as $event
| .payload | objects
| {account: (.site.id | text)}
  + if .invoice | isobject then
    # A part of a consolidated invoice, which is told by itself.
    select(.invoice.consolidation_level != "child")
    | . as {$subscription, $customer, $invoice}
    # Who pays may be another one than who is served.
    | first_told($invoice.payer, $invoice.customer, $customer, $subscription.customer) as $debtor
    | (first_told($invoice.updated_at, $invoice.created_at, $subscription.updated_at, $invoice.issue_date)
       | instant) as $at
    | {
      $at,
      customer: (first_told($debtor.chargify_id, $debtor.id, $invoice.customer_id) | text),
      invoice: {
        id: $invoice.uid,
        number: $invoice.number,
        status: ($invoice | status),
        currency: first_told($invoice.currency, $subscription.currency),
        total: ($invoice | total),
        remaining: ($invoice.due_amount | text),
        due_on: ($invoice.due_date | day),
        collection: (first_told($invoice.collection_method, $subscription.payment_collection_method) | collection),
        pay_url: $invoice.public_url,
        issued_on: $invoice.issue_date,
        metadata: ($invoice.custom_fields | noted(. != "Customer")),
        payment_pending_until: ($invoice | pending_until($at)),
      },
      debtor: ($debtor | debtor + {
        language: first_told(.locale, $customer.locale, $subscription.customer.locale),
        country: first_told($invoice.billing_address.country, .country),
        postal_code: first_told($invoice.billing_address.zip, .zip),
        state: first_told($invoice.billing_address.state, .state),
        # The short invoice shows none; a customer's own events do not either.
        metadata:
          (if $invoice.custom_fields == null then null
           else $invoice.custom_fields | noted(. == "Customer") // {} end),
      }),
    }
  elif $event == "payment_success" then
    .subscription as $subscription
    | .transaction
    # A list, as a form writes one or as JSON does.
    | (.invoice_uids | (strings | try fromjson catch empty | arrays) // .) as $uids
    | [$uids | strings, .[]? | told] as $invoices
    | select($invoices != [])
    | if ($invoices | length) > 1 or ($invoices[0] | contains(",")) then error("one payment of several invoices: how much of each is not told") else . end
    | {
      at: (.created_at | instant),
      movement: {
        kind: "payment",
        id,
        invoice: $invoices[0],
        amount: (.amount_in_cents | from_cents),
        currency: first_told(.currency, $subscription.currency),
      },
    }
  elif $event == "customer_update" or $event == "customer_create" then
    .customer | {at: (.updated_at | instant), customer: (.id | text), debtor: debtor}
  else empty end
