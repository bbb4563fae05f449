//! Several pipelines on one bus.

use std::collections::BTreeSet;

use anyhow::ensure;
use emulator::Wiring;
use pipeline::Pipeline;
use pipeline::model::Work;
use pipeline::resources::Resources;

use super::{ENVIRONMENT, function_name};

/// Puts what several pipelines come to on one bus: each has its own event bus, rules, functions and queues there.
///
/// # Errors
/// Names that clash on AWS, too.
pub(crate) fn together(parts: Vec<(&Pipeline, Wiring)>) -> anyhow::Result<Option<Wiring>> {
    let mut before: Vec<(&Pipeline, Names)> = Vec::new();
    let mut all: Option<Wiring> = None;
    for (pipeline, wiring) in parts {
        let names = Names::of(pipeline, &wiring);
        for (other, taken) in &before {
            refuse_clash((other, taken), (pipeline, &names))?;
        }
        before.push((pipeline, names));
        let Some(all) = &mut all else {
            all = Some(wiring);
            continue;
        };
        all.rules.extend(wiring.rules);
        all.mappings.extend(wiring.mappings);
        for (name, function) in wiring.functions {
            // A function that exists already may be a job of both.
            all.functions.entry(name).or_insert(function);
        }
        for queue in wiring.queues {
            if !all.queues.iter().any(|made| made.name == queue.name) {
                all.queues.push(queue);
            }
        }
    }
    Ok(all)
}

/// What a pipeline makes, by the words for it and the name.
struct Names(BTreeSet<(&'static str, String)>);

impl Names {
    fn of(pipeline: &Pipeline, wiring: &Wiring) -> Self {
        let mut names = BTreeSet::new();
        if pipeline.bus.is_made() {
            names.insert(("bus", pipeline.bus.name_in(ENVIRONMENT)));
        }
        for rule in &wiring.rules {
            names.insert(("rule", format!("{}/{}", rule.bus, rule.name)));
        }
        for job in pipeline.job_refs() {
            if matches!(job.job.work, Work::Function(_)) {
                names.insert(("function", function_name(job)));
            }
        }
        for job in &Resources::new(pipeline).jobs {
            let queues = job
                .queues()
                .map(|queue| queue.name.in_environment(ENVIRONMENT));
            names.extend(queues.map(|name| ("queue", name)));
        }
        Self(names)
    }
}

fn refuse_clash(
    (one, taken): (&Pipeline, &Names),
    (other, names): (&Pipeline, &Names),
) -> anyhow::Result<()> {
    let (one, other) = (&one.name.value, &other.name.value);
    ensure!(
        one != other,
        "two of the specs are the pipeline `{one}`: name each once"
    );
    if let Some((kind, name)) = taken.0.intersection(&names.0).next() {
        anyhow::bail!(
            "the pipelines `{one}` and `{other}` would both make the {kind} `{name}`, on AWS too: rename one of them"
        );
    }
    Ok(())
}
