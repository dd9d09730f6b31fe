//! Whose account it is, and how it stands with the stack.

use std::collections::BTreeMap;

use aws_config::SdkConfig;

use super::report::Report;
use crate::aws::AwsError;
use crate::stack::Stack;

/// A resource of the stack.
pub(super) struct Resource {
    pub(super) logical: String,
    pub(super) physical: String,
    kind: String,
}

/// All of the stack.
pub(super) struct Resources(Vec<Resource>);

impl Resources {
    pub(super) async fn list(stack: &Stack) -> Result<Self, AwsError> {
        let client = aws_sdk_cloudformation::Client::new(&stack.aws);
        let pages = client.list_stack_resources().stack_name(&stack.name);
        let mut pages = pages.into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| AwsError::of("cloudformation:ListStackResources", &error))?;
            for resource in page.stack_resource_summaries.unwrap_or_default() {
                all.push(Resource {
                    logical: resource.logical_resource_id.unwrap_or_default(),
                    physical: resource.physical_resource_id.unwrap_or_default(),
                    kind: resource.resource_type.unwrap_or_default(),
                });
            }
        }
        Ok(Self(all))
    }

    /// Those of a type of CloudFormation.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.0.iter().filter(move |resource| resource.kind == kind)
    }

    /// What the template calls so, as AWS calls it.
    pub(super) fn named(&self, logical: &str) -> Option<&str> {
        let found = self.0.iter().find(|known| known.logical == logical);
        found.map(|known| known.physical.as_str())
    }
}

/// Who is signed in.
pub(super) async fn identity(aws: &SdkConfig, report: &mut Report) {
    let region = aws.region().map_or("", AsRef::as_ref);
    let client = aws_sdk_sts::Client::new(aws);
    match client.get_caller_identity().send().await {
        Ok(who) => {
            let arn = who.arn.unwrap_or_default();
            report.ok("credentials", format!("{arn}, in {region}"));
        }
        Err(error) => match AwsError::of("sts:GetCallerIdentity", &error) {
            why @ AwsError::Expired(_) => {
                report.wrong("credentials", why.to_string(), "aws login");
            }
            why => report.unseen("credentials", &why),
        },
    }
}

pub(super) fn check(name: &str, status: &str, report: &mut Report) {
    let is_settled = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"].contains(&status);
    let events = format!("aws cloudformation describe-stack-events --stack-name {name}");
    if is_settled {
        report.ok("stack", format!("{name} is deployed ({status})"));
    } else if status.ends_with("IN_PROGRESS") {
        let wait = format!("aws cloudformation wait stack-update-complete --stack-name {name}");
        report.wrong("stack", format!("{name} is being changed ({status})"), wait);
    } else if status == "UPDATE_ROLLBACK_COMPLETE" {
        let says =
            format!("the last deployment of {name} failed; the one before it runs ({status})");
        report.wrong("stack", says, events);
    } else {
        report.wrong("stack", format!("{name} is not whole ({status})"), events);
    }
}

/// Whether mails reach debtors: a stack that does not know rehearsals always writes to them.
pub(super) fn rehearsal(parameters: &BTreeMap<String, String>, report: &mut Report) {
    let redirected = parameters.get("RedirectAllTo").map(String::as_str);
    let reader = match redirected {
        None | Some("live") => return report.note("rehearsal", "live: mails go to the debtors"),
        Some("team") => "the team",
        Some(address) => address,
    };
    let says = format!("each mail goes to {reader}, until RedirectAllTo is live");
    report.note("rehearsal", says);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_deployment_that_came_to_its_end_is_whole() {
        for (status, wanting) in [
            ("CREATE_COMPLETE", 0),
            ("UPDATE_COMPLETE", 0),
            ("UPDATE_IN_PROGRESS", 1),
            ("UPDATE_ROLLBACK_COMPLETE", 1),
            ("ROLLBACK_FAILED", 1),
            ("DELETE_COMPLETE", 1),
        ] {
            let mut report = Report::new(true);
            check("relance", status, &mut report);
            assert_eq!(report.wanting(), wanting, "{status}");
        }
    }

    #[test]
    fn whether_mails_go_to_the_debtors_is_told_and_nothing_is_wanting_by_it() {
        for (value, says) in [
            (None, "live: mails go to the debtors"),
            (Some("live"), "live: mails go to the debtors"),
            (
                Some("team"),
                "each mail goes to the team, until RedirectAllTo is live",
            ),
            (
                Some("us@example.com"),
                "each mail goes to us@example.com, until RedirectAllTo is live",
            ),
        ] {
            let value = value.map(|value| ("RedirectAllTo".to_owned(), value.to_owned()));
            let mut report = Report::new(true);
            rehearsal(&value.into_iter().collect(), &mut report);
            assert_eq!((report.said(), report.wanting()), (vec![says], 0));
        }
    }
}
