//! Schedules that AWS would refuse.

use eventbridge::schedule::{ScheduleErrorKind, time_zone};
use jiff::Timestamp;

use super::{CONFLICTING_KEYS, Surroundings};
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Pipeline, Schedule, Trigger, TriggerKind};
use crate::suggestion::Suggestion;

pub(crate) static INVALID_SCHEDULE: Lint = Lint {
    id: "invalid-schedule",
    severity: Error,
    summary: "a schedule that AWS refuses",
    explanation: "\
`terraform plan` accepts any text as a schedule, and `apply` then fails. `cron(…)` has six fields:
minutes, hours, day of month, month, day of week (1 is Sunday) and year, and exactly one of the two
days is `?`. A range may run over the end of its field, as in `FRI-MON` or `22-2`, but not in the year.
`rate(…)` says `1 minute` but `5 minutes`. `at(…)` and time zones belong to EventBridge Scheduler, which
is used when a trigger has a `timezone`, a `flexible_window`, a `start`, an `end` or a `group`. The `end` comes after the `start`.

```yaml
triggers:
  - schedule: cron(0 1 * * * *)   # write `cron(0 1 * * ? *)`
```
",
};

pub(crate) static IDLE_SCHEDULE: Lint = Lint {
    id: "idle-schedule",
    severity: Warning,
    summary: "a schedule that never runs, or never again",
    explanation: "\
AWS takes the schedule, but the trigger never starts its job: no day of the given years fits, its clocks skip
the time, or the last time or the `end` has passed. `codegen check` compares with the time of the check, or with the time of `--now`. A trigger with
`enabled: false` may have passed.

```yaml
triggers:
  - schedule: cron(0 0 30 2 ? *)   # there is no 30 February: write `L` for the last day of the month
  - schedule: at(2020-01-31T09:00:00)   # give it a later date, or remove the trigger
    timezone: UTC
```
",
};

pub(crate) static PASSED_START: Lint = Lint {
    id: "passed-start",
    severity: Warning,
    summary: "a `start` in the past",
    explanation: "\
EventBridge Scheduler refuses a `StartDate` that lies more than five minutes back, so a later `apply` that
makes the schedule or changes it may fail. A schedule that has started needs no `start` any more, but a
`rate(…)` then counts from when the schedule was made. `codegen check` compares with the time of the check, or with
the time of `--now`.

```yaml
triggers:
  - schedule: cron(0 9 * * ? *)
    start: 2020-01-31T09:00:00Z   # remove it
```
",
};

pub(crate) static UNDOCUMENTED_SCHEDULE: Lint = Lint {
    id: "undocumented-schedule",
    severity: Warning,
    summary: "a schedule with something that AWS does not document",
    explanation: "\
AWS takes the schedule today, but its documentation does not say so. The table of the fields of `cron(…)` has
`/` for every field but the day of week.

```yaml
triggers:
  - schedule: cron(0 9 ? * MON-FRI/2 *)   # write `MON,WED,FRI`
```
",
};

pub(super) fn check(pipeline: &Pipeline, surroundings: &Surroundings, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for trigger in &job.triggers {
            if let TriggerKind::Schedule(schedule) = &trigger.kind {
                check_expression(schedule, trigger, surroundings.now, found);
                check_zone(schedule, found);
                check_lifetime(schedule, surroundings.now, found);
            }
        }
    }
}

fn check_expression(
    schedule: &Schedule,
    trigger: &Trigger,
    now: Option<Timestamp>,
    found: &mut Vec<Diagnostic>,
) {
    let (text, span) = (&schedule.expression.value, schedule.expression.span);
    let parsed = match schedule.parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            let help = match (error.help(), error.kind()) {
                (Some(help), _) => help,
                (None, ScheduleErrorKind::Dialect) => {
                    "add `timezone: UTC`, which moves the trigger to EventBridge Scheduler"
                }
                (None, ScheduleErrorKind::Form) => {
                    "write for example `cron(0 1 * * ? *)` or `rate(5 minutes)`"
                }
                _ => "",
            };
            let place = schedule.expression.part(&error.span());
            let diagnostic = Diagnostic::new(&INVALID_SCHEDULE, place, error.to_string());
            found.push(match help {
                "" => diagnostic,
                help => diagnostic.with_suggestion(span, instead(help)),
            });
            return;
        }
    };
    for warning in parsed.warnings() {
        let place = schedule.expression.part(&warning.span());
        let diagnostic = Diagnostic::new(&UNDOCUMENTED_SCHEDULE, place, warning.to_string());
        found.push(diagnostic.with_help("list the days, as in `MON,WED,FRI`"));
    }
    if parsed.never_runs() {
        let message = format!("`{text}` never runs");
        let help = "change the day, the month or the years: no day of the given years fits";
        found.push(Diagnostic::new(&IDLE_SCHEDULE, span, message).with_help(help));
        return;
    }
    // Without a time, or a zone that exists, nobody knows whether the last run has passed.
    let (Some(now), Some(zone)) = (now, time_zone(schedule.zone())) else {
        return;
    };
    if is_backwards(schedule) {
        // It is refused for that.
        return;
    }
    if trigger.enabled.value
        && parsed
            .runs_within(now, &zone, schedule.lifetime())
            .next()
            .is_none()
    {
        let local = zone.to_datetime(now);
        let time = local.strftime("%Y-%m-%d %H:%M");
        let (message, help) = match parsed.skipped_runs(now, u8::MAX, &zone).first() {
            Some(skipped) => (
                format!(
                    "`{text}` never runs: clocks in {} skip {}",
                    schedule.zone(),
                    skipped.strftime("%Y-%m-%d %H:%M")
                ),
                "choose another hour",
            ),
            None if parsed.runs_after(now, &zone).next().is_some() => (
                format!(
                    "`{text}` never runs again before its `end`: it is {time} {}",
                    schedule.zone()
                ),
                "give it a later `end`, or remove the trigger",
            ),
            None => (
                format!(
                    "`{text}` never runs again: it is {time} {}",
                    schedule.zone()
                ),
                if text.starts_with("at(") {
                    "give it a later date, or remove the trigger"
                } else {
                    "give it later years, or remove the trigger"
                },
            ),
        };
        found.push(Diagnostic::new(&IDLE_SCHEDULE, span, message).with_help(help));
    }
}

