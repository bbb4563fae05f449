//! `codegen schedule`: when triggers run.

use std::io::BufRead as _;

use anyhow::Context;
use eventbridge::Dialect;
use eventbridge::schedule::{Lifetime, Schedule, ScheduleError, time_zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pipeline::model::TriggerKind;
use serde::{Deserialize, Serialize};

use crate::args::{Format, ScheduleArgs, ScheduleKind};
use crate::input;
use crate::project::Project;
use crate::session::{Outcome, Session};

/// The most runs that are listed.
const MAX_COUNT: usize = 100_000;

/// The line that `--format json` prints for one schedule.
#[derive(Serialize)]
struct Listing<'l> {
    job: Option<&'l str>,
    trigger: Option<&'l str>,
    expression: &'l str,
    timezone: &'l str,
    valid: bool,
    error: Option<String>,
    /// Advice about the error, if there is any.
    help: Option<String>,
    /// Parts of the expression that AWS's documentation does not describe.
    warnings: Vec<String>,
    /// The time in UTC.
    next: Vec<String>,
    /// These instants in the schedule's zone.
    local: Vec<String>,
}

/// A line of `--cases`.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    id: serde_json::Value,
    expression: String,
    timezone: Option<String>,
    kind: Option<ScheduleKind>,
    from: Option<Timestamp>,
    count: Option<usize>,
}

/// The result of a case.
#[derive(Default, Serialize)]
struct Answer {
    id: serde_json::Value,
    valid: bool,
    error: Option<String>,
    next: Vec<String>,
}

pub(crate) fn run(session: &mut Session, args: &ScheduleArgs) -> anyhow::Result<Outcome> {
    let from = args.from.unwrap_or_else(Timestamp::now);
    let count = args.count.min(MAX_COUNT);
    if let Some(path) = &args.cases {
        return cases(session, path, from, count);
    }
    if let Some(expression) = &args.expression {
        let zone = args.timezone.as_deref().unwrap_or("UTC");
        let found = Schedule::parse_in(
            expression,
            dialect(args.kind, expression, args.timezone.is_some()),
        );
        let place = found.as_ref().err().map(ScheduleError::span);
        let listing = list(
            None,
            (expression, zone),
            found,
            Lifetime::default(),
            from,
            count,
        );
        show(session, &listing, place)?;
        return Ok(outcome(listing.valid));
    }
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    for (job, body) in &pipeline.jobs {
        for trigger in &body.triggers {
            let TriggerKind::Schedule(schedule) = &trigger.kind else {
                continue;
            };
            let expression = schedule.expression.value.as_str();
            let zone = schedule.timezone.as_ref().map(|zone| zone.value.as_str());
            let owner = Some((job.as_str(), trigger.id.value.as_str()));
            let zone = args.timezone.as_deref().or(zone).unwrap_or("UTC");
            let listing = list(
                owner,
                (expression, zone),
                schedule.parse(),
                schedule.lifetime(),
                from,
                count,
            );
            show(session, &listing, None)?;
        }
    }
    Ok(Outcome::Fine)
}

fn outcome(valid: bool) -> Outcome {
    if valid {
        Outcome::Fine
    } else {
        Outcome::Findings
    }
}

fn list<'l>(
    owner: Option<(&'l str, &'l str)>,
    (expression, timezone): (&'l str, &'l str),
    parsed: Result<Schedule, ScheduleError>,
    lifetime: Lifetime,
    from: Timestamp,
    count: usize,
) -> Listing<'l> {
    let mut listing = Listing {
        job: owner.map(|(job, _)| job),
        trigger: owner.map(|(_, trigger)| trigger),
        expression,
        timezone,
        valid: false,
        error: None,
        help: None,
        warnings: Vec::new(),
        next: Vec::new(),
        local: Vec::new(),
    };
    if let Err(error) = &parsed {
        listing.help = error.help().map(str::to_owned);
    }
    match parsed
        .map_err(|error| error.to_string())
        .and_then(|schedule| Ok((schedule, zone(timezone)?)))
    {
        Ok((schedule, zone)) => {
            listing.valid = true;
            let warnings = schedule.warnings();
            listing.warnings = warnings.iter().map(ToString::to_string).collect();
            for run in schedule.runs_within(from, &zone, lifetime).take(count) {
                listing.next.push(run.to_string());
                let local = run.to_zoned_datetime(zone.clone());
                listing
                    .local
                    .push(local.strftime("%a %Y-%m-%d %H:%M %Z").to_string());
            }
        }
        Err(error) => listing.error = Some(error),
    }
    listing
}

