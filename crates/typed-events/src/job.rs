//! A type for each job, its trigger, and what it may emit.

use anyhow::bail;
use indexmap::IndexSet;
use pipeline::Spanned;
use pipeline::model::{Code, Job, TriggerKind};
use pipeline::resources::JobRef;

use super::event::Events;
use super::names::{Scope, type_name};
use super::rust::{Source, code, described, literal};
use super::schedule::Schedules;

/// Returns whether the job's function may be a program in Rust, and so needs types: one that is built from the
/// workspace, or a zip for a runtime that starts a program.
pub(super) fn is_rust(job: &Job) -> bool {
    match job.work.function().map(|function| &function.code) {
        Some(Code::Package(_)) => true,
        Some(Code::Zip(zip)) => zip.runtime.value.starts_with("provided."),
        Some(Code::Image(_)) | None => false,
    }
}

/// Writes the types of one job, into the module of the jobs.
pub(super) fn render(
    job: JobRef<'_>,
    events: &Events,
    scope: &mut Scope,
    source: &mut Source,
) -> anyhow::Result<()> {
    let reference = job;
    let JobRef { name, job, .. } = reference;
    let ident = scope.claim(&type_name(name, "Job"), &format!("the job `{name}`"))?;
    let trigger = scope.claim(
        &format!("{ident}Trigger"),
        &format!("the trigger of the job `{name}`"),
    )?;
    let schedules = Schedules::new(reference, &ident, scope)?;
    let summary = described(job.description.as_ref());
    source.doc(&format!("The job {}{summary}", code(name)));
    source.line(&["#[derive(Clone, Copy, Debug)]"]);
    source.line(&["pub enum ", &ident, " {}"]);
    source.open(&["impl job::Job for ", &ident, " {"]);
    source.line(&["const PIPELINE: &'static str = super::PIPELINE;"]);
    source.line(&["const SOURCE: &'static str = super::SOURCE;"]);
    source.line(&["const SUBJECT: Option<&'static str> = super::SUBJECT;"]);
    source.line(&["const NAME: &'static str = ", &literal(name), ";"]);
    source.line(&["type Trigger = ", &trigger, ";"]);
    source.line(&["type Schedule = ", &schedules.type_of_run(), ";"]);
    source.close("}");
    let variants = Variants::new(job, events)?;
    source.doc(&format!(
        "What starts the job {}, beside a schedule.",
        code(name)
    ));
    variants.declare(&trigger, source);
    variants.decode(&trigger, source);
    render_emits(&job.emits, &ident, events, source)?;
    schedules.render(name, events, source)
}

/// What starts a job, as Rust sees it.
struct Variants<'p> {
    /// Declared events by name, with their types, which also name their variants.
    events: Vec<(&'p str, &'p str)>,
    /// Whether a `pattern` trigger lets events of others through.
    has_other: bool,
}

/// The variant of events of others.
const OTHER: &str = "Other";

impl<'p> Variants<'p> {
    /// Two triggers on one event are one variant, as are all `pattern` triggers.
    fn new(job: &'p Job, events: &'p Events) -> anyhow::Result<Self> {
        let mut names = IndexSet::new();
        let mut has_other = false;
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Event { event, .. } => {
                    names.insert(event.value.as_str());
                }
                TriggerKind::Pattern(_) => has_other = true,
                TriggerKind::Schedule(_) => {}
            }
        }
        let typed = names
            .into_iter()
            .map(|name| Ok((name, events.type_of(name)?)));
        let events = typed.collect::<anyhow::Result<Vec<_>>>()?;
        if let Some((name, _)) = events
            .iter()
            .find(|(_, ident)| has_other && *ident == OTHER)
        {
            bail!(
                "the event `{name}` and a `pattern` trigger would both be `{OTHER}` in Rust: rename the event"
            );
        }
        Ok(Self { events, has_other })
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.has_other
    }

    /// Writes the enum.
    fn declare(&self, ident: &str, source: &mut Source) {
        source.line(&["#[derive(Clone, Debug, PartialEq)]"]);
        if self.is_empty() {
            source.line(&["pub enum ", ident, " {}"]);
            return;
        }
        source.open(&["pub enum ", ident, " {"]);
        for (name, event) in &self.events {
            source.doc(&format!("The event {}.", code(name)));
            source.line(&[event, "(super::", event, "),"]);
        }
        if self.has_other {
            source.doc("An event of others that a `pattern` trigger let through.");
            source.line(&[OTHER, "(job::OtherEvent),"]);
        }
        source.close("}");
    }

    /// Writes how the enum is read from an event that arrived.
    fn decode(&self, ident: &str, source: &mut Source) {
        source.open(&["impl job::Trigger for ", ident, " {"]);
        if self.events.is_empty() {
            source.line(&["const EVENTS: &'static [job::EventId] = &[];"]);
        } else {
            source.open(&["const EVENTS: &'static [job::EventId] = &["]);
            for (_, event) in &self.events {
                source.line(&["job::EventId::of::<super::", event, ">(),"]);
            }
            source.close("];");
        }
        // The compiler would warn, in the user's crate, of an argument that is not used.
        let arrival = if self.is_empty() { "_" } else { "arrival" };
        source.open(&[
            "fn decode(",
            arrival,
            ": &job::Arrival<'_>) -> Result<Option<Self>, job::Malformed> {",
        ]);
        for (_, event) in &self.events {
            source.open(&["if arrival.is::<super::", event, ">() {"]);
            source.line(&["return arrival.detail().map(Self::", event, ").map(Some);"]);
            source.close("}");
        }
        // Last: an event that is declared gets its own variant, even if a pattern matches it, too.
        if self.has_other {
            source.line(&["Ok(arrival.other().map(Self::", OTHER, "))"]);
        } else {
            source.line(&["Ok(None)"]);
        }
        source.close("}");
        source.close("}");
    }
}

pub(super) fn render_emits(
    emits: &[Spanned<String>],
    ident: &str,
    events: &Events,
    source: &mut Source,
) -> anyhow::Result<()> {
    // An event that is listed twice gets one implementation: two do not compile.
    let names: IndexSet<_> = emits.iter().map(|event| &event.value).collect();
    for name in names {
        let event = events.type_of(name)?;
        source.line(&["impl job::EmittedBy<", ident, "> for super::", event, " {}"]);
    }
    Ok(())
}
