//! The trace as a tree: event → rule → function → event …

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Failure, Record, Step};

/// How a tree is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeOptions {
    /// ANSI colours.
    pub color: bool,
    /// What the functions wrote, below each.
    pub logs: bool,
}

/// A trace, arranged by what caused what.
#[derive(Debug, Default)]
pub struct Tree<'t> {
    events: Vec<Event<'t>>,
    /// The place of each event, by its id.
    places: BTreeMap<&'t str, usize>,
    /// The events that each invocation emitted.
    emitted: BTreeMap<&'t str, Vec<usize>>,
    invocations: BTreeMap<&'t str, Invocation<'t>>,
}

/// An event that started nothing, and the rule that came nearest.
#[derive(Clone, Copy, Debug)]
struct Unmatched<'t> {
    nearest: Option<&'t str>,
}

#[derive(Debug)]
struct Event<'t> {
    /// Whether nothing on this bus caused it.
    is_first: bool,
    label: String,
    unmatched: Option<Unmatched<'t>>,
    deliveries: Vec<(&'t str, &'t str)>,
}

#[derive(Debug, Default)]
struct Invocation<'t> {
    function: &'t str,
    attempts: Vec<Attempt<'t>>,
    gave_up: Option<&'t str>,
    logs: Vec<&'t str>,
}

#[derive(Debug, Default)]
struct Attempt<'t> {
    cold: bool,
    duration_us: u64,
    failure: Option<&'t Failure>,
}

/// A line of the drawing: what it says, and what stands at its right edge.
struct Line {
    text: String,
    right: String,
    style: &'static str,
}

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

impl<'t> Tree<'t> {
    /// Arranges the records of a run.
    pub fn new(records: &'t [Record]) -> Self {
        let mut tree = Self::default();
        for record in records {
            tree.add(record);
        }
        tree
    }

    /// Draws it, a line a node, durations aligned at the right.
    pub fn draw(&self, options: TreeOptions) -> String {
        let mut lines = Vec::new();
        for event in self.events.iter().filter(|event| event.is_first) {
            self.draw_event(event, "", "", options, &mut lines);
        }
        let widest = lines
            .iter()
            .filter(|line| !line.right.is_empty())
            .map(|line| line.text.chars().count())
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        for line in lines {
            let pad = if line.right.is_empty() {
                0
            } else {
                widest + 2 - line.text.chars().count()
            };
            let (on, off) = if options.color && !line.style.is_empty() {
                (line.style, RESET)
            } else {
                ("", "")
            };
            let _ = writeln!(
                out,
                "{on}{}{off}{}{}",
                line.text,
                " ".repeat(pad),
                line.right
            );
        }
        out
    }

    fn add(&mut self, record: &'t Record) {
        match &record.step {
            Step::EventReceipt {
                event,
                emitted_by,
                source,
                detail_type,
                event_type,
                user_id,
            } => {
                let name = event_type
                    .clone()
                    .unwrap_or_else(|| format!("{source} / {detail_type}"));
                let user = user_id
                    .as_ref()
                    .map(|user| format!("  {user}"))
                    .unwrap_or_default();
                self.event(event, emitted_by.as_deref(), format!("{name}{user}"));
            }
            Step::ScheduleFired { event, .. } => {
                self.event(event, None, format!("{}  scheduled", record.at));
            }
            Step::NoStandardRulesMatched { event, nearest } => {
                if let Some(event) = self.find(event) {
                    event.unmatched = Some(Unmatched {
                        nearest: nearest.as_deref(),
                    });
                }
            }
            Step::InvocationStart {
                event,
                rule,
                invocation,
                function,
            } => {
                if let Some(event) = self.find(event) {
                    event.deliveries.push((rule, invocation));
                }
                self.invocations.entry(invocation).or_default().function = function;
            }
            Step::RuleMatch { .. } => {}
            step => self.add_to_invocation(step),
        }
    }

    fn add_to_invocation(&mut self, step: &'t Step) {
        match step {
            Step::InvocationAttemptStart {
                invocation, cold, ..
            } => {
                let attempt = Attempt {
                    cold: *cold,
                    ..Attempt::default()
                };
                self.invocations
                    .entry(invocation)
                    .or_default()
                    .attempts
                    .push(attempt);
            }
            Step::InvocationAttemptSuccess {
                invocation,
                duration_us,
                ..
            } => {
                if let Some(attempt) = self.attempt(invocation) {
                    attempt.duration_us = *duration_us;
                }
            }
            Step::InvocationAttemptRetryableFailure {
                invocation,
                duration_us,
                failure,
            } => {
                if let Some(attempt) = self.attempt(invocation) {
                    attempt.duration_us = *duration_us;
                    attempt.failure = Some(failure);
                }
            }
            Step::InvocationFailure {
                invocation,
                condition,
            } => {
                self.invocations.entry(invocation).or_default().gave_up = Some(condition);
            }
            Step::FunctionLog {
                invocation: Some(invocation),
                line,
                ..
            } => {
                self.invocations
                    .entry(invocation)
                    .or_default()
                    .logs
                    .push(line);
            }
            _ => {}
        }
    }

