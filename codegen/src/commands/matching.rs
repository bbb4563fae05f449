//! `codegen match`: which rules an event matches, and why the others do not.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use eventbridge::pattern::{Event, Explanation, Outcome as Verdict, Pattern, RuleSet};
use indicatif::{ProgressBar, ProgressStyle};
use pipeline::resources::{self, RuleSource};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::{Format, MatchArgs};
use crate::input;
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &MatchArgs) -> anyhow::Result<Outcome> {
    match (&args.cases, &args.event, &args.events) {
        (Some(cases), _, _) => self::cases(session, cases),
        (_, Some(event), _) => explain(session, event, args),
        (_, _, Some(events)) => count(session, events, args),
        _ => bail!("say what to match: `--event FILE`, `--events FILE` or `--cases FILE`"),
    }
}

/// Rules by name.
type Rules = BTreeMap<String, Pattern>;

/// The rules of the spec that wait for events.
fn rules_of_the_spec(session: &Session, args: &MatchArgs) -> anyhow::Result<Rules> {
    let project = Project::load_for(&session.spec, &Chosen::local(&args.values))?;
    let pipeline = project.pipeline()?;
    let mut rules = Rules::new();
    for rule in resources::rules(pipeline) {
        if let RuleSource::Pattern(pattern) = &rule.source {
            let text = Value::Object(pattern.json.clone()).to_string();
            rules.insert(rule.name.base().to_owned(), Pattern::parse(&text)?);
        }
    }
    Ok(rules)
}

/// What `--format json` prints for each rule.
#[derive(Serialize)]
struct Match<'m> {
    rule: &'m str,
    matched: bool,
    /// Whether it was too much work to find out, so that it counts as no match.
    undecided: bool,
    fields: Vec<Field<'m>>,
}

#[derive(Serialize)]
struct Field<'m> {
    path: &'m str,
    wanted: &'m str,
    found: &'m [String],
    outcome: &'static str,
    near_miss: Option<&'m str>,
}

