//! Events, invocations and failures on the bus, line by line.

use std::collections::HashMap;
use std::sync::Arc;

use emulator::{Emulator, Follow, Record, Step};
use eventbridge::arn::Arn;

use crate::args::Format;
use crate::session::Session;

/// The lines that a person reads while the bus runs.
pub(super) struct Live {
    follow: Follow,
    from: u64,
    verbose: bool,
    /// The function of each invocation that has not ended, by its request id.
    functions: HashMap<Arc<str>, Arc<str>>,
}

/// The most records that are read at a time, and about their most bytes.
const RECORDS: usize = 1_000;
const BYTES: usize = 4 << 20;

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

impl Live {
    pub(super) fn new(bus: &Emulator, verbose: bool) -> Self {
        Self {
            follow: bus.follow(0),
            from: 0,
            verbose,
            functions: HashMap::new(),
        }
    }

    /// Waits until there is something to show.
    pub(super) async fn more(&mut self) {
        if self.follow.more().await.is_none() {
            // The trace has ended. If this returned, the loop that selects it would run without a pause.
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn show(&mut self, session: &mut Session, bus: &Emulator) -> anyhow::Result<()> {
        loop {
            // In parts: a copy of the whole trace would be as large again.
            let records = bus.trace_page(self.from, RECORDS, BYTES);
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                self.from = record.sequence + 1;
                if session.format == Format::Json {
                    session.say(serde_json::to_string(&record)?)?;
                } else if let Some(line) = self.line(&record) {
                    session.say(format_args!("{:.0}  {line}{RESET}", record.at))?;
                }
            }
        }
    }

    fn line(&mut self, record: &Record) -> Option<String> {
        Some(match &record.step {
            Step::EventReceipt {
                source,
                detail_type,
                event_type,
                subject,
                ..
            } => {
                let name = event_type
                    .clone()
                    .unwrap_or_else(|| format!("{source} / {detail_type}"));
                let subject = subject.as_deref().unwrap_or_default();
                format!("{BOLD}{name}{RESET}  {subject}")
            }
            Step::ScheduleFired { rule, .. } => format!("{BOLD}{rule}{RESET}  scheduled"),
            Step::NoStandardRulesMatched {
                nearest, no_bus, ..
            } => {
                let nearest = nearest.as_ref().map(|nearest| &nearest.reason);
                let why = no_bus.as_ref().or(nearest);
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                format!("{YELLOW}  no rule matched{why}")
            }
            Step::RuleUndecided { rule, .. } => {
                format!("{YELLOW}  undecided: {rule} asks for fields of too many arrays")
            }
            Step::LoopStopped { hops, .. } => {
                format!("{RED}  stopped: a loop of events, {hops} functions long")
            }
            Step::EntryRefused {
                detail_type,
                message,
                ..
            } => format!("{YELLOW}  {detail_type} refused: {message}"),
            Step::InvocationAttemptPermanentFailure {
                error_code,
                message,
                ..
            } => format!("{RED}  not delivered: {error_code}: {message}"),
            // Without a condition, the step above has said it.
            Step::InvocationFailure {
                error_code,
                condition: Some(_),
                ..
            } => format!("{RED}  not delivered: {error_code}"),
            Step::InvocationDlq { queue, message, .. } => match message {
                Some(_) => format!("{RED}  dead letter in {}", name_of(queue)),
                None => format!("{RED}  lost: {} took no dead letter", name_of(queue)),
            },
            Step::FunctionLog { function, line, .. } if self.verbose => {
                format!("  {function} · {line}")
            }
            step => return self.run_line(step),
        })
    }

    fn run_line(&mut self, step: &Step) -> Option<String> {
        Some(match step {
            Step::FunctionStart {
                request, function, ..
            } => {
                self.functions
                    .insert(Arc::clone(request), Arc::clone(function));
                return None;
            }
            Step::FunctionSuccess {
                request,
                duration_us,
                init_us,
            } => {
                let function = self.functions.remove(request)?;
                let start = if *init_us > 0 { ", cold" } else { "" };
                let time = milliseconds(*duration_us);
                format!("{GREEN}  {function}  ok{RESET}  {time:.1} ms{start}")
            }
            Step::FunctionError {
                request,
                failure,
                retry_at,
                ..
            } => {
                // Not removed: Lambda's retries keep the request id.
                let function = self.functions.get(request)?;
                let again = match retry_at {
                    Some(at) => format!(", again at {at:.0}"),
                    None => String::new(),
                };
                let way_out = crate::local::way_out(&failure.to_string());
                let way_out =
                    way_out.map_or(String::new(), |way_out| format!("\n  help: {way_out}"));
                format!("{RED}  {function}  failed: {failure}{again}{way_out}")
            }
            Step::FunctionThrottle { .. } => format!("{YELLOW}  throttled"),
            Step::FunctionFailure {
                request,
                condition,
                destination,
            } => {
                let function = self.functions.remove(request)?;
                let kept = match destination {
                    Some(queue) => format!("kept in {}", name_of(queue)),
                    None => "lost".to_owned(),
                };
                format!("{RED}  {function}  given up: {condition}, {kept}")
            }
            _ => return None,
        })
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    std::time::Duration::from_micros(microseconds).as_secs_f64() * 1e3
}

fn name_of(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |arn| arn.name())
}
