//! The billing tool's own reminders: no webhook says whether they are on, so each is named.

use dunning::policy::Policy;

use super::report::Report;

/// Where each tool has the switch, as its page says.
const SWITCHES: [(&str, &str); 9] = [
    (
        "chargebee",
        "Settings, Configure Chargebee: the payment reminders among the e-mail notifications, and the dunning for \
         offline payments",
    ),
    (
        "invoice-ninja",
        "Settings, Templates & Reminders: for all clients at once, not client by client",
    ),
    ("lago", "Settings, Dunnings: the campaigns"),
    (
        "maxio",
        "Config, Settings: the e-mail templates for due and overdue invoices, and the dunning of remittance \
         subscriptions",
    ),
    (
        "odoo",
        "Accounting, Configuration, Follow-up Levels: nothing automatic",
    ),
    (
        "paddle",
        "the e-mail settings, if your account mails reminders for invoices that are due or overdue",
    ),
    (
        "square",
        "Invoices, Settings: the reminders, and those of each invoice that has some",
    ),
    (
        "stripe",
        "Settings, Billing: the e-mails of invoices and of subscriptions",
    ),
    ("zoho-books", "Settings, Reminders: the payment reminders"),
];

/// Never a tick: whether they are off is not known.
pub(super) fn tell(policy: &Policy, report: &mut Report) {
    for (source, settings) in &policy.sources {
        let tool = settings.tool_name(source);
        let switch = SWITCHES.iter().find(|(known, _)| *known == tool);
        let place = switch.map_or("whatever writes reminders there", |(_, place)| place);
        report.note(
            "reminders",
            format!(
                "{source}'s own reminders must be off, and nothing tells whether they are: {place}"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_that_is_built_in_and_writes_by_itself_has_its_switch() {
        for tool in sources::Tool::builtin_names() {
            let is_known = SWITCHES.iter().any(|(known, _)| *known == tool);
            assert_eq!(is_known, tool != "standard-webhooks", "{tool}");
        }
    }
}