    fn event(&mut self, id: &'t str, emitted_by: Option<&'t str>, label: String) {
        let place = self.events.len();
        self.places.insert(id, place);
        if let Some(invocation) = emitted_by {
            self.emitted.entry(invocation).or_default().push(place);
        }
        self.events.push(Event {
            is_first: emitted_by.is_none(),
            label,
            unmatched: None,
            deliveries: Vec::new(),
        });
    }

    fn find(&mut self, id: &str) -> Option<&mut Event<'t>> {
        self.events.get_mut(*self.places.get(id)?)
    }

    fn attempt(&mut self, invocation: &str) -> Option<&mut Attempt<'t>> {
        self.invocations.get_mut(invocation)?.attempts.last_mut()
    }

    fn draw_event(
        &self,
        event: &Event<'t>,
        lead: &str,
        below: &str,
        options: TreeOptions,
        lines: &mut Vec<Line>,
    ) {
        lines.push(Line {
            text: format!("{lead}{}", event.label),
            right: String::new(),
            style: BOLD,
        });
        if let Some(Unmatched { nearest }) = event.unmatched {
            let why = nearest
                .map(|nearest| format!(": {nearest}"))
                .unwrap_or_default();
            lines.push(Line {
                text: format!("{below}└─ no rule matched{why}"),
                right: String::new(),
                style: DIM,
            });
        }
        for (index, (rule, invocation)) in event.deliveries.iter().enumerate() {
            let (branch, next) = branches(below, index + 1 == event.deliveries.len());
            lines.push(Line {
                text: format!("{branch}{rule}"),
                right: String::new(),
                style: "",
            });
            self.draw_invocation(invocation, &next, options, lines);
        }
    }

    fn draw_invocation(&self, id: &str, below: &str, options: TreeOptions, lines: &mut Vec<Line>) {
        let Some(invocation) = self.invocations.get(id) else {
            return;
        };
        let (branch, next) = branches(below, true);
        for (index, attempt) in invocation.attempts.iter().enumerate() {
            let lead = if index == 0 {
                &branch
            } else {
                &format!("{below}   ")
            };
            lines.push(attempt_line(lead, invocation.function, index, attempt));
        }
        if let Some(condition) = invocation.gave_up {
            let text = format!("{next}given up: {condition}");
            lines.push(Line {
                text,
                right: String::new(),
                style: RED,
            });
        }
        if options.logs {
            for line in &invocation.logs {
                lines.push(Line {
                    text: format!("{next}· {}", log_line(line)),
                    right: String::new(),
                    style: DIM,
                });
            }
        }
        let caused = self.emitted.get(id).map_or(&[][..], Vec::as_slice);
        for (index, event) in caused
            .iter()
            .filter_map(|place| self.events.get(*place))
            .enumerate()
        {
            let (branch, after) = branches(&next, index + 1 == caused.len());
            self.draw_event(event, &branch, &after, options, lines);
        }
    }
}

/// A line that a function wrote: JSON logs as level, message and fields, anything else as it is.
fn log_line(line: &str) -> String {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(line) else {
        return line.to_owned();
    };
    let (Some(level), Some(message)) = (text(&fields, "level"), text(&fields, "message")) else {
        return line.to_owned();
    };
    let mut shown = format!("{level} {message}");
    for (name, value) in &fields {
        if !["level", "message", "timestamp", "target", "span"].contains(&name.as_str()) {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(shown, "  {name}={value}");
        }
    }
    shown
}

fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f str> {
    fields.get(name).and_then(Value::as_str)
}

/// What stands before a child, and before what is below it.
fn branches(below: &str, is_last: bool) -> (String, String) {
    if is_last {
        (format!("{below}└─ "), format!("{below}   "))
    } else {
        (format!("{below}├─ "), format!("{below}│  "))
    }
}

fn attempt_line(lead: &str, function: &str, index: usize, attempt: &Attempt<'_>) -> Line {
    let again = if index == 0 {
        String::new()
    } else {
        format!(" (retry {index})")
    };
    let (outcome, style) = match attempt.failure {
        None => ("ok".to_owned(), GREEN),
        Some(failure) => (format!("failed: {failure}"), RED),
    };
    let start = if attempt.cold { "cold" } else { "warm" };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for a person")]
    let duration = attempt.duration_us as f64 / 1_000.0;
    Line {
        text: format!("{lead}{function}{again}  {outcome}"),
        right: format!("{start}  {duration:>8.1} ms"),
        style,
    }
}
