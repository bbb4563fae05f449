//! Local times that do not come on one day of the year.

use eventbridge::schedule::time_zone;
use jiff::Timestamp;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::{Pipeline, Schedule, TriggerKind};

pub(crate) static SKIPPED_RUN: Lint = Lint {
    id: "skipped-run",
    severity: Warning,
    summary: "a local time that is skipped when clocks are put forward",
    explanation: "\
In spring clocks skip an hour of local time, and EventBridge Scheduler skips a run in that hour: the job does
not run on that day. In autumn an hour comes twice, and the job runs once.

```yaml
triggers:
  - schedule: cron(30 2 * * ? *)
    timezone: Europe/Berlin       # 02:30 does not come on the last Sunday of March: choose another hour
```

A schedule that runs several times on such a day is not reported.
",
};

/// The year to look at. A zone has the same rules in the next years.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// A day of more runs has others soon after.
const RUNS_OF_A_DAY: usize = 2;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for trigger in pipeline.jobs.values().flat_map(|job| &job.triggers) {
        if let TriggerKind::Schedule(schedule) = &trigger.kind {
            found.extend(check_schedule(schedule));
        }
    }
}

fn check_schedule(schedule: &Schedule) -> Option<Diagnostic> {
    let name = schedule.timezone.as_ref()?;
    let zone = time_zone(&name.value)?;
    let parsed = schedule.parse().ok()?;
    let skipped = *parsed.skipped_runs(START, 1, &zone).first()?;
    let midnight = zone.to_timestamp(skipped.date().at(0, 0, 0, 0)).ok()?;
    let others = parsed
        .runs_after(midnight, &zone)
        .take_while(|run| zone.to_datetime(*run).date() == skipped.date());
    // Stop counting early: `cron(* * * * ? *)` runs 1,440 times a day.
    if others.take(RUNS_OF_A_DAY).count() >= RUNS_OF_A_DAY {
        return None;
    }
    let message = format!(
        "the run at {} is skipped when clocks in {} are put forward, as on {}",
        skipped.strftime("%H:%M"),
        name.value,
        skipped.date()
    );
    let diagnostic = Diagnostic::new(&SKIPPED_RUN, schedule.expression.span, message)
        .with_related(name.span, "this zone has daylight saving time")
        .with_help("choose an hour that comes every day, or `timezone: UTC`");
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with_schedule(schedule: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: s\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: {schedule} }} ] }} }}\n"
        ))
    }

    #[test]
    fn a_time_that_does_not_come_is_pointed_out() {
        for schedule in [
            "cron(30 2 * * ? *), timezone: Europe/Berlin",
            "cron(15 2 ? * SUN *), timezone: America/New_York",
        ] {
            assert_eq!(with_schedule(schedule), ["skipped-run"], "{schedule}");
        }
    }

    #[test]
    fn times_that_come_every_day_are_fine() {
        for schedule in [
            "cron(30 2 * * ? *), timezone: UTC",
            "cron(30 2 * * ? *)",
            "cron(0 3 * * ? *), timezone: Europe/Berlin",
            "cron(0/15 * * * ? *), timezone: Europe/Berlin",
            "cron(30 2 ? * MON-FRI *), timezone: Europe/Berlin",
            "rate(1 hour), timezone: Europe/Berlin",
        ] {
            assert!(with_schedule(schedule).is_empty(), "{schedule}");
        }
    }
}
