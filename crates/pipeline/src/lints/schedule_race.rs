//! Jobs of a chain that are also scheduled, too close to each other.

use std::collections::{BTreeSet, HashMap, HashSet};

use eventbridge::schedule::{Schedule, time_zone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::model::{Job, Pipeline, Trigger, TriggerKind};
use crate::reach::Reach;

pub(crate) static SCHEDULE_RACE: Lint = Lint {
    id: "schedule-race",
    severity: Warning,
    summary: "a scheduled job starts while the job before it may still run",
    explanation: "\
Both jobs of a chain are scheduled. The second works with what the first has written, but it starts while the
first may still run. Nothing orders them: on a slow day the second reads half-written data, or yesterday's.
EventBridge may also start a rule up to a minute late.

```yaml
jobs:
  compute-features:
    function: { package: compute-features, timeout: 5m }
    triggers: [ { schedule: cron(0 1 * * ? *) } ]
    emits: [features.computed]
  assign-persona:
    triggers:
      - schedule: cron(5 1 * * ? *)   # 5 minutes later: give the first a shorter timeout, or start later
      - event: features.computed
```
",
};

/// A day to start from. Any day will do: the times of day repeat.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

pub(super) fn check(pipeline: &Pipeline, reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    let schedules: HashMap<&str, Vec<Scheduled<'_>>> = pipeline
        .jobs
        .iter()
        .map(|(name, job)| {
            let scheduled = job.triggers.iter().filter_map(scheduled);
            (name.as_str(), scheduled.collect())
        })
        .collect();
    let mut races = Races::default();
    // One finding for a schedule, no matter how many jobs it should wait for.
    let mut reported = HashSet::new();
    for (name, job) in &pipeline.jobs {
        // Nobody knows how long what takes the events of a job without a function works on them.
        if schedules[name.as_str()].is_empty() || job.work.timeout_seconds() == 0 {
            continue;
        }
        let events = job.emitted().into_iter();
        let starts = events.filter_map(|event| reach.of_emitted(event));
        let following: BTreeSet<&str> = starts
            .flat_map(|(_, starts)| starts.map(|start| start.job))
            .collect();
        for next in following.into_iter().filter(|next| next != name) {
            for second in &schedules[next] {
                let key = (next, second.trigger.span);
                if reported.contains(&key) {
                    continue;
                }
                let mut firsts = schedules[name.as_str()].iter();
                if let Some(race) = firsts.find_map(|first| races.find(first, second, job)) {
                    found.push(report_race(name, job, next, second, &race));
                    reported.insert(key);
                }
            }
        }
    }
}

/// Remembers the result for a pair of schedules: many jobs share the same few.
#[derive(Default)]
struct Races<'p>(HashMap<([&'p str; 4], u32), Option<Race>>);

impl<'p> Races<'p> {
    fn find(&mut self, first: &Scheduled<'p>, second: &Scheduled<'p>, job: &Job) -> Option<Race> {
        let timeout = job.work.timeout_seconds();
        let ([a, b], [c, d]) = (first.words, second.words);
        // The whole comparison is cached: a thousand jobs on the same two schedules would each repeat it.
        let race = || find_race(first, second, job);
        *self.0.entry(([a, b, c, d], timeout)).or_insert_with(race)
    }
}

/// An enabled trigger with a `cron`, whose times of day are known.
struct Scheduled<'p> {
    trigger: &'p Trigger,
    /// The expression and its zone, as the spec has them.
    words: [&'p str; 2],
    schedule: Schedule,
    zone: TimeZone,
}

fn scheduled(trigger: &Trigger) -> Option<Scheduled<'_>> {
    let TriggerKind::Schedule(schedule) = &trigger.kind else {
        return None;
    };
    // A `rate` counts from its deployment, so nobody knows its times of day.
    if !trigger.enabled.value || !schedule.expression.value.starts_with("cron(") {
        return None;
    }
    let zone_name = schedule.zone();
    let zone = time_zone(zone_name)?;
    Some(Scheduled {
        trigger,
        words: [&schedule.expression.value, zone_name],
        schedule: schedule.parse().ok()?,
        zone,
    })
}

#[derive(Clone, Copy)]
struct Race {
    first: Timestamp,
    gap: SignedDuration,
}

