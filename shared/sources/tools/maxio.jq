# A Maxio webhook in, what it says about an invoice, a payment or a customer out; nothing out where it
# says nothing. It was a form: all values are text, and what is not known is "".

def told: select(. != null and . != "");
def first_told(f): first(f | told) // null;

# 2016-11-08 16:22:18 -0500, or a day alone. Anything else leaves as it is, for the reader to judge.
def instant:
  if isstring then
    (. / " ") as $part
    | if $part[2] == "UTC" then "\($part[0])T\($part[1])Z"
      elif ($part | length) == 3 then "\($part[0])T\($part[1])\($part[2][:3]):\($part[2][3:])"
      elif length == 10 then "\(.)T00:00:00Z"
      else . end
  else . end;

# 123456 cents are 1234.56. What does not count cents must not be taken for whole ones.
def digits: explode | all(. >= 48 and . <= 57);
def from_cents:
  if . == null then null
  elif (digits | not) or length == 0 then "\(.) cents"
  elif length > 2 then "\(.[:-2]).\(.[-2:])"
  else "0." + "0\(.)"[-2:] end;

def zero: tostring | length > 0 and (explode - [46, 48] == []); # nothing but points and noughts

# An invoice without a status is one that was just issued.
def status:
  (first_told(.status) // if .due_amount | zero then "paid" else "open" end) as $status
  | {pending: "draft", processing: "open", voided: "void", canceled: "void"}[$status] // $status;

# What was to be paid at first: credit notes have lowered the amount due, and are no payment.
def total: if (.paid_amount | zero) and (.due_amount | zero | not) then .due_amount else .total_amount end;

def collection:
  {remittance: "send_invoice", invoice: "send_invoice",
   automatic: "charge_automatically", prepaid: "charge_automatically"}[tostring] // .;

def debtor:
  {
    name: first_told(.organization, ([.first_name, .last_name] | map(told) | join(" "))),
    email,
    language: .locale,
    country,
  };

.event as $event
| .payload | objects
| {account: .site.id}
  + if .invoice | isobject then
    # A part of a consolidated invoice, which is told by itself.
    select(.invoice.consolidation_level != "child")
    | . as {$subscription, $customer, $invoice}
    # Who pays may be another one than who is served.
    | first_told($invoice.payer, $invoice.customer, $customer, $subscription.customer) as $debtor
    | {
      at: (first_told($invoice.updated_at, $invoice.created_at, $subscription.updated_at, $invoice.issue_date)
           | instant),
      customer: first_told($debtor.chargify_id, $debtor.id, $invoice.customer_id),
      invoice: {
        id: $invoice.uid,
        number: $invoice.number,
        status: ($invoice | status),
        currency: first_told($invoice.currency, $subscription.currency),
        total: ($invoice | total),
        remaining: $invoice.due_amount,
        due_on: first_told($invoice.due_date),
        # A payment that is under way is waited for as an automatic one is.
        collection:
          (if $invoice.status == "processing" then "charge_automatically"
           else first_told($invoice.collection_method, $subscription.payment_collection_method) | collection end),
        pay_url: $invoice.public_url,
      },
      debtor: ($debtor | debtor + {
        language: first_told(.locale, $customer.locale, $subscription.customer.locale),
        country: first_told($invoice.billing_address.country, .country),
      }),
    }
  elif $event == "payment_success" then
    .subscription as $subscription
    | .transaction
    | [.invoice_uids | strings, .[]? | told] as $invoices
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
    .customer | {at: (.updated_at | instant), customer: .id, debtor: debtor}
  else empty end
