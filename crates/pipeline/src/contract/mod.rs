//! Contracts: what a pipeline promises to those that use its events, in a spec or in a file of its own.

mod files;
mod read;
mod write;

pub use files::{paths, read};
pub use write::write;

use crate::Pipeline;
use crate::model::{Bus, Contract, OnBus, Reaction};
use crate::resources::{DEFAULT_BUS, Name};

/// The version of the form in which a contract is written. A change that an older reader would misunderstand raises it.
pub const VERSION: u32 = 1;

/// The key that says that a file is a contract, with its version.
pub(crate) const KIND: &str = "contract";

/// A path without detours, as [`read`] takes it.
pub fn joined(path: &str) -> String {
    crate::spec::joined("", path)
}

/// What a pipeline promises. `known` says what an event of another pipeline is on a bus.
pub(crate) fn of(pipeline: &Pipeline) -> Contract {
    let own = pipeline.events.iter();
    let own = own.filter(|(_, event)| pipeline.is_own(event));
    let mut jobs: indexmap::IndexMap<String, Reaction> = pipeline
        .jobs
        .iter()
        .map(|(name, job)| {
            let emits = job.emits.iter().filter_map(|event| {
                let declared = pipeline.events.get(&event.value)?;
                Some(OnBus::new(&event.value, declared))
            });
            let reaction = Reaction {
                starts_on: Vec::new(),
                emits: emits.collect(),
                loop_guard: job.loop_guard.clone(),
            };
            (name.clone(), reaction)
        })
        .collect();
    for (event, starts) in crate::starts(pipeline) {
        let Some(declared) = pipeline.events.get(event) else {
            continue;
        };
        for job in starts {
            if let Some(reaction) = jobs.get_mut(job) {
                let on_bus = OnBus::new(event, declared);
                if !reaction.starts_on.contains(&on_bus) {
                    reaction.starts_on.push(on_bus);
                }
            }
        }
    }
    Contract {
        pipeline: pipeline.name.value.clone(),
        source: pipeline.source.value.clone(),
        bus: bus(&pipeline.bus),
        events: own
            .map(|(name, event)| (name.clone(), event.clone()))
            .collect(),
        jobs,
    }
}

/// The name of a bus, as a spec writes it.
fn bus(bus: &Bus) -> String {
    match bus {
        Bus::Default => DEFAULT_BUS.to_owned(),
        Bus::Custom(name) => Name::new(&name.value).in_environment("${environment}"),
        Bus::Existing(name) => name.as_written(),
    }
}

#[cfg(test)]
mod tests;
