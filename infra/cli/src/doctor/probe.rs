//! A delivery of our own, signed as the tool would, through the stack's front door. It says nothing, and nothing is
//! noted of it: not even that the source was heard.

use std::collections::BTreeMap;

use dunning::value::SourceName;
use ingest::PROBE;
use jiff::Timestamp;
use sources::{Request, Secrets, Tool};

use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;
use crate::http;

pub(super) async fn check(
    patient: &Patient,
    known: &BTreeMap<SourceName, Secrets>,
    door: Option<&str>,
    report: &mut Report,
) {
    for (source, tool) in &patient.tools {
        // Where it has no good secret, that was said.
        if let Some(secrets) = known.get(source) {
            knock(patient, source, tool, secrets, door, report).await;
        }
        heard(patient, source, report).await;
    }
}

async fn knock(
    patient: &Patient,
    source: &SourceName,
    tool: &Tool,
    secrets: &Secrets,
    door: Option<&str>,
    report: &mut Report,
) {
    match send(patient, source, tool, secrets, door).await {
        Ok(Sent::Answered { status: 200, body }) if body.trim() == "probe" => {
            report.ok("probe", format!("{source}: what is signed comes in"));
        }
        Ok(Sent::Answered { status, body }) => answered(patient, source, status, &body, report),
        Ok(Sent::ByTheToolAlone) => report.note(
            "probe",
            format!("{source}: only the tool can sign, its secret is a public key; send a test from there"),
        ),
        Err(why) => report.unknown("probe", format!("{source}: {why}")),
    }
}

enum Sent {
    Answered { status: u16, body: String },
    ByTheToolAlone,
}

async fn send(
    patient: &Patient,
    source: &SourceName,
    tool: &Tool,
    secrets: &Secrets,
    door: Option<&str>,
) -> Result<Sent, String> {
    if tool
        .is_alone_in_signing(secrets)
        .map_err(|why| why.to_string())?
    {
        return Ok(Sent::ByTheToolAlone);
    }
    let url = match door {
        Some(door) => door.replace("{source}", source.as_str()),
        None => patient
            .stack
            .webhook_url(source)
            .map_err(|why| why.to_string())?,
    };
    let shown = tool.parameter(secrets).map_err(|why| why.to_string())?;
    let url = match shown {
        None => url,
        Some((name, value)) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &value)
                .finish();
            format!("{url}?{query}")
        }
    };
    let settings = &patient.policy.sources[source];
    let signed = tool.sign(
        secrets,
        settings.url.as_deref(),
        now(),
        Request::new(&[], PROBE),
    );
    let signed = signed.map_err(|why| why.to_string())?;
    let mut headers = signed.pairs();
    headers.push(("Content-Type", "application/json"));
    let answer = http::post(&url, &headers, PROBE).await?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Ok(Sent::Answered {
        status: answer.status,
        body,
    })
}

fn answered(patient: &Patient, source: &SourceName, status: u16, body: &str, report: &mut Report) {
    let stack = &patient.stack.name;
    let says = format!("{source}: a signed delivery was answered {status}");
    match status {
        401 => report.wrong(
            "probe",
            format!(
                "{says}: the function knows another secret; it reads a new one within five minutes"
            ),
            format!("relance secret set {source} --stack {stack}"),
        ),
        404 => report.wrong(
            "probe",
            format!("{says}: the deployed policy has no such source"),
            "sam build && sam deploy",
        ),
        200 => report.wrong(
            "probe",
            format!(
                "{says}, but as news ({}): an older version is deployed",
                body.trim()
            ),
            "sam build && sam deploy",
        ),
        _ => report.wrong(
            "probe",
            says,
            format!("aws logs tail /relance/{stack}/ingest --since 5m"),
        ),
    }
}

/// Whether the tool itself was ever heard: what a probe cannot tell.
async fn heard(patient: &Patient, source: &SourceName, report: &mut Report) {
    let ledger = match patient.stack.ledger() {
        Ok(ledger) => ledger,
        Err(why) => return report.unseen("heard", &why as &AwsError),
    };
    match ledger.reception(source).await {
        Ok(known) => match known.and_then(|known| known.accepted_at) {
            Some(at) => report.note("heard", format!("{source} was last heard at about {at:.0}")),
            None => report.note(
                "heard",
                format!("{source} was never heard: send a test event from the tool"),
            ),
        },
        Err(why) => report.unknown("heard", format!("{source}: {why}")),
    }
}

fn now() -> Timestamp {
    runtime::Clock::system().now()
}
