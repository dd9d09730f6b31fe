//! EventBridge Scheduler: keeps one-time schedules and refuses what AWS refuses. Nothing fires here; the world does
//! that, and takes what has fired.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Refusal, text};
use crate::stack;

/// AWS does not say how long it knows a client token. Long enough to catch a token that is used for two requests.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(8);
const LONGEST_INPUT: usize = 256 * 1024;
const WIDEST_WINDOW: u64 = 1440;

/// A registered schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, unique within its group.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// The instant at which its window opens.
    pub at: Timestamp,
    /// The width of its flexible window; 0 where it has none.
    pub flexible_minutes: u64,
    /// Whom it knocks at.
    pub target_arn: String,
    /// What it says there.
    pub input: String,
    /// Where a knock goes that could not be delivered.
    pub dead_letter_arn: Option<String>,
    /// Whether it is gone once it has fired.
    pub deletes_itself: bool,
}

/// The schedules of the region.
#[derive(Default)]
pub(super) struct Schedules {
    registered: BTreeMap<(String, String), (Schedule, Value)>,
    tokens: HashMap<(String, String), (Timestamp, Call, Value)>,
}

impl Schedules {
    pub(super) fn all(&self) -> Vec<Schedule> {
        let mut all: Vec<Schedule> = self
            .registered
            .values()
            .map(|(schedule, _)| schedule.clone())
            .collect();
        all.sort_by(|left, right| {
            (left.at, &left.group, &left.name).cmp(&(right.at, &right.group, &right.name))
        });
        all
    }

    /// The schedule as it fires: gone afterwards, if it deletes itself.
    pub(super) fn fire(&mut self, group: &str, name: &str) -> Option<Schedule> {
        let key = (group.to_owned(), name.to_owned());
        let (schedule, _) = self.registered.get(&key)?.clone();
        if schedule.deletes_itself {
            self.registered.remove(&key);
        }
        Some(schedule)
    }

    pub(super) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        self.tokens
            .retain(|_, (at, ..)| now.duration_since(*at) < TOKEN_LIFE);
        let token = call.input["ClientToken"]
            .as_str()
            .map(|token| (call.operation.clone(), token.to_owned()));
        if let Some((_, known, answer)) = token.as_ref().and_then(|token| self.tokens.get(token)) {
            return if known.input == call.input {
                Ok(answer.clone())
            } else {
                Err(conflict(
                    "The client token was used for a different request",
                ))
            };
        }
        let answer = self.perform(call, now)?;
        if let Some(token) = token {
            self.tokens
                .insert(token, (now, call.clone(), answer.clone()));
        }
        Ok(answer)
    }

    fn perform(&mut self, call: &Call, now: Timestamp) -> Answer {
        let input = &call.input;
        if call.operation == "ListSchedules" {
            return Ok(self.list(input));
        }
        let group = input["GroupName"].as_str().unwrap_or("default");
        let name = text(input, "Name")?;
        check_name("groupName", group)?;
        check_name("name", name)?;
        let key = (group.to_owned(), name.to_owned());
        let missing = || not_found(&format!("Schedule {name} does not exist."));
        match call.operation.as_str() {
            "CreateSchedule" | "UpdateSchedule" => {
                let schedule = read(input, name, group, now)?;
                if !["default", stack::SCHEDULE_GROUP].contains(&group) {
                    return Err(not_found(&format!(
                        "Schedule group {group} does not exist."
                    )));
                }
                match (call.operation.as_str(), self.registered.contains_key(&key)) {
                    ("CreateSchedule", true) => {
                        return Err(conflict(&format!("Schedule {name} already exists.")));
                    }
                    ("UpdateSchedule", false) => return Err(missing()),
                    _ => {}
                }
                self.registered.insert(key, (schedule, input.clone()));
                Ok(json!({ "ScheduleArn": arn(group, name) }))
            }
            "DeleteSchedule" => self
                .registered
                .remove(&key)
                .map(|_| json!({}))
                .ok_or_else(missing),
            "GetSchedule" => {
                let (_, request) = self.registered.get(&key).ok_or_else(missing)?;
                let mut answer = request.clone();
                answer["Arn"] = arn(group, name).into();
                Ok(answer)
            }
            other => Err(Refusal::invalid(format!(
                "The embedded Scheduler does not offer {other}"
            ))),
        }
    }

    fn list(&self, input: &Value) -> Value {
        let group = input["ScheduleGroup"].as_str();
        let prefix = input["NamePrefix"].as_str().unwrap_or_default();
        let most = input["MaxResults"]
            .as_str()
            .and_then(|most| most.parse().ok())
            .unwrap_or(100_usize)
            .min(100);
        let after = input["NextToken"]
            .as_str()
            .and_then(|token| token.split_once('~'));
        let mut found = self
            .registered
            .keys()
            .filter(|(g, name)| group.is_none_or(|group| g == group) && name.starts_with(prefix))
            .filter(|(group, name)| {
                after.is_none_or(|after| (group.as_str(), name.as_str()) > after)
            })
            .peekable();
        let page: Vec<_> = found.by_ref().take(most).collect();
        let more = found
            .peek()
            .and(page.last())
            .map(|(group, name)| format!("{group}~{name}"));
        let summaries: Vec<Value> = page
            .iter()
            .map(|(group, name)| {
                let (schedule, _) = &self.registered[&(group.clone(), name.clone())];
                json!({
                    "Arn": arn(group, name), "GroupName": group, "Name": name, "State": "ENABLED",
                    "Target": { "Arn": schedule.target_arn },
                })
            })
            .collect();
        json!({ "Schedules": summaries, "NextToken": more })
    }
}

