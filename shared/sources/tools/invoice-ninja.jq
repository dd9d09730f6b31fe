# An invoice, a payment or a client as Invoice Ninja sends them in, what they say about invoices and their
# debtor out; nothing out for quotes, credits, recurring invoices and all else.

# Currencies and languages are told by their place in Invoice Ninja's own lists (its seeders), countries by
# their number in ISO 3166-1. Each list is taken apart once, however many invoices are shown.
def by_place: . / " " | to_entries | map({("\(.key + 1)"): .value}) | add;
def by_number: . / " " | map({(.[2:]): .[:2]}) | add;
(
  "USD GBP EUR ZAR DKK ILS SEK KES CAD PHP INR AUD SGD NOK NZD VND CHF GTQ MYR BRL THB NGN ARS BDT AED HKD "
  + "IDR MXN EGP COP XOF CNY RWF TZS ANG TTD XCD GHS BGN AWG TRY RON HRK SAR JPY MVR CRC PKR PLN LKR CZK UYU "
  + "NAD TND RUB MZN OMR UAH MOP TWD DOP CLP ISK PGK JOD MMK PEN BWP HUF UGX BBD BND GEL QAR HNL SRD BHD VES "
  + "KRW MAD JMD AOA HTG ZMW NPR XPF MUR CVE KWD DZD MKD FJD BOB ALL RSD LBP AMD AZN BAM BYN GIP MDL KZT ETB "
  + "GMD PYG MWK ZWL KHR VUV CUP KYD SZL BZD LYD XAG XAU NIO MGA TOP LAK BTN MRU BMD XAF CDF DJF ERN FKP GNF "
  + "IQD LSL MNT SCR SBD SOS SSP SDG TJS TMT UZS"
  | by_place) as $currencies
| (
  "en it de fr pt-BR nl es nb da ja sv es-ES fr-CA lt pl cs hr sq el en-GB pt-PT sl fi ro tr th mk zh-TW ru "
  + "ar fa lv sr sk et bg he km hu fr-CH lo vi"
  | by_place) as $languages
| (
  "AF4 AL8 AQ10 DZ12 AS16 AD20 AO24 AG28 AZ31 AR32 AU36 AT40 BS44 BH48 BD50 AM51 BB52 BE56 BM60 BT64 BO68 "
  + "BA70 BW72 BV74 BR76 BZ84 IO86 SB90 VG92 BN96 BG100 MM104 BI108 BY112 KH116 CM120 CA124 CV132 KY136 CF140 "
  + "LK144 TD148 CL152 CN156 TW158 CX162 CC166 CO170 KM174 YT175 CG178 CD180 CK184 CR188 HR191 CU192 CY196 "
  + "CZ203 BJ204 DK208 DM212 DO214 EC218 SV222 GQ226 ET231 ER232 EE233 FO234 FK238 GS239 FJ242 FI246 AX248 "
  + "FR250 GF254 PF258 TF260 DJ262 GA266 GE268 GM270 PS275 DE276 GH288 GI292 KI296 GR300 GL304 GD308 GP312 "
  + "GU316 GT320 GN324 GY328 HT332 HM334 VA336 HN340 HK344 HU348 IS352 IN356 ID360 IR364 IQ368 IE372 IL376 "
  + "IT380 CI384 JM388 JP392 KZ398 JO400 KE404 KP408 KR410 KW414 KG417 LA418 LB422 LS426 LV428 LR430 LY434 "
  + "LI438 LT440 LU442 MO446 MG450 MW454 MY458 MV462 ML466 MT470 MQ474 MR478 MU480 MX484 MC492 MN496 MD498 "
  + "ME499 MS500 MA504 MZ508 OM512 NA516 NR520 NP524 NL528 CW531 AW533 SX534 BQ535 NC540 VU548 NZ554 NI558 "
  + "NE562 NG566 NU570 NF574 NO578 MP580 UM581 FM583 MH584 PW585 PK586 PA591 PG598 PY600 PE604 PH608 PN612 "
  + "PL616 PT620 GW624 TL626 PR630 QA634 RE638 RO642 RU643 RW646 BL652 SH654 KN659 AI660 LC662 MF663 PM666 "
  + "VC670 SM674 ST678 SA682 SN686 RS688 SC690 SL694 SG702 SK703 VN704 SI705 SO706 ZA710 ZW716 ES724 SS728 "
  + "SD729 EH732 SR740 SJ744 SZ748 SE752 CH756 SY760 TJ762 TH764 TG768 TK772 TO776 TT780 AE784 TN788 TR792 "
  + "TM795 TC796 TV798 UG800 UA804 MK807 EG818 GB826 GG831 JE832 IM833 TZ834 US840 VI850 BF854 UY858 UZ860 "
  + "VE862 WF876 WS882 YE887 ZM894"
  | by_number) as $countries
|
# A place beyond the list leaves as it came, for the reader to refuse.
def currency: text as $id | if $id == null then null else $currencies[$id] // $id end;
def language: text as $id | if $id == null then null else $languages[$id] // $id end;
def country: text as $id | if $id == null then null else $countries[$id] end;

# Who is to get the client's mails: the first contact before the others, but none who is not to get any.
def recipients:
  [.contacts[]? | select((.email | filled) != null and .send_email != false)]
  | (map(select(.is_primary and .send_email)) + map(select(.send_email)) + map(select(.is_primary)) + .);
def contact: recipients[0];

