# A Stripe event in, what it says about an invoice and its debtor out; nothing out where it says nothing.
# Reads the API's shapes before and since 2025-03-31: the older one may say `paid` instead of a status.

# Numbers leave as the text they came in, whole or not: the reader judges them.
def text: if . == null then null else tostring end;

# Whether a word stands in a list of words between bars.
def among($list): "|\(.)|" as $word | $list | contains($word);

# Stripe has no field for the debtor's purchase order. It stands in a custom field that the sender
# named as he liked: compared without case, blanks, signs and accents ("P.O. #", "N° de commande").
def plain: ascii_downcase | explode - (" \t\u00a0.,:;#*_/()-'’°ºéÉ" | explode) | implode;
def names_an_order: tostring | plain | among(
  "|po|pono|ponr|ponum|ponumber|poref|poreference|yourpo|customerpo"
  + "|purchaseorder|purchaseorderno|purchaseordernum|purchaseordernumber"
  + "|bondecommande|nbondecommande|ndebondecommande|nobondecommande|numrodebondecommande"
  + "|commande|ndecommande|nodecommande|numrodecommande|numerodecommande"
  + "|rfrencecommande|rfrencedecommande|votrecommande|");
def po_number:
  first((.custom_fields // [])[] | select(.name | names_an_order) | .value)
  // .metadata.po_number? // null;

def language:
  .metadata.language? // .metadata.locale?
  // .customer.metadata?.language? // .customer.metadata?.locale?
  // .customer.preferred_locales?[0]? // null;

def status($kind):
  if $kind == "invoice.deleted" then "void"  # only drafts can be deleted
  elif .paid == true then "paid"
  else .status end;

# Anything else is not about an invoice (or, as `invoice.upcoming`, about one that does not exist yet),
# or is a thin event, whose `object` is "v2.core.event", and which carries no invoice.
select(.object == "event" and (.type | among(
  "|invoice.created|invoice.finalized|invoice.sent|invoice.updated"
  + "|invoice.paid|invoice.payment_succeeded|invoice.payment_failed"
  + "|invoice.overdue|invoice.will_be_due"
  + "|invoice.voided|invoice.marked_uncollectible|invoice.deleted|")))
| . as {$type, $created, $livemode, $account}
| .data.object
| {
    at: $created,
    mode: (if $livemode == true then "live" elif $livemode == false then "test" else null end),
    $account,
    # Some fields hold an id, or the whole object where the sender had Stripe expand it.
    customer: (.customer.id? // .customer),
    charge_failed_at:
      (if $type == "invoice.payment_failed" and .collection_method == "charge_automatically"
       then $created else null end),
    # Stripe shows the customer as he was when the invoice was finalised, however late the event.
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
    },
    debtor: {
      name: (.customer_name // .customer.name? // null),
      email: (.customer_email // .customer.email? // null),
      language: language,
      country: (.customer_address.country? // .customer.address?.country? // null),
    },
  }
