# A Paddle Billing event in, what it says about an invoice or a customer out; nothing out where it says
# nothing. Paddle's invoice is a transaction; who owes it is told by the customer's own events.

# Whether a word stands in a list of words between bars.
def among($list): "|\(.)|" as $word | $list | contains($word);

# Amounts leave as the text they came in: the reader judges them.
def text: if . == null then null else tostring end;

# Civil days are [year, month, day].
def is_leap: . % 4 == 0 and (. % 100 != 0 or . % 400 == 0);
def last_day:
  . as [$year, $month]
  | if $month == 2 then (if $year | is_leap then 29 else 28 end)
    elif $month | among("|4|6|9|11|") then 30
    else 31 end;
def month_after($n): .[0] * 12 + .[1] - 1 + $n | [(. / 12 | floor), . % 12 + 1];
# Days that a month does not have are days of the next one.
def plus_days($n): .[2] += $n | until(.[2] <= last_day; month_after(1) + [.[2] - last_day]);
# The last day of a month that does not have the day.
def plus_months($n): month_after($n) + [.[2]] | .[2] = ([.[2], last_day] | min);
def written: map(tostring | if length == 1 then "0" + . else . end) | join("-");

# Paddle does not send the due date, but what it is made of. Terms that make none come out as words, for
# the reader to refuse.
def due_on:
  (.billed_at // "") as $billed_at
  | select($billed_at != "")
  | (.billing_details | objects | .payment_terms | objects) as {$interval, $frequency}
  | try (
      [$billed_at[:4], $billed_at[5:7], $billed_at[8:10]] | map(tonumber)
      | if $frequency < 0 or $frequency > 1000 then error
        elif $interval == "day" then plus_days($frequency)
        elif $interval == "week" then plus_days($frequency * 7)
        elif $interval == "month" then plus_months($frequency)
        elif $interval == "year" then plus_months($frequency * 12)
        else error end
      | written
    ) catch "\($billed_at) + \($frequency) \($interval)";

def status:
  if among("|draft|ready|") then "draft"
  elif among("|billed|past_due|") then "open"
  elif among("|paid|completed|") then "paid"
  elif . == "canceled" then "void"
  else . end;

def collection:
  if . == "manual" then "send_invoice" elif . == "automatic" then "charge_automatically" else . end;

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
        # Not `total`: credits lower `grand_total`, and are no payment.
        total: (.details.totals.grand_total | text),
        remaining: (.details.totals.balance | text),
        due_on: (due_on // null),
        collection: (.collection_mode | collection),
        pay_url: ((.checkout | objects | .url) // null),
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
      },
    };

def customer($at): {$at, customer: .id, debtor: {name, email, language: .locale}};

. as {$event_type, $occurred_at}
| if $event_type | among(
    "|transaction.created|transaction.ready|transaction.billed|transaction.updated|transaction.revised"
    + "|transaction.past_due|transaction.payment_failed|transaction.paid|transaction.completed"
    + "|transaction.canceled|") then .data | transaction($event_type; $occurred_at)
  elif $event_type | among("|adjustment.created|adjustment.updated|") then .data | adjustment($occurred_at)
  elif $event_type | among("|customer.created|customer.updated|customer.imported|") then
    .data | customer($occurred_at)
  else empty end
