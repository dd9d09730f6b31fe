//! When things happen by themselves, as `infra/template.yaml` has it.

use aws::Schedule;
use jiff::{SignedDuration, Timestamp, Unit, ZonedRound};
use sha2::{Digest, Sha256};

/// Scheduler spreads schedules over their window; here by their name, so that a story can be told twice.
pub(crate) fn fires_at(schedule: &Schedule) -> Timestamp {
    let seconds =
        u64::from(Sha256::digest(&schedule.name)[0]) * schedule.flexible_minutes * 60 / 256;
    schedule.at + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0))
}

/// 1:17 in the morning, in UTC.
pub(crate) fn night_after(now: Timestamp) -> Timestamp {
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let night = |day: jiff::civil::Date| {
        let night = day.at(1, 17, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
        night.map_or(Timestamp::MAX, |night| night.timestamp())
    };
    Some(night(day))
        .filter(|tonight| *tonight > now)
        .or_else(|| day.tomorrow().ok().map(night))
        .unwrap_or(Timestamp::MAX)
}

/// 47 minutes past each hour.
pub(crate) fn sweep_after(now: Timestamp) -> Timestamp {
    let shifted = now.to_zoned(jiff::tz::TimeZone::UTC) + SignedDuration::from_mins(13);
    let hour = shifted.round(
        ZonedRound::new()
            .smallest(Unit::Hour)
            .mode(jiff::RoundMode::Floor),
    );
    let hour = hour.expect("whole hours of UTC are always there");
    hour.timestamp() + SignedDuration::from_mins(47)
}
