//! What receivers ask DNS about a domain that sends.

use super::dns::Resolver;
use super::report::Report;

/// A domain and those above it, but for the last label, which nobody sends from.
pub(super) fn with_parents(domain: &str) -> impl Iterator<Item = &str> {
    let names = std::iter::successors(Some(domain), |name| Some(name.split_once('.')?.1));
    names.filter(|name| name.contains('.'))
}

/// Whether SES is among those who may send for the domain.
pub(super) async fn spf(domain: &str, resolver: Option<&Resolver>, report: &mut Report) {
    let records = match ask(resolver, domain).await {
        Ok(records) => records,
        Err(why) => return report.unknown("spf", why),
    };
    let is_spf = |record: &&String| record.to_ascii_lowercase().starts_with("v=spf1");
    let mine = records.iter().find(is_spf);
    if mine.is_some_and(|record| record.contains("include:amazonses.com")) {
        report.ok("spf", format!("{domain} lets SES send for it"));
        return;
    }
    let says = match mine {
        None => format!("{domain} does not say who may send for it"),
        Some(_) => format!("SES is not among those who may send for {domain}"),
    };
    let mend = format!(
        "aws sesv2 put-email-identity-mail-from-attributes --email-identity {domain} --mail-from-domain mail.{domain}"
    );
    report.wrong("spf", says, mend);
}

/// Whether the domain says what becomes of mails that others send in its name: it, or the nearest one above.
pub(super) async fn dmarc(domain: &str, resolver: Option<&Resolver>, report: &mut Report) {
    for name in with_parents(domain) {
        match ask(resolver, &format!("_dmarc.{name}")).await {
            Ok(records) if records.iter().any(|record| record.starts_with("v=DMARC1")) => {
                return report.ok("dmarc", format!("{name} has a policy"));
            }
            Ok(_) => {}
            Err(why) => return report.unknown("dmarc", why),
        }
    }
    let mend = format!(
        "publish in DNS: _dmarc.{domain} TXT \"v=DMARC1; p=none; rua=mailto:postmaster@{domain}\""
    );
    let says = format!("{domain} has no policy: large receivers refuse who sends much without one");
    report.wrong("dmarc", says, mend);
}

async fn ask(resolver: Option<&Resolver>, name: &str) -> Result<Vec<String>, String> {
    let resolver = resolver.ok_or("no resolver stands in /etc/resolv.conf: say --dns")?;
    resolver.txt(name).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_those_above_it_but_for_the_last() {
        let all: Vec<&str> = with_parents("mail.example.co.uk").collect();
        assert_eq!(all, ["mail.example.co.uk", "example.co.uk", "co.uk"]);
        assert_eq!(with_parents("localhost").count(), 0);
    }
}