fn arn(group: &str, name: &str) -> String {
    format!(
        "arn:aws:scheduler:{}:{}:schedule/{group}/{name}",
        stack::REGION,
        stack::ACCOUNT
    )
}

fn conflict(message: &str) -> Refusal {
    Refusal::new(409, "ConflictException", message)
}

fn not_found(message: &str) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", message)
}

fn check_name(member: &str, name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(Refusal::invalid(format!(
            "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [0-9a-zA-Z-_.]{{1,64}}"
        )));
    }
    Ok(())
}

fn read(input: &Value, name: &str, group: &str, now: Timestamp) -> Result<Schedule, Refusal> {
    let target = &input["Target"];
    let said = target["Input"].as_str().unwrap_or_default();
    if said.len() > LONGEST_INPUT {
        return Err(Refusal::invalid("The target's Input is longer than 256 KB"));
    }
    let target_arn = text(target, "Arn")?;
    if !target_arn.starts_with("arn:aws:") {
        return Err(Refusal::invalid(format!(
            "Provided Arn is not in correct format: {target_arn}"
        )));
    }
    let role = text(target, "RoleArn")?;
    if !role.starts_with("arn:aws:iam::") || !role.contains(":role/") {
        return Err(Refusal::invalid(format!(
            "Provided RoleArn is not in correct format: {role}"
        )));
    }
    check_retries(&target["RetryPolicy"])?;
    Ok(Schedule {
        name: name.to_owned(),
        group: group.to_owned(),
        at: instant(input, now)?,
        flexible_minutes: window(&input["FlexibleTimeWindow"])?,
        target_arn: target_arn.to_owned(),
        input: said.to_owned(),
        dead_letter_arn: target["DeadLetterConfig"]["Arn"]
            .as_str()
            .map(str::to_owned),
        deletes_itself: input["ActionAfterCompletion"] == "DELETE",
    })
}

/// `at(yyyy-mm-ddThh:mm:ss)` in the schedule's time zone, not in the past. Other expressions are not Relance's.
fn instant(input: &Value, now: Timestamp) -> Result<Timestamp, Refusal> {
    let expression = text(input, "ScheduleExpression")?;
    let invalid = || Refusal::invalid(format!("Invalid Schedule Expression {expression}."));
    let civil = expression
        .strip_prefix("at(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(invalid)?;
    let at: DateTime = civil.parse().map_err(|_| invalid())?;
    // The parser knows more ways to write a date than AWS does.
    if at.strftime("%Y-%m-%dT%H:%M:%S").to_string() != civil {
        return Err(invalid());
    }
    let zone = input["ScheduleExpressionTimezone"]
        .as_str()
        .unwrap_or("UTC");
    let zone = TimeZone::get(zone)
        .map_err(|_| Refusal::invalid(format!("Invalid ScheduleExpressionTimezone: {zone}")))?;
    let at = zone.to_timestamp(at).map_err(|_| invalid())?;
    if at < now {
        return Err(Refusal::invalid(format!(
            "Invalid Schedule Expression {expression}: it is in the past."
        )));
    }
    Ok(at)
}

fn window(window: &Value) -> Result<u64, Refusal> {
    match (
        window["Mode"].as_str(),
        window["MaximumWindowInMinutes"].as_u64(),
    ) {
        (Some("OFF"), None) => Ok(0),
        (Some("FLEXIBLE"), Some(minutes @ 1..=WIDEST_WINDOW)) => Ok(minutes),
        _ => Err(Refusal::invalid(
            "FlexibleTimeWindow is either OFF, or FLEXIBLE with 1 to 1440 minutes",
        )),
    }
}

fn check_retries(policy: &Value) -> Result<(), Refusal> {
    let attempts = policy["MaximumRetryAttempts"].as_u64().unwrap_or(0);
    let age = policy["MaximumEventAgeInSeconds"].as_u64().unwrap_or(60);
    if attempts > 185 || !(60..=86_400).contains(&age) {
        return Err(Refusal::invalid(
            "RetryPolicy: at most 185 attempts, within 60 to 86400 seconds",
        ));
    }
    Ok(())
}
