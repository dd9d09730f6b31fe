# The fields of an invoice or of a contact that a server action of Odoo sends in, what they say out;
# nothing out for credit notes, vendors' bills and other records.

# A field that was not chosen is missing, one that is empty is false.
def full: if . == false or . == "" then null else . end;
# Numbers leave as the text they came in: the reader judges them.
def text: full | if . == null then null else tostring end;

# Odoo 17 sends the link to a record as [id, "name"], later ones send the id alone.
def id: if type == "array" then .[0] else . end | text;
def name: if type == "array" then .[1] else null end;

# 2026-12-16 09:00:00.412077, which is UTC.
def instant: full | if type == "string" then (. / " " | join("T")) + "Z" else . end;

# `in_payment` is paid, though not yet seen at the bank. `reversed`: a credit note took all of it back.
# What is older than Odoo's knowledge of payments is left alone until that changes.
def status:
  if .state == "draft" then "draft"
  elif .state == "cancel" then "void"
  elif .state == "posted" then {
    not_paid: "open", partial: "open", in_payment: "paid", paid: "paid", reversed: "void",
    blocked: "open", invoicing_legacy: "uncollectible",
  }[.payment_state | tostring] // (.payment_state | full)
  else .state | full end;

def invoice: {
  at: (.write_date | instant),
  customer: (.partner_id | id),
  # Nothing of the debtor: the name alone would take away the address that the contact told.
  invoice: {
    id: (._id | text),
    number: (.name | full | if . == "/" then null else . end),
    status: status,
    # `x_currency` is a field that the user adds, for versions that send the id alone.
    currency: ((.currency_id | name) // (.x_currency | full) // (.currency_id | text)),
    total: (.amount_total | text),
    remaining: (.amount_residual | text),
    due_on: (.invoice_date_due | full),
    collection: "send_invoice",
    # Odoo's own is relative, which is no link; `x_pay_url` is one that the user may add.
    pay_url: ((.x_pay_url | full) // (.access_url | full)),
    po_number: (.ref | full),
    # "No follow-up", as a person ticked it.
    left_alone: (.payment_state == "blocked"),
  },
};

def contact: {
  at: (.write_date | instant),
  customer: (._id | text),
  debtor: {
    name: (.name | full),
    email: (.email | full),
    language: (.lang | full),
    country: (.country_code | full),
    time_zone: (.tz | full),
    kind: (if .is_company == true then "business" else null end),
  },
};

select(type == "object")
| if ._model == "account.move" then
    if .move_type == "out_invoice" then invoice
    elif .move_type == null then error("move_type must be among the fields: a vendor's bill looks the same")
    else empty end
  elif ._model == "res.partner" then
    if .email == null then error("email must be among the fields: an address is told by it alone")
    else contact end
  else empty end
