//! Whether SES sends, for the account and for each sender; and reaches those whom the policy names.

use std::collections::BTreeSet;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::get_account::GetAccountOutput;
use aws_sdk_sesv2::operation::get_email_identity::{GetEmailIdentityError, GetEmailIdentityOutput};
use aws_sdk_sesv2::operation::get_suppressed_destination::GetSuppressedDestinationError;
use aws_sdk_sesv2::types::{DkimAttributes, DkimStatus, MailFromDomainStatus};

use super::dns::Resolver;
use super::domain;
use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;
use crate::stack::Stack;

/// The sandbox, the quota, and whether sending is stopped.
pub(super) async fn account(stack: &Stack, report: &mut Report) {
    let client = Client::new(&stack.aws);
    let account = match client.get_account().send().await {
        Ok(account) => account,
        Err(error) => {
            let why = AwsError::of("ses:GetAccount", &error);
            for check in ["sandbox", "sending", "quota"] {
                report.unseen(check, &why);
            }
            return;
        }
    };
    if account.production_access_enabled {
        report.ok("sandbox", "the account may write to anybody");
    } else {
        report.wrong(
            "sandbox",
            "the account is in SES's sandbox: only verified addresses are written to",
            "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL \
             --website-url https://YOUR-COMPANY",
        );
    }
    sending(&account, report);
    quota(&account, report);
}

fn sending(account: &GetAccountOutput, report: &mut Report) {
    let enforcement = account.enforcement_status().unwrap_or("HEALTHY");
    if !account.sending_enabled {
        report.wrong(
            "sending",
            format!("sending is paused for the account (SES's judgement: {enforcement})"),
            "aws sesv2 put-account-sending-attributes --sending-enabled",
        );
    } else if enforcement == "HEALTHY" {
        report.ok("sending", "SES sends");
    } else {
        report.wrong(
            "sending",
            format!("SES reviews the account: {enforcement}"),
            "aws support: answer SES's case; it names what bounced or was called spam",
        );
    }
}

fn quota(account: &GetAccountOutput, report: &mut Report) {
    let Some(quota) = account.send_quota() else {
        report.unknown("quota", "SES tells none");
        return;
    };
    let (sent, most, rate) = (
        quota.sent_last24_hours(),
        quota.max24_hour_send(),
        quota.max_send_rate(),
    );
    let says = format!("{sent} of {most} mails of 24 hours are sent, {rate} a second");
    // -1 is no limit.
    if most >= 0.0 && sent >= most {
        let more = "aws service-quotas list-service-quotas --service-code ses, and ask for more";
        report.wrong("quota", says, more);
    } else {
        report.ok("quota", says);
    }
}

/// Each sender of the policy: its identity, and what receivers ask of its domain.
pub(super) async fn senders(patient: &Patient, resolver: Option<&Resolver>, report: &mut Report) {
    let client = Client::new(&patient.stack.aws);
    let senders = patient.policy.all_senders();
    let senders: BTreeSet<&str> = senders.map(|(_, sender)| sender.email.as_str()).collect();
    let mut domains = BTreeSet::new();
    for sender in senders {
        let Some((_, domain)) = sender.rsplit_once('@') else {
            continue;
        };
        match identity_of(&client, sender, domain).await {
            Ok(None) => report.wrong(
                "identity",
                format!("SES does not know {sender}, nor {domain}"),
                format!("aws sesv2 create-email-identity --email-identity {domain}"),
            ),
            Ok(Some((name, identity))) => {
                verified(sender, &name, &identity, report);
                if domains.insert(domain) {
                    let of_domain = if name.contains('@') {
                        get(&client, domain).await.ok().flatten()
                    } else {
                        None
                    };
                    let identity = of_domain.unwrap_or(identity);
                    dkim(domain, &identity, report);
                    spf(domain, &identity, resolver, report).await;
                    domain::dmarc(domain, resolver, report).await;
                }
            }
            Err(why) => report.unseen("identity", &why),
        }
    }
}

/// The identity that SES sends by: the address's own, else its domain's, else that of a domain above.
async fn identity_of(
    client: &Client,
    sender: &str,
    domain: &str,
) -> Result<Option<(String, GetEmailIdentityOutput)>, AwsError> {
    for name in std::iter::once(sender).chain(domain::with_parents(domain)) {
        if let Some(identity) = get(client, name).await? {
            return Ok(Some((name.to_owned(), identity)));
        }
    }
    Ok(None)
}

