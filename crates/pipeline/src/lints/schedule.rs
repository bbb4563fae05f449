//! Schedules that AWS would refuse.

use eventbridge::schedule::ScheduleErrorKind;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Pipeline, Schedule, TriggerKind};

pub(crate) static INVALID_SCHEDULE: Lint = Lint {
    id: "invalid-schedule",
    severity: Error,
    summary: "a schedule that AWS refuses",
    explanation: "\
`terraform plan` accepts any text as a schedule, and `apply` then fails. `cron(…)` has six fields:
minutes, hours, day of month, month, day of week (1 is Sunday) and year, and exactly one of the two
days is `?`. `rate(…)` says `1 minute` but `5 minutes`. `at(…)` and time zones belong to EventBridge
Scheduler, which is used when a trigger has a `timezone` or a `flexible_window`.

```yaml
triggers:
  - schedule: cron(0 1 * * * *)   # write `cron(0 1 * * ? *)`
```
",
};

pub(crate) static IDLE_SCHEDULE: Lint = Lint {
    id: "idle-schedule",
    severity: Error,
    summary: "a schedule that never runs",
    explanation: "\
AWS takes the schedule, and no day of any year fits it.

```yaml
triggers:
  - schedule: cron(0 0 30 2 ? *)   # there is no 30 February: write `L` for the last day of the month
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for trigger in &job.triggers {
            if let TriggerKind::Schedule(schedule) = &trigger.kind {
                check_expression(schedule, found);
                check_zone(schedule, found);
            }
        }
    }
}

fn check_expression(schedule: &Schedule, found: &mut Vec<Diagnostic>) {
    let (text, span) = (&schedule.expression.value, schedule.expression.span);
    let parsed = match schedule.parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            let help = match (error.help(), error.kind()) {
                (Some(help), _) => help,
                (None, ScheduleErrorKind::Dialect) => {
                    "add `timezone: UTC`, which moves the trigger to EventBridge Scheduler"
                }
                _ => "write for example `cron(0 1 * * ? *)` or `rate(5 minutes)`",
            };
            let place = schedule.expression.part(&error.span());
            let diagnostic = Diagnostic::new(&INVALID_SCHEDULE, place, error.to_string());
            found.push(diagnostic.with_help(help));
            return;
        }
    };
    if parsed.never_runs() {
        let message = format!("`{text}` never runs");
        let help = "change the day or the month: no year has such a day";
        found.push(Diagnostic::new(&IDLE_SCHEDULE, span, message).with_help(help));
    }
}

fn check_zone(schedule: &Schedule, found: &mut Vec<Diagnostic>) {
    let Some(zone) = &schedule.timezone else {
        return;
    };
    if eventbridge::schedule::time_zone(&zone.value).is_none() {
        let message = format!("`{}` is not an IANA time zone", zone.value);
        let help = "write for example `Europe/Berlin` or `UTC`";
        found.push(Diagnostic::new(&INVALID_SCHEDULE, zone.span, message).with_help(help));
    }
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
    fn what_aws_refuses_is_refused() {
        for schedule in [
            "cron(0 1 * * * *)",
            "'0 1 * * ?'",
            "rate(1 minutes)",
            "rate(5 minute)",
            "at(2026-01-01T00:00:00)",
            "rate(5 minutes), timezone: Mars/Phobos",
        ] {
            assert_eq!(with_schedule(schedule), ["invalid-schedule"], "{schedule}");
        }
    }

    #[test]
    fn a_day_that_never_comes_is_pointed_out() {
        assert_eq!(with_schedule("cron(0 0 30 2 ? *)"), ["idle-schedule"]);
    }

    #[test]
    fn what_aws_accepts_is_accepted() {
        for schedule in [
            "cron(0 1 * * ? *)",
            "rate(1 minute)",
            "cron(0 18 ? * MON-FRI *), timezone: Europe/Berlin",
            "'at(2026-01-01T00:00:00)', timezone: UTC",
        ] {
            assert!(with_schedule(schedule).is_empty(), "{schedule}");
        }
    }
}
