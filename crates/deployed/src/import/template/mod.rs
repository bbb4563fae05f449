//! A CloudFormation template, as written by hand or synthesised by the CDK.

mod document;
mod functions;
mod parts;
mod resolve;
mod rest;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use super::found::{Found, Placed};
use super::note::{Kind, Note};
use crate::aws::Reading;
use crate::aws::deployed::{Deployed, Rule};
use crate::verify::DEFAULT_BUS;
use resolve::Resolver;

/// Reads a template.
///
/// # Errors
/// A file that cannot be read, or is no template.
pub(super) fn read_template(
    path: &Path,
    parameters: &[(String, String)],
) -> anyhow::Result<(Found, Deployed)> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the template {}", path.display()))?;
    read_text(&text, parameters)
        .with_context(|| format!("cannot read the template {}", path.display()))
}

fn read_text(text: &str, parameters: &[(String, String)]) -> anyhow::Result<(Found, Deployed)> {
    let template = document::parse_template(text)?;
    let Some(resources) = template["Resources"].as_object() else {
        bail!("it has no `Resources`");
    };
    let resolver = Resolver::new(&template, resources, parameters);
    let mut found = Found::default();
    for (id, resource) in resources {
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::Events::Rule" => rules::read_rule(&resolver, id, resource, &mut found),
            "AWS::Scheduler::Schedule" => rules::read_schedule(&resolver, id, resource, &mut found),
            "AWS::Lambda::Function" => {
                functions::read_function(&resolver, id, resource, &mut found);
            }
            _ => {}
        }
    }
    found.bus = bus_of(&found.rules);
    let bus = found.bus.clone();
    let (own, others): (Vec<_>, Vec<_>) = std::mem::take(&mut found.rules)
        .into_iter()
        .partition(|rule| rule.item.bus == bus || rule.item.schedule.is_some());
    found.rules = own;
    found.notes.extend(others.into_iter().map(|rule| {
        let message = format!(
            "it is on the bus {}, and the pipeline on {bus}",
            rule.item.bus
        );
        Note::left_out(rule.place, message)
            .help("a pipeline has one bus: import the other one as another pipeline")
    }));
    rest::note_the_rest(&resolver, &mut found);
    found.notes.push(
        Note::new(
            Kind::Remark,
            "import blocks",
            "are made for rules and schedules whose names the template says: other ids are CloudFormation's own",
        )
        .help("import the live bus of the stack for all of them; keep its resources when you remove the stack (`DeletionPolicy: Retain`)"),
    );
    let deployed = deployed(&found);
    Ok((found, deployed))
}

/// The bus of most patterns; the first by name of several.
fn bus_of(rules: &[Placed<Rule>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.item.pattern.is_some()) {
        *counts.entry(&rule.item.bus).or_default() += 1;
    }
    let most = counts.values().max().copied();
    let bus = counts.iter().find(|(_, count)| Some(**count) == most);
    bus.map_or(DEFAULT_BUS, |(bus, _)| bus).to_owned()
}

/// What the template says of what is deployed, instead of reading AWS.
fn deployed(found: &Found) -> Deployed {
    let on_bus = |bus: &str| {
        let rules = found.rules.iter().filter(|rule| rule.item.bus == bus);
        let rules = rules.map(|rule| rule.item.clone()).collect();
        (bus.to_owned(), Reading::Found(rules))
    };
    let mut rules = vec![on_bus(&found.bus)];
    if found.bus != DEFAULT_BUS {
        rules.push(on_bus(DEFAULT_BUS));
    }
    let schedules = found.schedules.iter();
    Deployed {
        rules,
        schedules: Reading::Found(schedules.map(|schedule| schedule.item.clone()).collect()),
        functions: BTreeMap::new(),
        mappings: BTreeMap::new(),
        queues: BTreeMap::new(),
    }
}