/// The service that an expression is for. If nobody says which one, a time zone and its form do, as for a trigger.
fn dialect(kind: Option<ScheduleKind>, expression: &str, has_zone: bool) -> Dialect {
    let is_for_scheduler = match kind {
        Some(kind) => matches!(kind, ScheduleKind::Scheduler),
        None => has_zone || expression.starts_with("at("),
    };
    if is_for_scheduler {
        Dialect::Scheduler
    } else {
        Dialect::Rule
    }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    time_zone(name).ok_or_else(|| format!("`{name}` is not an IANA time zone"))
}

fn show(
    session: &mut Session,
    listing: &Listing<'_>,
    place: Option<std::ops::Range<usize>>,
) -> anyhow::Result<()> {
    if session.format == Format::Json {
        return session.say(serde_json::to_string(listing)?);
    }
    if let Some(error) = &listing.error {
        session.note(format_args!("error: {error}\n  {}", listing.expression))?;
        if let Some(place) = place {
            // The marks stand under characters, but a span counts bytes.
            let before = listing.expression[..place.start].chars().count();
            let marked = listing.expression[place].chars().count().max(1);
            session.note(format_args!(
                "  {}{}",
                " ".repeat(before),
                "^".repeat(marked)
            ))?;
        }
        if let Some(help) = &listing.help {
            session.note(format_args!("help: {help}"))?;
        }
        return Ok(());
    }
    for warning in &listing.warnings {
        session.note(format_args!("warning: {warning}\n  {}", listing.expression))?;
    }
    let owner = match (listing.job, listing.trigger) {
        (Some(job), Some(trigger)) => format!("{job} {trigger}  "),
        _ => String::new(),
    };
    session.say(format_args!(
        "{owner}{}  {}",
        listing.expression, listing.timezone
    ))?;
    for (utc, local) in listing.next.iter().zip(&listing.local) {
        session.say(format_args!("  {utc}  {local}"))?;
    }
    if listing.next.is_empty() {
        session.say("  never runs after this")?;
    }
    Ok(())
}

fn cases(
    session: &mut Session,
    path: &std::path::Path,
    from: Timestamp,
    count: usize,
) -> anyhow::Result<Outcome> {
    for line in input::open(path)?.split(b'\n') {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        session.say(serde_json::to_string(&answer(&line, from, count))?)?;
    }
    Ok(Outcome::Fine)
}

fn answer(line: &[u8], from: Timestamp, count: usize) -> Answer {
    let case: Case = match serde_json::from_slice(line) {
        Ok(case) => case,
        Err(error) => {
            return Answer {
                id: input::id_of(line),
                error: Some(format!("not a case: {error}")),
                ..Answer::default()
            };
        }
    };
    let zone_name = case.timezone.as_deref().unwrap_or("UTC");
    let dialect = dialect(case.kind, &case.expression, zone_name != "UTC");
    let parsed = Schedule::parse_in(&case.expression, dialect).map_err(|error| error.to_string());
    match parsed.and_then(|schedule| Ok((schedule, zone(zone_name)?))) {
        Ok((schedule, zone)) => {
            let runs = schedule.runs_after(case.from.unwrap_or(from), &zone);
            let count = case.count.unwrap_or(count).min(MAX_COUNT);
            Answer {
                id: case.id,
                valid: true,
                error: None,
                next: runs.take(count).map(|run| run.to_string()).collect(),
            }
        }
        Err(error) => Answer {
            id: case.id,
            error: Some(error),
            ..Answer::default()
        },
    }
}