/// The first run of one schedule that the other follows within the job's timeout.
fn find_race(first: &Scheduled<'_>, second: &Scheduled<'_>, job: &Job) -> Option<Race> {
    let timeout = SignedDuration::from_secs(job.work.timeout_seconds().into());
    // A few runs stand for all: times of day repeat.
    let runs = first.schedule.runs_after(START, &first.zone).take(3);
    runs.map(|run| {
        let just_before = run.checked_sub(SignedDuration::from_secs(1)).unwrap_or(run);
        let next = second
            .schedule
            .runs_after(just_before, &second.zone)
            .next()?;
        let gap = next.duration_since(run);
        (gap <= timeout).then_some(Race { first: run, gap })
    })
    .find(Option::is_some)
    .flatten()
}

fn report_race(
    name: &str,
    job: &Job,
    next: &str,
    second: &Scheduled<'_>,
    race: &Race,
) -> Diagnostic {
    let start = race.first.checked_add(race.gap).unwrap_or(race.first);
    let local = second.zone.to_datetime(start);
    let time = local.strftime("%H:%M");
    let after = match minutes(race.gap.as_mins()) {
        None => format!("together with `{name}`"),
        Some(minutes) => format!("{minutes} after `{name}`"),
    };
    let may = words(job.work.timeout_seconds());
    let message = format!("`{next}` starts at {time}, {after}, which may run {may}");
    Diagnostic::new(&SCHEDULE_RACE, second.trigger.span, message).with_help(format!(
        "start `{next}` later, give `{name}` a shorter `timeout`, or leave it to the event"
    ))
}

fn minutes(minutes: i64) -> Option<String> {
    match minutes {
        0 => None,
        1 => Some("1 minute".to_owned()),
        minutes => Some(format!("{minutes} minutes")),
    }
}

fn words(seconds: u32) -> String {
    match (seconds % 60, minutes(i64::from(seconds) / 60)) {
        (0, Some(minutes)) => minutes,
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Surroundings, parse};

    fn races(first: &str, timeout: &str, second: &str) -> Vec<String> {
        let spec = format!(
            "pipeline: p
source: s
events: {{ x: {{ detail_type: X }} }}
jobs:
  a: {{ function: {{ package: a, timeout: {timeout} }}, triggers: [ {{ schedule: {first} }} ], emits: [x] }}
  b: {{ function: {{ package: b }}, triggers: [ {{ event: x }}, {{ schedule: {second} }} ] }}
"
        );
        let found = parse(&spec, &Surroundings::default()).diagnostics;
        let races = found
            .into_iter()
            .filter(|found| found.lint.id == "schedule-race");
        races.map(|found| found.message).collect()
    }

    #[test]
    fn a_job_that_starts_before_the_other_is_done_is_pointed_out() {
        assert_eq!(
            races("cron(0 1 * * ? *)", "5m", "cron(5 1 * * ? *)"),
            ["`b` starts at 01:05, 5 minutes after `a`, which may run 5 minutes"]
        );
        assert_eq!(
            races("cron(0 1 * * ? *)", "90s", "cron(0/30 * * * ? *)"),
            ["`b` starts at 01:00, together with `a`, which may run 90 seconds"]
        );
        let berlin = "cron(1 2 * * ? *), timezone: Europe/Berlin";
        assert_eq!(
            races("cron(0 1 * * ? *)", "2m", berlin),
            ["`b` starts at 02:01, 1 minute after `a`, which may run 2 minutes"]
        );
    }

    #[test]
    fn nothing_is_known_of_how_long_a_queue_takes() {
        let spec = "pipeline: p
source: s
events: { x: { detail_type: X } }
jobs:
  a: { deliver_to: queue, triggers: [ { schedule: cron(0 1 * * ? *) } ], emits: [x] }
  b: { function: { package: b }, triggers: [ { event: x }, { schedule: cron(0 1 * * ? *) } ] }
";
        let found = parse(spec, &Surroundings::default()).diagnostics;
        assert!(found.iter().all(|found| found.lint.id != "schedule-race"));
    }

    #[test]
    fn enough_time_between_is_fine() {
        for (first, second) in [
            ("cron(0 1 * * ? *)", "cron(6 1 * * ? *)"),
            ("cron(5 1 * * ? *)", "cron(0 1 * * ? *)"),
            ("rate(5 minutes)", "rate(5 minutes)"),
            ("cron(0 1 ? * MON *)", "cron(1 1 ? * TUE *)"),
            ("cron(0 1 * * ? *)", "cron(1 1 * * ? *), enabled: false"),
        ] {
            assert!(races(first, "5m", second).is_empty(), "{first} {second}");
        }
    }
}
