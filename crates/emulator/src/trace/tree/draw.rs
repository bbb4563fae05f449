//! Draws a tree as lines of text.

use std::fmt::Write as _;

use eventbridge::arn::Arn;

use super::{Attempt, Batch, Delivery, Event, GivenUp, Run, Tree, TreeOptions, log};
use crate::trace::{FaultKind, INVALID_INPUT, THIRD_BUS};

/// A line of the drawing, with a text for its right edge.
struct Line {
    text: String,
    right: String,
    style: &'static str,
}

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// A message's part in the run for its batch.
struct Part<'t> {
    batch: &'t Batch<'t>,
    message: &'t str,
    /// How often it had been received before.
    receive: usize,
    /// Whether it is in no later batch.
    is_last: bool,
}

/// The lines so far, and how they are drawn.
struct Drawing {
    lines: Vec<Line>,
    logs: bool,
}

impl Tree<'_> {
    /// Draws the tree, one line for each node, with the durations aligned at the right.
    pub fn draw(&self, options: TreeOptions) -> String {
        let mut drawing = Drawing {
            lines: Vec::new(),
            logs: options.logs,
        };
        let shown = self.shown_runs();
        for event in &self.events {
            if event.emitted_by.is_some_and(|run| shown.contains(run)) {
                continue;
            }
            self.event_lines(event, "", "", &mut drawing);
        }
        for (request, run) in self.runs.iter().filter(|(_, run)| run.is_direct) {
            drawing.line(format!("invoked  {request}"), BOLD);
            self.run_lines(run, None, "", &mut drawing);
        }
        if self.is_timeless {
            for line in &mut drawing.lines {
                line.right.clear();
            }
        }
        drawing.aligned(options.color)
    }

    fn event_lines(&self, event: &Event<'_>, lead: &str, below: &str, drawing: &mut Drawing) {
        drawing.line(format!("{lead}{}", event.label), BOLD);
        if let Some(nearest) = event.unmatched {
            let why = if nearest.is_empty() { "" } else { ": " };
            drawing.line(format!("{below}└─ no rule matched{why}{nearest}"), DIM);
        }
        for rule in &event.undecided {
            let text = format!("{below}└─ undecided: {rule} asks for fields of too many arrays");
            drawing.line(text, YELLOW);
        }
        if let Some(hops) = event.stopped_after {
            let text = format!("{below}└─ stopped: a loop of events, {hops} functions long");
            drawing.line(text, RED);
        }
        for (index, number) in event.deliveries.iter().enumerate() {
            let (branch, next) = branches(below, index + 1 == event.deliveries.len());
            if let Some(delivery) = self.deliveries.get(number) {
                drawing.line(format!("{branch}{}", delivery.rule), "");
                self.delivery_lines(delivery, &next, drawing);
            }
        }
    }

    fn delivery_lines(&self, delivery: &Delivery<'_>, below: &str, drawing: &mut Drawing) {
        for fault in counted(&delivery.faults) {
            drawing.line(format!("{below}· fault: {fault}"), YELLOW);
        }
        if delivery.throttled > 0 {
            let times = times(delivery.throttled);
            drawing.line(format!("{below}· throttled {times}"), YELLOW);
        }
        if let (1.., Some((code, message))) = (delivery.failed_attempts, delivery.failure) {
            let times = times(delivery.failed_attempts);
            drawing.line(
                format!("{below}· failed {times}: {code}: {message}"),
                YELLOW,
            );
        }
        if let Some(run) = delivery.request.and_then(|request| self.runs.get(request)) {
            self.run_lines(run, None, below, drawing);
            return;
        }
        if let Some(id) = delivery.message {
            self.message_lines(id, name_of(delivery.arn), below, drawing);
            return;
        }
        let to = name_of(delivery.arn);
        let Some(condition) = delivery.given_up else {
            let outcome = match delivery.request {
                Some(_) => "waits for its function",
                None if delivery.is_elsewhere => "delivered, not run here",
                None if delivery.is_done => "delivered",
                None => "waits",
            };
            drawing.line(format!("{below}└─ {to}  {outcome}"), "");
            return;
        };
        let why = match delivery.failure {
            Some((code, message)) => format!("{code}: {message}"),
            None => condition.to_owned(),
        };
        drawing.line(format!("{below}└─ {to}  not delivered: {why}"), RED);
        let code = delivery.failure.map(|(code, _)| code);
        let kept = match delivery.dead_letter {
            Some((queue, true)) => format!("dead letter in {}", name_of(queue)),
            Some((queue, false)) => format!("lost: {} took no dead letter", name_of(queue)),
            None if code == Some(INVALID_INPUT) => {
                "lost: there is nothing to keep as a dead letter".to_owned()
            }
            None if code == Some(THIRD_BUS) => {
                "lost: EventBridge keeps no dead letter of it".to_owned()
            }
            None => "lost: the target has no dead-letter queue".to_owned(),
        };
        drawing.line(format!("{below}   {kept}"), RED);
    }

    /// Draws what became of a message of a queue: each batch that it was in, with the run for that batch.
    fn message_lines(&self, id: &str, queue: &str, below: &str, drawing: &mut Drawing) {
        let filtered = self.messages.get(id).and_then(|one| one.filtered);
        if let Some(function) = filtered {
            let text = format!("{below}└─ {queue}  the filter of {function} leaves it out");
            drawing.line(text, DIM);
            return;
        }
        let Some(message) = self.messages.get(id).filter(|one| !one.batches.is_empty()) else {
            drawing.line(format!("{below}└─ {queue}  waits for its function"), "");
            return;
        };
        drawing.line(format!("{below}└─ {queue}"), "");
        let below = format!("{below}   ");
        for (index, request) in message.batches.iter().enumerate() {
            let (Some(run), Some(batch)) = (self.runs.get(request), self.batches.get(request))
            else {
                continue;
            };
            let is_last = index + 1 == message.batches.len();
            let part = Part {
                batch,
                message: id,
                receive: index,
                is_last,
            };
            self.run_lines(run, Some(&part), &below, drawing);
        }
        let (count, style) = (message.batches.len(), RED);
        match message.given_up {
            Some(GivenUp::Kept(queue)) => {
                let (times, queue) = (times(count), name_of(queue));
                let text = format!("{below}given up: received {times}, kept in {queue}");
                drawing.line(text, style);
            }
            Some(GivenUp::Lost) => {
                drawing.line(format!("{below}lost: too old for its queue"), style);
            }
            None => {}
        }
    }

    /// Draws a run. With a part of a batch, only what belongs to that message.
    fn run_lines(
        &self,
        run: &Run<'_>,
        part: Option<&Part<'_>>,
        below: &str,
        drawing: &mut Drawing,
    ) {
        let (branch, next) = branches(below, part.is_none_or(|part| part.is_last));
        for (index, attempt) in run.attempts.iter().enumerate() {
            let lead = if index == 0 {
                &branch
            } else {
                &format!("{below}   ")
            };
            drawing
                .lines
                .push(attempt_line(lead, run.function, index, attempt, part));
        }
        if run.attempts.is_empty() {
            drawing.line(format!("{branch}{}  did not run", run.function), RED);
        }
        for fault in counted(&run.faults) {
            drawing.line(format!("{next}· fault: {fault}"), YELLOW);
        }
        if run.throttled > 0 {
            let times = times(run.throttled);
            drawing.line(format!("{next}· throttled {times}"), YELLOW);
        }
        for (detail_type, code) in &run.refused {
            drawing.line(format!("{next}· {detail_type} refused: {code}"), YELLOW);
        }
        if let Some((condition, destination)) = run.given_up {
            let kept = match destination {
                Some(queue) => format!("kept in {}", name_of(queue)),
                None => "lost: the function has no failure destination".to_owned(),
            };
            drawing.line(format!("{next}given up: {condition}, {kept}"), RED);
        }
        if drawing.logs {
            for line in &run.logs {
                drawing.line(format!("{next}· {}", log::line(line)), DIM);
            }
        }
        let emitted = run
            .emitted
            .iter()
            .filter_map(|place| self.events.get(*place));
        let emitted: Vec<_> = emitted
            .filter(|event| {
                part.is_none_or(|part| self.cause(part.batch, event) == Some(part.message))
            })
            .collect();
        for (index, event) in emitted.iter().enumerate() {
            let (branch, after) = branches(&next, index + 1 == emitted.len());
            self.event_lines(event, &branch, &after, drawing);
        }
    }
}

