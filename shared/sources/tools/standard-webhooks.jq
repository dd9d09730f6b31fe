# An event in Relance's own words, in the envelope that Standard Webhooks recommends: type, timestamp, data.

# What is neither about an invoice nor about a debtor is somebody else's.
def concerns_us:
  [.invoice, .movement, .ended, .debtor, .payment_pending, .unapplied, .customer_deleted] | any(. != null);

. as {$type, $timestamp}
| .data | values
| if isobject then . else error("data is not an object") end
| select(concerns_us)
| (.invoice | objects | .total, .remaining) |= text
| (.invoice | objects | .due_on, .due_at, .not_before, .payment_pending_until) |= filled
| (.invoice | objects | .instalments | arrays | .[] | objects | .amount) |= text
| (.debtor | objects | .not_before) |= filled
| (.payment_pending | objects | .until) |= filled
| (.movement | objects | .amount) |= text
| (.unapplied | arrays | .[] | objects | .amount) |= text
# The envelope counts: an `id` in `data` that is the invoice's would make all its events one.
| . + {id: null, kind: $type, at: $timestamp}
