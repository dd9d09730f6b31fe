# A Chargebee event in, what it says about an invoice and its debtor out; nothing out where it says nothing.

def status($type):
  (.status | filled) as $status
  | if $type == "invoice_deleted" or .deleted == true or $status == "voided" then "void"
    # Chargebee calls paid what was written off.
    elif $status == "paid" and (.write_off_amount | above_zero) then "uncollectible"
    # `not_paid` is what Chargebee has ceased to collect by itself: it is owed all the same.
    elif $status | among("|posted|payment_due|not_paid|") then "open"
    elif $status == "pending" then "draft"
    else $status end;

# Credit notes, adjustments and taxes that were withheld lower what is due, and are no payment.
def total($status):
  ([.amount_due, (.amount_paid | filled // 0)] | sum) as $owed_or_paid
  | if $status == "open" and .total != null and ($owed_or_paid | is_zero or above_zero) then $owed_or_paid
    else .total | text end;

# Whether Chargebee charges by itself: `on` or `off`, where the event tells. A subscription's own word
# counts before its customer's.
def auto_collection($content):
  . as {$subscription_id, $customer_id}
  | ($content.subscription | select($subscription_id != null and .id? == $subscription_id) | .auto_collection)
  // ($content.customer | select(.id? == $customer_id) | .auto_collection)
  // null;

# Many events show the invoice alone, which does not tell. What Chargebee has done then tells: it has
# retried a charge, or it has not.
def collection($content):
  auto_collection($content) as $auto
  | if $auto == "on" then "charge_automatically"
    elif $auto == "off" then "send_invoice"
    elif $auto != null then $auto
    elif any((.dunning_attempts // [])[]; .dunning_type | among("|auto_collect|direct_debit|")) then "charge_automatically"
    else "send_invoice" end;

# While a debit is under way, nothing is the debtor's to do. None takes longer, one that was announced to its
# payer included.
def pending_until($at):
  if any((.linked_payments // [])[]; .txn_status == "in_progress") then try ($at | plus_days(14)) catch null
  else null end;

def name: (.company | filled) // ([.first_name, .last_name | strings] | join(" ") | filled);

# What is noted in fields of the user's own, and what an API has left there.
def own: ([to_entries[] | select(.key | startswith("cf_")) | {(.key[3:]): .value}] | add)
  + (.meta_data | objects // {});

def vat_number:
  (.vat_number | filled | text) as $number
  | (.vat_number_prefix | filled | text // "") as $prefix
  | if $number == null or ($number | startswith($prefix)) then $number else $prefix + $number end;

# Who gets invoices, or can be called.
def contacts($address):
  [{
     role: "invoice", name: ([.first_name, .last_name | strings] | join(" ")),
     email: (($address.email | filled) // .email), phone: ((.phone | filled) // $address.phone),
   }]
  + [.contacts[]? | objects | select(.enabled != false and .send_billing_email == true)
     | {role: "invoice", name: ([.first_name, .last_name | strings] | join(" ")), email, phone}];

def debtor: (.billing_address // {}) as $address
| {
    name: (($address | name) // name),
    email: (($address.email | filled) // .email),
    language: .locale,
    country: $address.country,
    postal_code: $address.zip,
    state: (($address.state_code | filled) // $address.state),
    vat_number: vat_number,
    contacts: contacts($address),
  };
# Only the customer itself shows what is noted of it.
def customer: debtor + {metadata: own};

# What the customer paid and what is on no invoice yet, a currency each.
def unapplied:
  [((.balances | arrays | select(. != [])) // [.])[]
   | {amount: (.excess_payments | text), currency: (.balance_currency_code // .currency_code // .preferred_currency_code)}
   | select(.amount != null and .currency != null)]
  | group_by(.currency)
  | map({amount: (map(.amount) | sum | not_below_zero), currency: .[0].currency});

def told_of_the_customer($at): select(.id? != null)
| { $at, version: .resource_version, customer: .id, unapplied: unapplied }
| select(.unapplied != []);

# What Chargebee answers when it is asked: as an event of that moment shows it. Who moves first is told by what is known,
# where the answer does not show it.
def knowing($asked):
  if .invoice? == null or .invoice.collection == "charge_automatically" then .
  elif $asked.collection != null then .invoice.collection = $asked.collection
  elif .invoice.status == "open" then
    error("the answer does not tell whether the customer is charged automatically")
  else . end;

def event:
  if .asked != null then {event_type: "asked", occurred_at: .asked.second, content: .answer, asked} else . end;

event
| . as {$event_type, $occurred_at, $content, $asked}
| (if $content.invoice? != null then
    $content.invoice
    | . as {$customer_id, $billing_address}
    | (($content.customer | select(.id? == $customer_id)) // null) as $customer
    | collection($content) as $collection
    | status($event_type) as $status
    | {
        at: $occurred_at,
        version: .resource_version,
        customer: $customer_id,
        charge_failed_at:
          (if $event_type == "payment_failed" and $collection == "charge_automatically" then $occurred_at else null end),
        invoice: {
          id,
          number: .id,
          $status,
          currency: (.currency_code | filled),
          total: total($status),
          remaining: (.amount_due | text),
          due_at: (.due_date | filled),
          collection: $collection,
          po_number: .po_number,
          issued_at: (.date // .generated_at),
          metadata: own,
          # A person has entered when the money is to come.
          not_before: (.expected_payment_date | day),
          payment_pending_until: pending_until($occurred_at),
        },
      }
      + (if $customer != null then
          { debtor: ($customer | customer), debtor_as_of: $occurred_at }
        # The address of an invoice is as it was when the invoice was made, however late the event. Without
        # an e-mail address it would only hide what the customer's own events have told.
        elif $billing_address.email | filled != null then
          { debtor: ({ $billing_address, vat_number, vat_number_prefix } | debtor), debtor_as_of: (.generated_at // .date) }
        else {} end),
      ($customer | objects | told_of_the_customer($occurred_at))
  elif $content.customer.id? != null then
    $content.customer
    | {
        at: $occurred_at, customer: .id, debtor: customer, debtor_as_of: $occurred_at,
        customer_deleted: ($event_type == "customer_deleted" or .deleted == true),
      },
      told_of_the_customer($occurred_at)
  else empty end)
| if $asked == null then . elif $asked.about == "unapplied" then select(.unapplied != null) else knowing($asked) end
