# A Square event in, what it says about an invoice and its debtor out; nothing out where it says nothing.

# Square has no field for the debtor's purchase order. It stands in a custom field that the sender
# named at will.
def po_number: first((.custom_fields // [])[] | select(.label | names_an_order) | .value) // null;

# All others are the sender's notes.
def noted: [.custom_fields[]? | objects | select(.label | names_an_order | not) | {(.label | strings): .value}] | add;

# SCHEDULED is not sent, or not charged, before its day comes. FAILED: Square has cancelled it on
# suspicion of fraud. What was refunded had been paid, in full or in part: what is asked for next tells.
def is_refunded: .status | among("|PARTIALLY_REFUNDED|REFUNDED|");
def asked_next: .next_payment_amount_money | objects | .amount;
def status:
  if is_refunded and any(asked_next; above_zero) then "open"
  else {
    DRAFT: "draft", SCHEDULED: "draft",
    UNPAID: "open", PARTIALLY_PAID: "open", PAYMENT_PENDING: "open",
    PAID: "paid", PARTIALLY_REFUNDED: "paid", REFUNDED: "paid",
    CANCELED: "void", FAILED: "void",
  }[.status | filled | tostring] // .status end;

def asked: .computed_amount_money.amount;
def paid: .total_completed_amount_money.amount | filled // 0;
# Cash may have been rounded; the difference is not owed.
def owed:
  first(asked, paid | text | select(. != null and startswith("-")))
  // ([([asked, paid] | difference), (.rounding_adjustment_included_money.amount | filled // 0)]
      | sum | not_below_zero);

# While a payment is under way, nothing is the debtor's to do. None takes longer.
def pending_until($at):
  if .status | filled == "PAYMENT_PENDING" then try ($at | plus_days(14)) catch null else null end;

# What Square answers when it is asked: as an event of that moment shows it.
def event:
  if .asked != null then
    select(.asked.about != "open" or (.answer | status == "open"))
    | {type: "invoice.updated", created_at: .asked.at, merchant_id: .asked.account, data: {object: {invoice: .answer}}}
  else . end;

event
| select(.type | among(
  "|invoice.created|invoice.published|invoice.updated|invoice.payment_made"
  + "|invoice.scheduled_charge_failed|invoice.canceled|invoice.refunded|invoice.deleted|"))
| . as {$type, $created_at}
| {at: $created_at, account: .merchant_id}
  + if $type == "invoice.deleted" then {ended: {invoice: .data.id, status: "void"}} # it shows no invoice
  else
    .data.object.invoice
    | (.payment_requests // []) as $all
    | $all as $requests
    # The part that is due next; the last one when all are paid.
    | (($requests | map(select(owed | above_zero)) | min_by(.due_date)) // ($requests | max_by(.due_date))) as $next
    # What is asked for by then: a balance that is due later is not.
    | ($requests | map(select(.due_date <= $next.due_date))) as $requests
    | (if $requests == [] then null else $requests | map(asked) | sum end) as $total
    # Nobody says whether what was given back counts as completed any more: it is not owed again.
    | ([($requests | map(owed) | sum), if is_refunded then asked_next else empty end] | smallest) as $remaining
    | .primary_recipient.customer_id as $customer
    | status as $status
    # A draft may have no recipient yet.
    | select($status != "draft" or ($customer != null and $total != null))
    | {version}
      + if ($total == null or $customer == null) and ($status | among("|paid|void|"))
      then {ended: {invoice: .id, $status}}
      else {
        $customer,
        charge_failed_at: (if $type == "invoice.scheduled_charge_failed" then $created_at else null end),
        # Square shows the recipient as it was when the invoice was written, however late the event.
        debtor_as_of: .created_at,
        invoice: {
          id,
          number: .invoice_number,
          $status,
          currency: $next.computed_amount_money.currency,
          $total,
          $remaining,
          due_on: ($next.due_date | day),
          collection:
            (if ($next.automatic_payment_source | filled // "NONE") != "NONE"
             then "charge_automatically" else "send_invoice" end),
          pay_url: .public_url,
          po_number: po_number,
          # Where it is paid in parts, all of them.
          instalments:
            (if ($all | length) > 1
             then $all | map({due_on: (.due_date | day), amount: (asked | text)}) else null end),
          metadata: noted,
          payment_pending_until: pending_until($created_at),
        },
        debtor: (.primary_recipient | {
          name: ((.company_name | filled)
                 // ([.given_name, .family_name] | map(strings) | join(" "))),
          email: .email_address,
          country: .address.country,
          postal_code: .address.postal_code,
          state: .address.administrative_district_level_1,
          vat_number: ((.tax_ids | objects | .eu_vat) // null),
          contacts:
            [{
              role: "invoice", name: ([.given_name, .family_name] | map(strings) | join(" ")),
              email: .email_address, phone: .phone_number,
            } | select(.phone | filled != null)],
        }),
      } end
  end
