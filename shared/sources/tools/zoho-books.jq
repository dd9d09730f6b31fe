# An invoice as a workflow rule of Zoho Books sends it in, what it says about the invoice and its debtor
# out; nothing out for what carries no invoice.

# An invoice that was written off is called paid.
def status:
  (.status | filled) as $status
  | if $status == "paid" and (.write_off_amount | above_zero) then "uncollectible"
    else {
      draft: "draft", pending_approval: "draft", approved: "draft", rejected: "draft",
      sent: "open", viewed: "open", overdue: "open", unpaid: "open", partially_paid: "open",
      paid: "paid", void: "void",
    }[$status | tostring] // $status end;

# Credits lower the balance, and are no payment.
def paid:
  (.payment_made | filled)
  // (if .credits_applied | filled == null then 0
      else [.total, .balance, .credits_applied, (.write_off_amount | filled // 0)] | difference | not_below_zero end);
def total:
  ([.balance, paid] | sum) as $owed_or_paid
  | if status == "open" and .total != null and ($owed_or_paid | is_zero or above_zero) then $owed_or_paid
    else .total | text end;

# The balance falls only once a payment is through. None takes longer.
def is_in_process:
  (.ach_payment_initiated | is_yes) or (.inprocess_transaction_present | is_yes)
  or (.reader_offline_payment_initiated | is_yes) or (.unprocessed_payment_amount | above_zero);
def pending_until($at): if is_in_process then try ($at | plus_days(14)) catch null else null end;

# Fields of the user's own: by their labels, and what steers by its name in the API, too.
def noted:
  [.[]? | objects | (.api_name? | strings | select(among("|cf_relance|cf_relance_until|cf_relance_contact|cf_account_manager|cf_relance_plan|")) | .[3:]) // .label? as $name
   | {($name | strings): .value}] | add;

# Those to whom the invoice goes, the primary contact first.
def recipients:
  [.contact_persons_details[]? | select(.email | filled != null)]
  | (map(select(.is_primary_contact == true)) + .)[:20];
def recipient: recipients[0].email;

select(type == "object")
# What it answers when it is asked has the shape of what it sends.
| (if .asked != null then .answer else . end)
| .invoice
| select(type == "object")
| (.last_modified_time | instant) as $at
| {
    kind: "invoice.\(.status)",
    $at,
    customer: (.customer_id | text),
    debtor: {
      name: (.customer_name | filled),
      email: (recipient // (.email | filled)),
      # Zoho writes a country in English, and its code seldom.
      country: (.billing_address | (.country_code? | country) // (.country? | country)),
      postal_code: ((.billing_address | objects | .zip) // null),
      state: ((.billing_address | objects | (.state_code | filled) // .state) // null),
      vat_number: ((.vat_reg_no | filled) // (.tax_reg_no | filled) // (.gst_no | filled)),
      contacts:
        [recipients[]
         | {
             role: "invoice", name: ([.first_name, .last_name | strings] | join(" ")), email,
             phone: ((.phone | filled) // (.mobile | filled)),
           }],
      metadata: (if .customer_custom_fields == null then null else .customer_custom_fields | noted // {} end),
    },
    invoice: {
      id: (.invoice_id | text),
      number: (.invoice_number | filled),
      status: status,
      currency: (.currency_code | filled),
      total: total,
      remaining: (.balance | text),
      due_on: (.due_date | day),
      collection: (if .is_autobill_enabled | is_yes then "charge_automatically" else "send_invoice" end),
      # Zoho may leave a blank at its end.
      pay_url: (.invoice_url | filled),
      po_number: (.reference_number | filled),
      issued_on: .date,
      contacts: [{role: "account_manager", name: (.salesperson_name | filled)}],
      metadata: (.custom_fields | noted),
      # Zoho itself would not remind until then.
      not_before:
        (if .stop_reminder_until_payment_expected_date | is_yes then .payment_expected_date | day else null end),
      payment_pending_until: pending_until($at),
    },
  }