impl Drawing {
    fn line(&mut self, text: String, style: &'static str) {
        self.lines.push(Line {
            text,
            right: String::new(),
            style,
        });
    }

    /// Joins the lines, with the texts of their right edges in one column.
    fn aligned(self, color: bool) -> String {
        let with_right = self.lines.iter().filter(|line| !line.right.is_empty());
        // Characters, not bytes: the branches before a text take more bytes than columns.
        let widest = with_right.map(|line| line.text.chars().count()).max();
        let widest = widest.unwrap_or_default();
        let mut out = String::new();
        for line in self.lines {
            let pad = if line.right.is_empty() {
                0
            } else {
                widest + 2 - line.text.chars().count()
            };
            let (on, off) = if color && !line.style.is_empty() {
                (line.style, RESET)
            } else {
                ("", "")
            };
            let text = line.text;
            let _ = writeln!(out, "{on}{text}{off}{}{}", " ".repeat(pad), line.right);
        }
        out
    }
}

/// Returns the text before a child, and the text before the lines below that child.
fn branches(below: &str, is_last: bool) -> (String, String) {
    if is_last {
        (format!("{below}└─ "), format!("{below}   "))
    } else {
        (format!("{below}├─ "), format!("{below}│  "))
    }
}

fn attempt_line(
    lead: &str,
    function: &str,
    index: usize,
    attempt: &Attempt<'_>,
    part: Option<&Part<'_>>,
) -> Line {
    let index = part.map_or(index, |part| part.receive);
    let again = if index == 0 {
        String::new()
    } else {
        format!(" (retry {index})")
    };
    let has_failed =
        attempt.is_given_up || part.is_some_and(|part| part.batch.failed.contains(part.message));
    let (outcome, style) = match (attempt.failure, attempt.duration_us) {
        (Some(failure), _) => (format!("failed: {failure}"), RED),
        (None, Some(_)) if has_failed => ("failed".to_owned(), RED),
        (None, Some(_)) => ("ok".to_owned(), GREEN),
        (None, None) => ("running".to_owned(), ""),
    };
    let size = part.map_or(1, |part| part.batch.messages.len());
    let outcome = match size {
        0 | 1 => outcome,
        size => format!("{outcome}  in a batch of {size}"),
    };
    let start = if attempt.cold { "cold" } else { "warm" };
    let right = attempt.duration_us.map(|duration_us| {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds for a person")]
        let duration = duration_us as f64 / 1_000.0;
        format!("{start}  {duration:>8.1} ms")
    });
    Line {
        text: format!("{lead}{function}{again}  {outcome}"),
        right: right.unwrap_or_default(),
        style,
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// Returns the name in an ARN.
fn name_of(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |arn| arn.name())
}

/// Names faults, those of one kind in a row once.
fn counted(faults: &[FaultKind]) -> impl Iterator<Item = String> {
    faults.chunk_by(|a, b| a == b).map(|equal| match equal {
        [one] => one.name().to_owned(),
        several => format!("{} ({} times)", several[0].name(), several.len()),
    })
}
