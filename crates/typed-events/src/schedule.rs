//! A type for each schedule of a job, if one of them emits.

use pipeline::Spanned;
use pipeline::model::{Schedule, Trigger, TriggerKind};
use pipeline::resources::{JobRef, Rule, rules_of_job};
use pipeline::values::{Part, Reference};

use super::event::Events;
use super::job::render_emits;
use super::names::{Scope, type_name};
use super::rust::{Source, code, literal};

/// The schedules of a job, as Rust sees them.
pub(super) enum Schedules<'p> {
    /// It has none.
    None,
    /// None of them emits: a run does not say which of them started it.
    Silent,
    /// Its only one, which emits.
    One(Emitting<'p>),
    /// Several, with the name of their enum.
    Several(String, Vec<Emitting<'p>>),
}

/// A schedule that has a type.
pub(super) struct Emitting<'p> {
    id: &'p str,
    /// Its variant in the enum of the job's schedules.
    variant: String,
    ident: String,
    emits: &'p [Spanned<String>],
    /// The form of its rules' names, as `job::Arrival::is_by` reads it.
    rules: String,
}

impl<'p> Schedules<'p> {
    /// Claims the names of types for the schedules of a job whose own type is `ident`.
    pub(super) fn new(job: JobRef<'p>, ident: &str, scope: &mut Scope) -> anyhow::Result<Self> {
        let triggers = job.job.triggers.iter();
        let schedules = triggers.filter_map(|trigger| match &trigger.kind {
            TriggerKind::Schedule(schedule) => Some((trigger, schedule)),
            TriggerKind::Event { .. } | TriggerKind::Pattern(_) => None,
        });
        let schedules: Vec<(&Trigger, &Schedule)> = schedules.collect();
        if schedules.is_empty() {
            return Ok(Self::None);
        }
        if schedules
            .iter()
            .all(|(_, schedule)| schedule.emits.is_empty())
        {
            return Ok(Self::Silent);
        }
        let is_one = schedules.len() == 1;
        let owner = if is_one {
            None
        } else {
            let origin = format!("the schedules of the job `{}`", job.name);
            Some(scope.claim(&format!("{ident}Schedule"), &origin)?)
        };
        let rules = rules_of_job(job);
        let typed = schedules.into_iter().map(|(trigger, schedule)| {
            let id = trigger.id.value.as_str();
            let origin = format!("the schedule `{id}` of the job `{}`", job.name);
            let variant = type_name(id, "Run");
            let name = format!("{ident}{variant}");
            Ok(Emitting {
                id,
                variant,
                ident: scope.claim(&name, &origin)?,
                emits: &schedule.emits,
                rules: form(&rules, id),
            })
        });
        let mut typed = typed.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(match (owner, typed.pop()) {
            (None, Some(only)) => Self::One(only),
            (owner, last) => {
                typed.extend(last);
                Self::Several(owner.unwrap_or_default(), typed)
            }
        })
    }

    /// The type of the job's scheduled runs.
    pub(super) fn type_of_run(&self) -> String {
        match self {
            Self::None => "job::Unscheduled".to_owned(),
            Self::Silent => "job::Scheduled".to_owned(),
            Self::One(only) => format!("job::ScheduledBy<{}>", only.ident),
            Self::Several(ident, _) => ident.clone(),
        }
    }

    /// Writes the types.
    pub(super) fn render(
        &self,
        job: &str,
        events: &Events,
        source: &mut Source,
    ) -> anyhow::Result<()> {
        match self {
            Self::None | Self::Silent => Ok(()),
            Self::One(only) => only.render(job, events, source),
            Self::Several(ident, schedules) => {
                render_enum(job, ident, schedules, source);
                for schedule in schedules {
                    schedule.render(job, events, source)?;
                    source.line(&[
                        "impl job::ScheduleOf<",
                        ident,
                        "> for ",
                        &schedule.ident,
                        " {}",
                    ]);
                }
                Ok(())
            }
        }
    }
}

impl Emitting<'_> {
    fn render(&self, job: &str, events: &Events, source: &mut Source) -> anyhow::Result<()> {
        source.doc(&format!(
            "The schedule {} of the job {}.",
            code(self.id),
            code(job)
        ));
        source.line(&["#[derive(Clone, Copy, Debug)]"]);
        source.line(&["pub enum ", &self.ident, " {}"]);
        render_emits(self.emits, &self.ident, events, source)
    }
}

/// Writes the enum of a job with several schedules.
fn render_enum(job: &str, ident: &str, schedules: &[Emitting<'_>], source: &mut Source) {
    source.doc(&format!("The schedules of the job {}.", code(job)));
    source.line(&["#[derive(Debug)]"]);
    source.open(&["pub enum ", ident, " {"]);
    for schedule in schedules {
        source.doc(&format!("The schedule {}.", code(schedule.id)));
        let run = ["(job::ScheduledBy<", &schedule.ident, ">),"];
        source.line(&[&schedule.variant, run[0], run[1], run[2]]);
    }
    source.close("}");
    source.open(&["impl job::Schedule for ", ident, " {"]);
    source.line(&["const IS_SCHEDULED: bool = true;"]);
    source.line(&["type Outcome = job::ScheduleOutcome<Self>;"]);
    source.open(&["fn accept(run: job::Scheduled, arrival: &job::Arrival<'_>) -> Option<Self> {"]);
    // The longest first: where the environment is not known, a shorter one may fit the names of other rules, too.
    let mut longest_first: Vec<&Emitting<'_>> = schedules.iter().collect();
    longest_first.sort_by_key(|schedule| std::cmp::Reverse(schedule.rules.len()));
    for schedule in longest_first {
        source.open(&["if arrival.is_by(", &literal(&schedule.rules), ") {"]);
        source.line(&[
            "return Some(Self::",
            &schedule.variant,
            "(job::ScheduledBy::new(run)));",
        ]);
        source.close("}");
    }
    source.line(&["None"]);
    source.close("}");
    source.close("}");
}

/// The form of the names of a trigger's rules, as `job::Arrival::is_by` reads it.
fn form(rules: &[Rule<'_>], id: &str) -> String {
    let rules: Vec<&Rule<'_>> = rules
        .iter()
        .filter(|rule| rule.trigger.id.value == id)
        .collect();
    let Some(first) = rules.first() else {
        return String::new();
    };
    let number = if rules.len() > 1 { "{rule}" } else { "" };
    let Some(kept) = first.name.kept() else {
        let (base, ending) = (first.name.base(), first.name.ending());
        return format!("{base}{number}-{{environment}}{ending}");
    };
    let parts = kept.text.parts.iter().flatten().map(|part| match part {
        Part::Literal(text) => text.as_str(),
        Part::Reference {
            reference: Reference::Environment,
            ..
        } => "{environment}",
        Part::Reference { .. } => "*",
    });
    let text = match kept.text.parts {
        Some(_) => parts.collect(),
        None => kept.text.value.clone(),
    };
    text + number
}