async fn get(client: &Client, name: &str) -> Result<Option<GetEmailIdentityOutput>, AwsError> {
    match client
        .get_email_identity()
        .email_identity(name)
        .send()
        .await
    {
        Ok(identity) => Ok(Some(identity)),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetEmailIdentityError::is_not_found_exception) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of("ses:GetEmailIdentity", &error)),
    }
}

fn verified(sender: &str, name: &str, identity: &GetEmailIdentityOutput, report: &mut Report) {
    if identity.verified_for_sending_status() {
        report.ok("identity", format!("{sender} may be sent from (by {name})"));
    } else {
        let mend = if name.contains('@') {
            format!(
                "open the link that AWS sent to {name}; it comes again by `aws sesv2 delete-email-identity` and `create-email-identity`"
            )
        } else {
            records(name, identity)
        };
        report.wrong(
            "identity",
            format!("{sender}: {name} is not verified"),
            mend,
        );
    }
}

/// What the domain's owner publishes, so that SES believes him.
fn records(domain: &str, identity: &GetEmailIdentityOutput) -> String {
    let tokens = identity
        .dkim_attributes()
        .map_or(&[][..], |dkim| dkim.tokens());
    let record =
        |token: &String| format!("{token}._domainkey.{domain} CNAME {token}.dkim.amazonses.com");
    match tokens {
        [] => format!("aws sesv2 get-email-identity --email-identity {domain}"),
        tokens => {
            let records: Vec<String> = tokens.iter().map(record).collect();
            format!("publish in DNS: {}", records.join("; "))
        }
    }
}

fn dkim(domain: &str, identity: &GetEmailIdentityOutput, report: &mut Report) {
    let dkim = identity.dkim_attributes();
    let status = dkim.and_then(|dkim| dkim.status());
    let signs = dkim.is_some_and(DkimAttributes::signing_enabled);
    if signs && status == Some(&DkimStatus::Success) {
        report.ok("dkim", format!("mails of {domain} are signed"));
    } else if status == Some(&DkimStatus::Success) {
        report.wrong(
            "dkim",
            format!("mails of {domain} could be signed, and are not"),
            format!("aws sesv2 put-email-identity-dkim-attributes --email-identity {domain} --signing-enabled"),
        );
    } else {
        let status = status.map_or("not asked for", DkimStatus::as_str);
        let says = format!(
            "mails of {domain} are not signed ({status}): many receivers take them for spam"
        );
        report.wrong("dkim", says, records(domain, identity));
    }
}

/// A MAIL FROM of the domain's own, or at least SES among those who may send for it.
async fn spf(
    domain: &str,
    identity: &GetEmailIdentityOutput,
    resolver: Option<&Resolver>,
    report: &mut Report,
) {
    let from = identity.mail_from_attributes();
    let is_own =
        from.is_some_and(|from| *from.mail_from_domain_status() == MailFromDomainStatus::Success);
    if let Some(from) = from.filter(|_| is_own) {
        let says = format!("{domain} sends as {}", from.mail_from_domain());
        report.ok("spf", says);
    } else {
        domain::spf(domain, resolver, report).await;
    }
}

/// Whether SES itself keeps mails from those whom the policy names.
pub(super) async fn suppressed(patient: &Patient, report: &mut Report) {
    let client = Client::new(&patient.stack.aws);
    let addresses = patient.policy.addresses().into_iter();
    let addresses: BTreeSet<&str> = addresses.map(|(_, address)| address.as_str()).collect();
    let mut found = 0;
    for address in &addresses {
        let asked = client.get_suppressed_destination().email_address(*address);
        match asked.send().await {
            Ok(known) => {
                found += 1;
                let reason = known.suppressed_destination;
                let reason = reason.map_or("", |known| match known.reason.as_str() {
                    "COMPLAINT" => ": a mail to it was called spam",
                    _ => ": a mail to it bounced",
                });
                report.wrong(
                    "suppression",
                    format!("{address} is on SES's suppression list{reason}"),
                    format!("aws sesv2 delete-suppressed-destination --email-address {address}"),
                );
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSuppressedDestinationError::is_not_found_exception) => {}
            Err(error) => {
                let why = AwsError::of("ses:GetSuppressedDestination", &error);
                report.unseen("suppression", &why);
                return;
            }
        }
    }
    if found == 0 {
        let count = addresses.len();
        report.ok(
            "suppression",
            format!("none of the policy's {count} addresses is on SES's list"),
        );
    }
}