fn check_zone(schedule: &Schedule, found: &mut Vec<Diagnostic>) {
    let Some(zone) = &schedule.timezone else {
        return;
    };
    if time_zone(&zone.value).is_none() {
        let message = format!("`{}` is not an IANA time zone", zone.value);
        let help = "write for example `Europe/Berlin` or `UTC`";
        found.push(Diagnostic::new(&INVALID_SCHEDULE, zone.span, message).with_help(help));
    }
}

/// Whether it ends before it starts.
fn is_backwards(schedule: &Schedule) -> bool {
    let lifetime = schedule.lifetime();
    lifetime
        .start
        .zip(lifetime.end)
        .is_some_and(|(start, end)| end <= start)
}

/// Advice, with the expression that it names, if it is nothing else than "write" that one.
fn instead(help: &str) -> Suggestion {
    let whole = help.strip_prefix("write `");
    let whole = whole.and_then(|rest| rest.strip_suffix('`'));
    let whole = whole.filter(|expression| !expression.contains('`'));
    Suggestion::one_of(help, whole)
}

fn check_lifetime(schedule: &Schedule, now: Option<Timestamp>, found: &mut Vec<Diagnostic>) {
    let (start, end) = (schedule.start.as_ref(), schedule.end.as_ref());
    if schedule.expression.value.starts_with("at(") {
        // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        for (key, date) in [("start", start), ("end", end)] {
            if let Some(date) = date {
                let message = format!("AWS ignores `{key}`: the schedule runs once");
                let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, date.span, message)
                    .with_related(schedule.expression.span, "the only time")
                    .or_remove(date.span)
                    .with_help(format!("remove `{key}`"));
                found.push(diagnostic);
            }
        }
        return;
    }
    if let (Some(start), Some(end)) = (start, end)
        && is_backwards(schedule)
    {
        let diagnostic = Diagnostic::new(&INVALID_SCHEDULE, end.span, "`end` is not after `start`")
            .with_related(start.span, "the start")
            .with_help("give it a later `end`");
        found.push(diagnostic);
    } else if let (Some(start), Some(now)) = (start, now)
        && start.value < now
    {
        let message = format!("`start` has passed: it is {now:.0}");
        let diagnostic = Diagnostic::new(&PASSED_START, start.span, message)
            .with_note("AWS refuses a start that lies more than five minutes back")
            .or_remove(start.span)
            .with_help("remove `start`");
        found.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;
    use crate::{Surroundings, parse};

    fn spec(schedule: &str) -> String {
        format!(
            "pipeline: p\nsource: s\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: {schedule} }} ] }} }}\n"
        )
    }

    fn with_schedule(schedule: &str) -> Vec<&'static str> {
        ids_of(&spec(schedule))
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for schedule in [
            "cron(0 1 * * * *)",
            "'0 1 * * ?'",
            "rate(1 minutes)",
            "rate(5 minute)",
            "at(2026-01-01T00:00:00)",
            "at(2026-01-01T00:00:60), timezone: UTC",
            "at(20260101T000000.000), timezone: UTC",
            "cron(0 9 1 1 ? 2030-2026)",
            "rate(5 minutes), timezone: Mars/Phobos",
            "rate(1 day), start: 2030-01-02T00:00:00+01:00, end: 2030-01-01T23:00:00Z",
        ] {
            assert_eq!(with_schedule(schedule), ["invalid-schedule"], "{schedule}");
        }
    }

    #[test]
    fn a_cron_of_unix_is_answered_with_the_one_that_was_meant() {
        let help = |schedule: &str| {
            let found = parse(&spec(schedule), &Surroundings::default()).diagnostics;
            found.into_iter().find_map(|found| found.help)
        };
        let meant = Some("write `cron(0 9 ? * MON-FRI *)`".to_owned());
        assert_eq!(help("0 9 * * 1-5"), meant);
        assert_eq!(help("cron(0 9 * * 1-5)"), meant);
        let two = help("0 9 1 * 1").expect("advice");
        assert!(two.starts_with("one schedule cannot have both"), "{two}");
    }

    #[test]
    fn a_day_that_never_comes_is_pointed_out() {
        assert_eq!(with_schedule("cron(0 0 30 2 ? *)"), ["idle-schedule"]);
    }

    #[test]
    fn a_schedule_that_has_passed_is_pointed_out_if_the_time_is_known() {
        let idle = |schedule: &str, now: Option<&str>| {
            let surroundings = Surroundings {
                now: now.map(|now| now.parse().expect("a time")),
                ..Surroundings::default()
            };
            let found = parse(&spec(schedule), &surroundings).diagnostics;
            let found = found.iter().map(|found| (found.lint.id, found.is_error()));
            let found: Vec<_> = found.collect();
            assert!(
                found.iter().all(|found| *found == ("idle-schedule", false)),
                "{found:?}"
            );
            !found.is_empty()
        };
        let at = "at(2026-03-01T09:00:00), timezone: Europe/Berlin";
        assert!(idle(at, Some("2026-03-01T08:00:00Z")));
        assert!(!idle(at, Some("2026-03-01T07:59:59Z")));
        assert!(!idle(at, None));
        assert!(!idle(
            &format!("{at}, enabled: false"),
            Some("2027-01-01T00:00:00Z")
        ));
        let cron = "cron(0 9 1 * ? 2002-2005)";
        assert!(idle(cron, Some("2026-03-01T00:00:00Z")));
        assert!(!idle(cron, Some("2005-12-01T08:59:59Z")));
        assert!(!idle(cron, None));
        assert!(!idle("rate(1 day)", Some("2026-03-01T00:00:00Z")));
    }

    #[test]
    fn a_start_or_an_end_that_has_passed_is_pointed_out() {
        let said = |keys: &str| {
            let surroundings = Surroundings {
                now: "2026-03-01T00:00:00Z".parse().ok(),
                ..Surroundings::default()
            };
            let found = parse(&spec(&format!("rate(1 day), {keys}")), &surroundings).diagnostics;
            let found = found.into_iter().map(|found| found.lint.id);
            found.collect::<Vec<_>>()
        };
        assert_eq!(said("start: 2026-02-28T23:59:59Z"), ["passed-start"]);
        assert!(said("start: 2026-03-01T00:00:00Z").is_empty());
        assert_eq!(said("end: 2026-03-01T01:00:00+01:00"), ["idle-schedule"]);
        assert!(said("end: 2026-03-03T00:00:00Z").is_empty());
    }

    #[test]
    fn a_schedule_that_runs_once_has_no_start_and_no_end() {
        for key in ["start", "end"] {
            let found = with_schedule(&format!(
                "'at(2026-01-01T00:00:00)', {key}: 2030-01-01T00:00:00Z"
            ));
            assert_eq!(found, ["conflicting-keys"], "{key}");
        }
    }

    #[test]
    fn what_aws_does_not_document_is_pointed_out() {
        let schedule = "cron(0 9 ? * MON-FRI/2 *)";
        assert_eq!(with_schedule(schedule), ["undocumented-schedule"]);
    }

    #[test]
    fn a_time_that_clocks_skip_is_not_in_the_past() {
        let said = |schedule: &str| {
            let spec = format!(
                "pipeline: p\nsource: s\njobs: {{ j: {{ function: {{ existing: j }}, triggers: [ {{ schedule: {schedule}, timezone: Europe/Berlin }} ] }} }}\n"
            );
            let surroundings = crate::Surroundings {
                now: "2026-03-01T00:00:00Z".parse().ok(),
                ..crate::Surroundings::default()
            };
            let found = crate::parse(&spec, &surroundings).diagnostics;
            let idle = found
                .into_iter()
                .find(|found| found.lint.id == "idle-schedule");
            idle.map(|found| found.message).unwrap_or_default()
        };
        for schedule in ["'at(2027-03-28T02:30:00)'", "cron(30 2 28 3 ? 2027)"] {
            assert!(said(schedule).ends_with("clocks in Europe/Berlin skip 2027-03-28 02:30"));
        }
        assert!(said("'at(2020-03-28T02:30:00)'").contains("never runs again"));
    }

    #[test]
    fn what_aws_accepts_is_accepted() {
        for schedule in [
            "cron(0 1 * * ? *)",
            "cron(0/30 20-2 ? * MON-FRI *)",
            "rate(1 minute)",
            "rate(1 hours), timezone: UTC",
            "rate(5 minute), flexible_window: 5m",
            "cron(0 18 ? * MON-FRI *), timezone: Europe/Berlin",
            "'at(2026-01-01T00:00:00)', timezone: UTC",
        ] {
            assert!(with_schedule(schedule).is_empty(), "{schedule}");
        }
    }
}