# Of the four fields that a company names for itself no payload shows the names: what steers has its own in front,
# as `relance_until: 2027-03-01`.
def noted:
  [{custom_value1, custom_value2, custom_value3, custom_value4} | to_entries[] | select(.value | filled != null)
   | .key as $place | (.value | text) as $said
   | ($said / ":") as $parts
   | ($parts[0] | trim | ascii_downcase) as $key
   | if ($parts | length) > 1
       and ($key | among("|relance|relance_until|relance_contact|account_manager|relance_plan|"))
     then {($key): ($said[($parts[0] | length) + 1:] | trim)} else {($place): $said} end]
  | add // {};

def debtor: {
  name: ((.name | filled) // (.display_name | filled)),
  email: contact.email,
  language: ((.settings.language_id? // null) | filled | language),
  country: (.country_id | country),
  kind: {
    individual: "consumer",
    business: "business", company: "business", partnership: "business",
    trust: "business", charity: "business", government: "business",
  }[.classification // ""],
  postal_code: .postal_code,
  state: .state,
  registration: .id_number,
  vat_number: .vat_number,
  contacts:
    [recipients[:30][]
     | {role: "invoice", name: ([.first_name, .last_name | strings] | join(" ")), email, phone}],
  tags: {group: (.group_settings_id | filled), size: (.size_id | filled), number: (.number | filled)},
  metadata: noted,
  # A person has switched its reminders off.
  left_alone: (.settings.send_reminders? | is_no),
};

# What the client paid and what is on no invoice yet.
def unapplied:
  {amount: (.payment_balance | not_below_zero), currency: (.settings.currency_id? | filled | currency)}
  | if .amount != null and .currency != null then {unapplied: [.]} else {} end;

# What became of it; archived is not deleted.
def fate:
  if .is_deleted == true then "deleted"
  else {"1": "draft", "2": "sent", "3": "partial", "4": "paid", "5": "cancelled", "6": "reversed"
    }[.status_id | tostring] // .status_id end;
def status: . as $fate
  | {draft: "draft", sent: "open", partial: "open", paid: "paid", cancelled: "void", reversed: "void", deleted: "void"
    }[$fate | tostring] // $fate;

# All that an invoice needs of its client: put together once, however many invoices it has.
def shared: {
  contact_id: contact.id,
  currency: ((.settings.currency_id? | filled) // null),
  debtor: (if . == null then null else debtor end),
  updated_at,
  is_charged: ((.gateway_tokens // []) != []),
};

def invoice($client; $currency_id): {
  kind: "invoice.\(fate)",
  at: .updated_at,
  customer: .client_id,
  # The client is shown as it is when the webhook leaves, however old the invoice.
  debtor_as_of: $client.updated_at,
  debtor: $client.debtor,
  invoice: {
    id,
    number: (.number | filled),
    status: (fate | status),
    currency: ($client.currency // ($currency_id | filled) | currency),
    total: (.amount | text),
    remaining: (.balance | text),
    # Not `partial_due_date`: a deposit is due on that day, and not all that remains.
    due_on: (.due_date | day),
    instalments:
      (if (.partial | above_zero) and (.partial_due_date | filled) != null and (.due_date | filled) != null
       # What was paid so far was paid of the deposit.
       then [{due_on: (.partial_due_date | day), amount: ([.partial, ([.amount, .balance] | difference)] | sum)},
             {due_on: (.due_date | day), amount: ([.balance, .partial] | difference | not_below_zero)}]
       else null end),
    issued_on: .date,
    metadata: noted,
    # It charges by itself what is marked so, where it has a means of payment to charge.
    collection:
      (if .auto_bill_enabled == true and $client.is_charged
       then "charge_automatically" else "send_invoice" end),
    pay_url: ([.invitations[]? | select(.client_contact_id == $client.contact_id)] + (.invitations // []))[0].link,
    po_number: (.po_number | filled),
  },
};

# A payment shows its invoices as they are with it. An older version may leave them out.
def payment: (.client | shared) as $client | . as $payment
  | [.invoices[]? | select(.amount != null and .balance != null and .status_id != null)] as $shown
  | ($shown | map(.id) | sort) as $ids
  | any(.paymentables[]?; .credit_id? != null) as $is_by_credit
  | ($shown[] | invoice($client; $payment.currency_id)),
    (.paymentables[]?
     | select(.invoice_id != null and (.invoice_id as $id | $ids | bsearch($id) < 0))
     | {
         kind: (if $payment.is_deleted == true then "payment.deleted" else "payment" end),
         at: $payment.updated_at,
         movement: {
           # A credit that is applied comes as a payment; how much of each invoice, if it is of several, is not told.
           kind: (if $is_by_credit then "credit" else "payment" end),
           # Not the payment's id: one payment may pay several invoices.
           id,
           invoice: .invoice_id,
           payment: $payment.id,
           # Deleted, cancelled or failed: it never was.
           amount: (if $payment.is_deleted == true or ($payment.status_id | . == "2" or . == "3")
                    then "0" else .amount | text end),
           currency: ($client.currency // ($payment.currency_id | filled) | currency),
         },
       }),
    (.client | objects | {kind: "client", at: .updated_at, customer: .id} + unapplied | select(.unapplied != null));

# No body names its event. An invoice names its own kind, a payment and a client are known by what only
# they have.
select(type == "object")
# What it answers when it is asked has the shape of what it sends.
| (if .asked != null then .answer else . end)
| if .entity_type == "invoice" then (.client | shared) as $client | invoice($client; null)
  elif has("entity_type") then empty
  elif has("paymentables") then payment
  elif has("contacts") and has("settings") then {
    kind: (if .is_deleted == true then "client.deleted" else "client" end),
    at: .updated_at,
    customer: .id,
    debtor_as_of: .updated_at,
    debtor: debtor,
    customer_deleted: (.is_deleted == true),
  } + unapplied
  else empty end
