//! A type for each job, its trigger, and what it may emit.

use anyhow::bail;
use indexmap::IndexSet;
use pipeline::model::{Code, Job, TriggerKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::doc::{code, described, doc};
use super::event::Events;
use super::names::{Scope, type_name};

/// Whether the job's function is built from the workspace, and so needs types.
pub(super) fn has_package(job: &Job) -> bool {
    matches!(job.function.code, Code::Package(_))
}

/// The types of one job, for the module of the jobs.
pub(super) fn render(
    name: &str,
    job: &Job,
    events: &Events,
    scope: &mut Scope,
) -> anyhow::Result<TokenStream> {
    let ident = scope.claim(&type_name(name, "Job"), &format!("the job `{name}`"))?;
    let trigger = scope.claim(
        &format!("{ident}Trigger"),
        &format!("the trigger of the job `{name}`"),
    )?;
    let summary = doc(&format!(
        "The job {}{}",
        code(name),
        described(job.description.as_ref())
    ));
    let schedule = if starts_on_schedule(job) {
        quote!(job::Scheduled)
    } else {
        quote!(job::Unscheduled)
    };
    let triggers = render_trigger(name, job, &trigger, events)?;
    let emits = render_emits(job, &ident, events)?;
    Ok(quote! {
        #summary
        #[derive(Clone, Copy, Debug)]
        pub enum #ident {}

        impl job::Job for #ident {
            const PIPELINE: &'static str = super::PIPELINE;
            const SOURCE: &'static str = super::SOURCE;
            const NAME: &'static str = #name;
            type Trigger = #trigger;
            type Schedule = #schedule;
        }

        #triggers
        #emits
    })
}

fn starts_on_schedule(job: &Job) -> bool {
    job.triggers
        .iter()
        .any(|trigger| matches!(trigger.kind, TriggerKind::Schedule(_)))
}

/// What starts a job, as Rust sees it.
struct Variants {
    /// The types of declared events, which also name their variants.
    events: Vec<(String, Ident)>,
    /// Where a `pattern` trigger lets events of others through: the name of their variant.
    other: Option<Ident>,
}

impl Variants {
    /// Two triggers on one event are one variant, as are all `pattern` triggers.
    fn new(job: &Job, events: &Events) -> anyhow::Result<Self> {
        let mut names = IndexSet::new();
        let mut has_pattern = false;
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Event { event, .. } => {
                    names.insert(event.value.clone());
                }
                TriggerKind::Pattern(_) => has_pattern = true,
                TriggerKind::Schedule(_) => {}
            }
        }
        let typed = names.into_iter().map(|name| {
            let ident = events.type_of(&name)?.clone();
            anyhow::Ok((name, ident))
        });
        let events = typed.collect::<Result<Vec<_>, _>>()?;
        let other = format_ident!("Other");
        if let Some((name, _)) = events
            .iter()
            .find(|(_, ident)| has_pattern && *ident == other)
        {
            bail!(
                "the event `{name}` and a `pattern` trigger would both be `{other}` in Rust: rename the event"
            );
        }
        Ok(Self {
            events,
            other: has_pattern.then_some(other),
        })
    }
}

fn render_trigger(
    name: &str,
    job: &Job,
    ident: &Ident,
    events: &Events,
) -> anyhow::Result<TokenStream> {
    let Variants { events, other } = Variants::new(job, events)?;
    let summary = doc(&format!(
        "What starts the job {}, beside a schedule.",
        code(name)
    ));
    let (docs, types): (Vec<_>, Vec<_>) = events
        .iter()
        .map(|(name, ident)| (doc(&format!("The event {}.", code(name))), ident))
        .unzip();
    let other_variant = other.as_ref().map(|ident| {
        quote! {
            #[doc = " An event of others that a `pattern` trigger let through."]
            #ident(job::OtherEvent),
        }
    });
    let arrival = if events.is_empty() && other.is_none() {
        quote!(_)
    } else {
        quote!(arrival)
    };
    let rest = if let Some(ident) = &other {
        quote!(arrival.other().map(Self::#ident))
    } else {
        quote!(None)
    };
    Ok(quote! {
        #summary
        #[derive(Clone, Debug, PartialEq)]
        pub enum #ident {
            #(#docs #types(super::#types),)*
            #other_variant
        }

        impl job::Trigger for #ident {
            const EVENTS: &'static [job::EventId] = &[#(job::EventId::of::<super::#types>()),*];

            fn decode(#arrival: &job::Arrival<'_>) -> Result<Option<Self>, job::Malformed> {
                #(if arrival.is::<super::#types>() {
                    return arrival.detail().map(Self::#types).map(Some);
                })*
                Ok(#rest)
            }
        }
    })
}

fn render_emits(job: &Job, ident: &Ident, events: &Events) -> anyhow::Result<TokenStream> {
    let names: IndexSet<_> = job.emits.iter().map(|event| &event.value).collect();
    let mut tokens = TokenStream::new();
    for name in names {
        let event = events.type_of(name)?;
        tokens.extend(quote!(impl job::EmittedBy<#ident> for super::#event {}));
    }
    Ok(tokens)
}
