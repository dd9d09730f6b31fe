# A Square event in, what it says about an invoice and its debtor out; nothing out where it says nothing.

def text: if . == null then null else tostring end;

# Whether a word stands in a list of words between bars.
def among($list): "|\(.)|" as $word | $list | contains($word);

# Square has no field for the debtor's purchase order. It stands in a custom field that the sender
# named at will: compared without case, blanks, signs and accents ("P.O. #", "N° de commande").
def plain: ascii_downcase | explode - (" \t\u00a0.,:;#*_/()-'’°ºéÉ" | explode) | implode;
def names_an_order: tostring | plain | among(
  "|po|pono|ponr|ponum|ponumber|poref|poreference|yourpo|customerpo"
  + "|purchaseorder|purchaseorderno|purchaseordernum|purchaseordernumber"
  + "|bondecommande|nbondecommande|ndebondecommande|nobondecommande|numrodebondecommande"
  + "|commande|ndecommande|nodecommande|numrodecommande|numerodecommande"
  + "|rfrencecommande|rfrencedecommande|votrecommande|");
def po_number: first((.custom_fields // [])[] | select(.label | names_an_order) | .value) // null;

# SCHEDULED is not sent, or not charged, before its day comes. FAILED: Square has cancelled it on
# suspicion of fraud. What was refunded had been paid.
def status: {
  DRAFT: "draft", SCHEDULED: "draft",
  UNPAID: "open", PARTIALLY_PAID: "open", PAYMENT_PENDING: "open",
  PAID: "paid", PARTIALLY_REFUNDED: "paid", REFUNDED: "paid",
  CANCELED: "void", FAILED: "void",
}[.status | tostring] // .status;

# The sum of whole numbers; or the first that is none, as it is, for the reader to refuse.
def whole: isnumber and (tostring | explode | all(. >= 48 and . <= 57));
def sum: (if all(whole) then add else first(.[] | select(whole | not)) end) | text;

def asked: .computed_amount_money.amount;
def paid: .total_completed_amount_money.amount // 0;
# Cash may have been rounded; the difference is not owed.
def owed:
  if (asked | whole) and (paid | whole)
  then [asked - paid + (.rounding_adjustment_included_money.amount // 0), 0] | max
  else first(asked, paid | select(whole | not)) end;

select(.type | among(
  "|invoice.created|invoice.published|invoice.updated|invoice.payment_made"
  + "|invoice.scheduled_charge_failed|invoice.canceled|invoice.refunded|invoice.deleted|"))
| . as {$type, $created_at}
| {at: $created_at, account: .merchant_id}
  + if $type == "invoice.deleted" then {ended: {invoice: .data.id, status: "void"}} # it shows no invoice
  else
    .data.object.invoice
    | (.payment_requests // []) as $requests
    # The part that is due next; the last one when all are paid.
    | (($requests | map(select(owed > 0)) | min_by(.due_date)) // ($requests | max_by(.due_date))) as $next
    # What is asked for by then: a balance that is due later is not.
    | ($requests | map(select(.due_date <= $next.due_date))) as $requests
    | ($requests | map(asked) | sum) as $total
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
          remaining: ($requests | map(owed) | sum),
          due_on: ($next.due_date | select(. != "") // null),
          # A payment that is under way is waited for as an automatic one is.
          collection:
            (if .status == "PAYMENT_PENDING" or ($next.automatic_payment_source // "NONE") != "NONE"
             then "charge_automatically" else "send_invoice" end),
          pay_url: .public_url,
          po_number: po_number,
        },
        debtor: (.primary_recipient | {
          name: ((.company_name | select(. != ""))
                 // ([.given_name, .family_name] | map(strings) | join(" "))),
          email: .email_address,
          country: .address.country,
        }),
      } end
  end
