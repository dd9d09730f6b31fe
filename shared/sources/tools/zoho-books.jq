# An invoice as a workflow rule of Zoho Books sends it in, what it says about the invoice and its debtor
# out; nothing out for what carries no invoice.

# Numbers leave as the text they came in: the reader judges them.
def text: if . == null then null else tostring end;
# What is not set is an empty text.
def full: if . == "" then null else . end;

# 2026-12-16T10:00:00+0100: RFC 3339 wants a colon in it.
def instant:
  if type == "string" and (.[-5:-4] | . == "+" or . == "-") then .[:-2] + ":" + .[-2:] else . end;

# An invoice that was written off is called paid.
def status:
  if .status == "paid" and (.write_off_amount | tostring | tonumber? // 0) > 0 then "uncollectible"
  else {
    draft: "draft", pending_approval: "draft", approved: "draft", rejected: "draft",
    sent: "open", viewed: "open", overdue: "open", unpaid: "open", partially_paid: "open",
    paid: "paid", void: "void",
  }[.status | tostring] // .status end;

# Those to whom the invoice goes, the primary contact first.
def recipient:
  [.contact_persons_details[]? | select((.email // "") != "")]
  | (map(select(.is_primary_contact == true)) + .)[0].email;

# Zoho writes a country in English, and its code seldom.
def country: (.country_code? | full) // {
    austria: "AT", belgium: "BE", bulgaria: "BG", croatia: "HR", cyprus: "CY", "czech republic": "CZ",
    czechia: "CZ", denmark: "DK", estonia: "EE", finland: "FI", france: "FR", germany: "DE", greece: "GR",
    hungary: "HU", iceland: "IS", ireland: "IE", italy: "IT", latvia: "LV", liechtenstein: "LI",
    lithuania: "LT", luxembourg: "LU", malta: "MT", monaco: "MC", netherlands: "NL", norway: "NO",
    poland: "PL", portugal: "PT", romania: "RO", slovakia: "SK", slovenia: "SI", spain: "ES", sweden: "SE",
    switzerland: "CH", "united kingdom": "GB", uk: "GB", canada: "CA", mexico: "MX", "united states": "US",
    "united states of america": "US", usa: "US", australia: "AU", "new zealand": "NZ", india: "IN",
    japan: "JP", singapore: "SG", "united arab emirates": "AE", morocco: "MA", tunisia: "TN",
  }[.country? // "" | tostring | ascii_downcase | explode - [46] | implode] // null;

select(type == "object")
| .invoice
| select(type == "object")
| {
    kind: "invoice.\(.status)",
    at: (.last_modified_time | instant),
    customer: (.customer_id | text),
    debtor: {
      name: (.customer_name | full),
      email: (recipient // (.email | full)),
      country: (.billing_address | country),
    },
    invoice: {
      id: (.invoice_id | text),
      number: (.invoice_number | full),
      status: status,
      currency: .currency_code,
      total: (.total | text),
      remaining: (.balance | text),
      due_on: (.due_date | full),
      collection: (if .is_autobill_enabled == true then "charge_automatically" else "send_invoice" end),
      # Zoho may leave a blank at its end.
      pay_url: ((.invoice_url // "") / " ")[0],
      po_number: (.reference_number | full),
    },
  }
