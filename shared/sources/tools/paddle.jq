# A Paddle Billing event in, what it says about an invoice or a customer out; nothing out where it says
# nothing. Paddle's invoice is a transaction; who owes it is told by the customer's own events.

# Paddle does not send the due date, but what it is made of. Terms that make none come out as words, for
# the reader to refuse.
def due_on:
  (.billed_at | filled | values) as $billed_at
  | (.billing_details | objects | .payment_terms | objects) as {$interval, $frequency}
  | try (
      $billed_at[:10]
      | if $interval == "day" then plus_days($frequency)
        elif $interval == "week" then plus_days($frequency | tonumber * 7)
        elif $interval == "month" then plus_months($frequency)
        elif $interval == "year" then plus_months($frequency | tonumber * 12)
        else error end
    ) catch "\($billed_at) + \($frequency) \($interval)";

# What was paid, by the sums or by the payments: no example shows a part payment in both.
def paid:
  [([.details.totals.grand_total, .details.totals.balance] | difference),
   ([.payments[]? | select(.status? == "captured") | .amount] | sum)]
  | largest;

# An adjustment leaves `totals` as they were and shows in `adjusted_totals`; so says Paddle's list of changes.
# Its reference can be read the other way round: the smaller of both is owed.
def remaining:
  ((.details.adjusted_totals | objects | .grand_total | filled) // .details.totals.grand_total) as $adjusted
  | if [.details.totals.grand_total, .details.totals.balance] | difference | is_zero or above_zero
    then [.details.totals.balance, ([$adjusted, paid] | difference | not_below_zero)] | smallest
    else .details.totals.balance | text end;

def status:
  if among("|draft|ready|") then "draft"
  elif among("|billed|past_due|") then "open"
  elif among("|paid|completed|") then "paid"
  elif . == "canceled" then "void"
  else . end;

def collection:
  if . == "manual" then "send_invoice" elif . == "automatic" then "charge_automatically" else . end;

# What the sender noted.
def own: (.custom_data | objects) // {};

def transaction($type; $at):
  # A checkout that somebody opened and did not fill in is nobody's debt.
  select((.customer_id == null and (.status | among("|draft|ready|canceled|"))) | not)
  | {
      $at,
      customer: .customer_id,
      charge_failed_at:
        (if .collection_mode == "automatic"
           and ($type == "transaction.payment_failed" or .status == "past_due")
         then $at else null end),
      invoice: {
        id,
        number: .invoice_number,
        status: (.status | status),
        currency: .currency_code,
        # Not the transaction's own total: credits lower it, and are no payment.
        total: (if .details.totals.grand_total | filled == null then null else [remaining, paid] | sum end),
        remaining: remaining,
        due_on: (due_on // null),
        collection: (.collection_mode | collection),
        pay_url: ((.checkout | objects | .url) // null),
        issued_at: .billed_at,
        metadata: own,
        po_number: ((.billing_details | objects | .purchase_order_number) // null),
      },
    };

# Paddle goes on showing the transaction as completed after a chargeback. One that is won, and a credit
# that is taken back, become `reversed` under the same id; the `chargeback_reverse` or `credit_reverse`
# that is made beside it has another id, and could not undo anything.
def adjustment($at):
  {credit: "credit", refund: "refund", chargeback: "reversal"}[.action | strings] as $kind
  | select($kind != null and (.status | among("|approved|reversed|")))
  | {
      $at,
      movement: {
        $kind,
        id,
        invoice: .transaction_id,
        amount: (if .status == "reversed" then "0" else .totals.total | text end),
        currency: .currency_code,
      }
      # Whoever never heard of it knows by this what is undone.
      + (if .status == "reversed" and (.created_at | filled) != null
         then {was: (.totals.total | text), since: .created_at} else {} end),
    };

def debtor: {name, email, language: .locale, metadata: own};
def customer($at): {$at, customer: .id, debtor: debtor};

# What Paddle answers when it is asked: a transaction with its customer, or a customer.
def answered($asked):
  if $asked.about == "customer" then customer($asked.at)
  else
    transaction("asked"; $asked.at)
    + (if .customer.id? != null and .customer.id == .customer_id
       then {debtor: (.customer | debtor)} else {} end)
  end;

. as {$event_type, $occurred_at, $asked}
| if $asked != null then .answer | answered($asked)
  elif $event_type | among(
    "|transaction.created|transaction.ready|transaction.billed|transaction.updated|transaction.revised"
    + "|transaction.past_due|transaction.payment_failed|transaction.paid|transaction.completed"
    + "|transaction.canceled|") then .data | transaction($event_type; $occurred_at)
  elif $event_type | among("|adjustment.created|adjustment.updated|") then .data | adjustment($occurred_at)
  elif $event_type | among("|customer.created|customer.updated|customer.imported|") then
    .data | customer($occurred_at)
  else empty end