fn explain(session: &mut Session, event: &Path, args: &MatchArgs) -> anyhow::Result<Outcome> {
    let rules = match args.pattern.as_deref() {
        None => rules_of_the_spec(session, args)?,
        Some(path) => {
            let text = input::text(path)?;
            match Pattern::parse(&text) {
                Ok(pattern) => {
                    for warning in pattern.warnings() {
                        let (line, column) = place(&text, warning.span().start);
                        session.note(format_args!(
                            "{}:{line}:{column}: warning: {warning}",
                            path.display()
                        ))?;
                    }
                    Rules::from([("the pattern".to_owned(), pattern)])
                }
                Err(error) => {
                    let (line, column) = place(&text, error.span().start);
                    session.note(format_args!(
                        "{}:{line}:{column}: error: {error}",
                        path.display()
                    ))?;
                    return Ok(Outcome::Findings);
                }
            }
        }
    };
    let text = input::text(event)?;
    let parsed = Event::parse(&text).map_err(|error| {
        let (line, column) = place(&text, error.offset());
        anyhow::anyhow!("{}:{line}:{column}: {error}", event.display())
    })?;
    let mut matched = 0;
    for (name, pattern) in &rules {
        let explanation = pattern.explain(&parsed);
        matched += usize::from(explanation.matched);
        if session.format == Format::Json {
            session.say(serde_json::to_string(&as_json(name, &explanation))?)?;
        } else {
            show(session, name, &explanation)?;
        }
    }
    Ok(if matched > 0 {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// The line and column of a byte, from 1; columns in characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

fn as_json<'m>(rule: &'m str, explanation: &'m Explanation) -> Match<'m> {
    let fields = explanation.findings.iter().map(|finding| Field {
        path: &finding.path,
        wanted: &finding.wanted,
        found: &finding.found,
        outcome: match finding.outcome {
            Verdict::Matched => "matched",
            Verdict::Missing => "missing",
            Verdict::DifferentElements => "different_elements",
            _ => "different",
        },
        near_miss: finding.near_miss.as_deref(),
    });
    Match {
        rule,
        matched: explanation.matched,
        undecided: explanation.undecided,
        fields: fields.collect(),
    }
}

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

fn show(session: &mut Session, rule: &str, explanation: &Explanation) -> anyhow::Result<()> {
    if explanation.matched {
        return session.say(format_args!("{GREEN}✓{RESET} {rule}"));
    }
    session.say(format_args!("{RED}✗{RESET} {rule}"))?;
    if explanation.undecided {
        return session.say("    undecided: it asks for fields of too many arrays");
    }
    match explanation.deciding() {
        Some(finding) => session.say(format_args!("    {}", cases::in_words(finding))),
        None => Ok(()),
    }
}

/// A line of `--cases`: a pattern and an event as JSON, or as a string with the raw text, which need not be valid.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    id: Value,
    pattern: Box<RawValue>,
    #[serde(default)]
    event: Option<Box<RawValue>>,
}

/// The result of a case.
#[derive(Default, Serialize)]
struct Answer {
    id: Value,
    valid: bool,
    error: Option<String>,
    r#match: Option<bool>,
}

fn cases(session: &mut Session, path: &Path) -> anyhow::Result<Outcome> {
    for line in input::open(path)?.split(b'\n') {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        session.say(serde_json::to_string(&answer(&line))?)?;
    }
    Ok(Outcome::Fine)
}

fn answer(line: &[u8]) -> Answer {
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
    let mut answer = Answer {
        id: case.id,
        ..Answer::default()
    };
    let pattern = match Pattern::parse(&raw_text(&case.pattern)) {
        Ok(pattern) => pattern,
        Err(error) => {
            answer.error = Some(format!("{error} (at byte {})", error.span().start));
            return answer;
        }
    };
    answer.valid = true;
    if let Some(event) = &case.event {
        match Event::parse(&raw_text(event)) {
            Ok(event) => answer.r#match = Some(pattern.matches(&event)),
            Err(error) => answer.error = Some(format!("{error} (at byte {})", error.offset())),
        }
    }
    answer
}

fn raw_text(value: &RawValue) -> String {
    serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

/// What `--format json` prints for a recording.
#[derive(Serialize)]
struct Counts<'c> {
    events: u64,
    malformed: u64,
    seconds: f64,
    events_per_second: f64,
    matches: BTreeMap<&'c str, u64>,
}

fn count(session: &mut Session, events: &Path, args: &MatchArgs) -> anyhow::Result<Outcome> {
    let rules = match args.rules.as_deref() {
        None => rules_of_the_spec(session, args)?,
        Some(path) => read_rules(path)?,
    };
    let set = RuleSet::new(rules.values());
    let mut matcher = set.matcher();
    let mut counts = vec![0; rules.len()];
    let (mut read, mut malformed) = (0, 0);
    let start = Instant::now();
    let bar = progress(session);
    for (number, line) in (1..).zip(input::open(events)?.split(b'\n')) {
        let line = line.with_context(|| format!("cannot read {}", events.display()))?;
        // A line that is not UTF-8 counts as malformed, and the next ones are still read.
        let text = std::str::from_utf8(&line).map_err(|error| error.to_string());
        match text.and_then(|text| matcher.matches(text).map_err(|error| error.to_string())) {
            Ok(places) => {
                for place in places {
                    counts[*place] += 1;
                }
                read += 1;
            }
            Err(error) => {
                bar.suspend(|| {
                    session.note(format_args!("{}:{number}: {error}", events.display()))
                })?;
                malformed += 1;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for a person")]
    let rate = if seconds > 0.0 {
        read as f64 / seconds
    } else {
        0.0
    };
    let counts = Counts {
        events: read,
        malformed,
        seconds,
        events_per_second: rate,
        matches: rules.keys().map(String::as_str).zip(counts).collect(),
    };
    if session.format == Format::Json {
        session.say(serde_json::to_string(&counts)?)?;
    } else {
        for (rule, count) in &counts.matches {
            session.say(format_args!("{count:>12}  {rule}"))?;
        }
        session.remark(format_args!(
            "{read} events, {malformed} malformed, {rate:.0} events per second"
        ))?;
    }
    Ok(if malformed == 0 {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// How far a recording has been read; shown on a terminal only.
fn progress(session: &Session) -> ProgressBar {
    if session.quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} events, {per_sec}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// A JSON object of patterns, by the names of their rules.
fn read_rules(path: &Path) -> anyhow::Result<Rules> {
    let text = input::text(path)?;
    let written: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text)
        .with_context(|| format!("{} is not an object of patterns by name", path.display()))?;
    let parsed = written.into_iter().map(|(name, pattern)| {
        let pattern = Pattern::parse(&raw_text(&pattern))
            .with_context(|| format!("the rule {name} in {}", path.display()))?;
        Ok((name, pattern))
    });
    parsed.collect()
}
