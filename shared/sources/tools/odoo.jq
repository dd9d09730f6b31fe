# The fields of an invoice or of a contact that a server action of Odoo sends in, what they say out;
# nothing out for credit notes, vendors' bills and other records. A field that was not chosen is missing, one
# that is empty is false.

# Odoo 17.0 sends the link to a record as [id, "name"], later ones send the id alone.
def id: if type == "array" then .[0] else . end | text;
def name: if type == "array" then .[1] else null end;

# What steers stands in fields that the user adds, as `x_relance_until`, or in Studio's, as `x_studio_relance_until`. What
# is empty is false.
def added:
  [to_entries[] | select(.key | startswith("x_")) | select(.key | among("|x_currency|x_credited|x_pay_url|") | not)
   | {key: (.key | if startswith("x_studio_") then .[9:] else .[2:] end), value: (.value | filled)}];

# The user who looks after it, where Odoo sends a name.
def account_manager: [{role: "account_manager", name: name} | select(.name != null)];

# `in_payment` is paid, though not yet seen at the bank. `reversed`: a credit note took all of it back.
# What is older than Odoo's knowledge of payments is left alone until that changes.
def status:
  if .state == "draft" then "draft"
  elif .state == "cancel" then "void"
  elif .state == "posted" then {
    not_paid: "open", partial: "open", in_payment: "paid", paid: "paid", reversed: "void",
    blocked: "open", invoicing_legacy: "uncollectible",
  }[.payment_state | tostring] // (.payment_state | filled)
  else .state | filled end;

# What credit notes took off, where Odoo was asked: by a field that the user adds, or by the list that Odoo
# itself shows below an invoice.
def credited:
  (.x_credited | filled)
  // (.invoice_payments_widget | objects | .content | arrays
      | if all(.[]; .is_refund? != null) then map(select(.is_refund | is_yes) | .amount) | sum else empty end)
  // null;

# Of what is missing nobody knows whether it was paid or credited, if that was not asked: neither is told then.
def total:
  credited as $credited
  | if .amount_total | filled == null then null
    elif $credited != null then [.amount_total, $credited] | difference | not_below_zero
    elif status == "open" then .amount_residual | text
    else .amount_total | text end;

def invoice: {
  at: (.write_date | instant),
  customer: (.partner_id | id),
  # Nothing of the debtor: the name alone would take away the address that the contact told.
  invoice: {
    id: (._id | text),
    number: (.name | filled | if . == "/" then null else . end),
    status: status,
    # `x_currency` is a field that the user adds, for versions that send the id alone.
    currency: ((.currency_id | name) // (.x_currency | filled) // (.currency_id | text)),
    total: total,
    remaining: (.amount_residual | text),
    due_on: (.invoice_date_due | day),
    collection: "send_invoice",
    # Odoo's own is relative, which is no link; `x_pay_url` is one that the user may add.
    pay_url: ((.x_pay_url | filled) // (.access_url | filled)),
    po_number: (.ref | filled),
    issued_on: (.invoice_date | filled),
    contacts: (.invoice_user_id | account_manager),
    # "No follow-up", as a person ticked it.
    left_alone: (.payment_state == "blocked"),
  },
};

def contact: {
  at: (.write_date | instant),
  customer: (._id | text),
  debtor: {
    name: (.name | filled),
    email: (.email | filled),
    language: (.lang | filled),
    country: (.country_code | filled),
    postal_code: (.zip | filled),
    # As "California (US)".
    state: ((.state_id | name | strings | (. / " (")[0]) // null),
    registration: (.company_registry | filled),
    vat_number: (.vat | filled),
    contacts:
      ((.user_id | account_manager)
       + [{role: "invoice", email: (.email | filled), phone: (.phone | filled)} | select(.phone != null)]),
    # Where none was chosen, nothing is said of it.
    metadata: (added | if . == [] then null else map({(.key): .value}) | add end),
    time_zone: (.tz | filled),
    kind: (if .is_company == true then "business" else null end),
  },
};

# What Odoo answers when it is asked: a record, which does not name its model.
def record:
  if .asked == null then .
  else
    (if .asked.about == "customer" then "res.partner" else "account.move" end) as $model
    | .answer | {_id: .id, _model: $model} + .
  end;

select(type == "object")
| record
| if ._model == "account.move" then
    if .move_type == "out_invoice" then invoice
    elif .move_type == null then error("move_type must be among the fields: a vendor's bill looks the same")
    else empty end
  elif ._model == "res.partner" then
    if .email == null then error("email must be among the fields: an address is told by it alone")
    else contact end
  else empty end
