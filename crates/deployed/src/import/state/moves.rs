//! What becomes of the addresses of a state: each moves to that of the pipeline's module, or is forgotten.

use std::collections::BTreeMap;

use hcl::Expression;
use hcl::structure::Block;
use terraform::hcl::{Body, attribute, block, file, reference};

use super::address::Address;
use super::document::Instance;
use super::policies;
use super::resources::bus_of;
use super::{BUS, PERMISSION, QUEUE, QUEUE_POLICY, ROLE, RULE, SCHEDULE, State, TARGET};
use crate::import::blocks::{Import, address, import_block};
use crate::import::note::{Kind, Note};
use crate::verify::DEFAULT_BUS;

/// What `terraform import` would call an instance: the same on AWS is the same here.
fn import_id(instance: &Instance) -> Option<String> {
    let text = |key| instance.shown(key);
    let on_bus = |name: &str| {
        let bus = bus_of(instance).ok()?;
        Some(match bus.as_str() {
            DEFAULT_BUS => name.to_owned(),
            bus => format!("{bus}/{name}"),
        })
    };
    match instance.kind.as_str() {
        BUS | ROLE => text("name").map(str::to_owned),
        RULE => on_bus(text("name")?),
        TARGET => Some(format!("{}/{}", on_bus(text("rule")?)?, text("target_id")?)),
        SCHEDULE => {
            let group = text("group_name").unwrap_or(crate::aws::deployed::DEFAULT_GROUP);
            Some(format!("{group}/{}", text("name")?))
        }
        PERMISSION => Some(format!(
            "{}/{}",
            policies::permitted(instance)?,
            text("statement_id")?
        )),
        QUEUE => text("url").or_else(|| text("id")).map(str::to_owned),
        QUEUE_POLICY => text("queue_url").map(str::to_owned),
        _ => None,
    }
}

/// Whether it names something by its ARN of which the module says the name. The provider would replace what is moved, and
/// imports it under the name.
fn is_respelled(instance: &Instance) -> bool {
    match instance.kind.as_str() {
        RULE | TARGET => instance
            .shown("event_bus_name")
            .is_some_and(|bus| bus.starts_with("arn:")),
        PERMISSION => instance
            .shown("function_name")
            .is_some_and(|name| name.contains(':')),
        _ => false,
    }
}

fn moved(instance: &Instance, to: Expression) -> Block {
    Block::builder("moved")
        .add_attribute(attribute("from", instance.address.expression()))
        .add_attribute(attribute("to", to))
        .build()
}

/// Lets a state forget an instance. A `removed` block takes no instance, so that it moves to an address of its own before.
fn forgotten(import: &Import, instance: &Instance) -> [Block; 2] {
    forgotten_as(&import.label, instance)
}

fn forgotten_as(label: &str, instance: &Instance) -> [Block; 2] {
    let name = format!("forgotten_{label}");
    let address = || reference([instance.kind.as_str(), &name]);
    let removed = Block::builder("removed")
        .add_attribute(attribute("from", address()))
        .add_block(block("lifecycle", [("destroy", false.into())]));
    [moved(instance, address()), removed.build()]
}

impl State {
    /// The instance of each import that this state has.
    fn moved<'s, 'i>(&'s self, imports: &'i [Import]) -> Vec<(&'i Import, Option<&'s Instance>)> {
        let mut by_id = BTreeMap::new();
        for instance in &self.instances {
            if let Some(id) = import_id(instance) {
                by_id
                    .entry((instance.kind.as_str(), id))
                    .or_insert(instance);
            }
        }
        let found = |import: &Import| by_id.get(&(import.kind, import.id.clone())).copied();
        imports
            .iter()
            .map(|import| (import, found(import)))
            .collect()
    }

    /// The file that lets the pipeline's module have what this state has, in the same state.
    pub(in crate::import) fn moved_file(&self, imports: &[Import]) -> String {
        let header = [
            "Written by `codegen import`: what this state has becomes the module's with the first apply. Remove from the",
            "configuration what stands behind `from`, and keep the `moved` blocks until every environment is applied.",
        ];
        let mut blocks = Vec::new();
        for (import, found) in self.moved(imports) {
            match found {
                None => blocks.push(import_block(import)),
                // It was imported before.
                Some(found) if found.address.is_in_module("pipeline") => {}
                Some(found) if is_respelled(found) => {
                    blocks.extend(forgotten(import, found));
                    blocks.push(import_block(import));
                }
                Some(found) => blocks.push(moved(found, address(import))),
            }
        }
        let forgotten = self.left_behind(imports);
        blocks.extend(
            forgotten
                .into_iter()
                .flat_map(|(name, found)| forgotten_as(&name, found)),
        );
        file(
            &header.map(str::to_owned),
            &Body::builder().add_blocks(blocks).build(),
        )
    }

    /// The file that lets this state forget what another one takes over, without destroying it.
    pub(in crate::import) fn removed_file(&self, imports: &[Import]) -> String {
        let header = [
            "Written by `codegen import` for the root module whose state was read. Copy the file there, and remove from its",
            "configuration what stands behind `from` of `moved`: its next apply forgets that, and destroys nothing.",
        ];
        let blocks = self.moved(imports).into_iter();
        let blocks = blocks.filter_map(|(import, found)| Some(forgotten(import, found?)));
        let forgotten = self.left_behind(imports).into_iter();
        let forgotten = forgotten.map(|(name, found)| forgotten_as(&name, found));
        let blocks: Vec<Block> = blocks.chain(forgotten).flatten().collect();
        file(
            &header.map(str::to_owned),
            &Body::builder().add_blocks(blocks).build(),
        )
    }

    /// What leaves the configuration together with what is taken over, and must not be destroyed: another permission for the
    /// same rule, which the same key of a mapping makes in the same module. Each has a name for a label.
    fn left_behind(&self, imports: &[Import]) -> Vec<(String, &Instance)> {
        let moved = self.moved(imports);
        let taken: Vec<_> = moved
            .iter()
            .filter_map(|(import, found)| Some((*import, (*found)?)))
            .collect();
        let mut left = Vec::new();
        for instance in self.of_kind(PERMISSION) {
            let is_beside = |other: &Instance| {
                other.kind == instance.kind
                    && other.shown("source_arn") == instance.shown("source_arn")
                    && other.address.is_of_one_entry(&instance.address)
            };
            if taken
                .iter()
                .any(|(_, other)| other.address == instance.address)
            {
                continue;
            }
            let mut beside = taken.iter().filter(|(_, other)| is_beside(other));
            if let Some((import, _)) = beside.next() {
                left.push((format!("{}_{}", import.label, left.len() + 1), instance));
            }
        }
        left
    }

    /// What stays in the state under its address.
    pub(in crate::import) fn notes(&self, imports: &[Import]) -> Vec<Note> {
        let forgotten = self.left_behind(imports).into_iter().map(|(_, left)| {
            let why = "its module makes it with what is taken over: the state forgets it, and it stays on AWS";
            Note::left_out(left.address.to_string(), why)
                .help("remove it by hand when nothing needs it any more")
        });
        forgotten.chain(self.note_on_the_rest(imports)).collect()
    }

    fn note_on_the_rest(&self, imports: &[Import]) -> Option<Note> {
        let taken: Vec<&Address> = self
            .moved(imports)
            .into_iter()
            .filter_map(|(_, found)| Some(&found?.address))
            .collect();
        let forgotten = self.left_behind(imports);
        let taken = taken
            .into_iter()
            .chain(forgotten.iter().map(|(_, one)| &one.address));
        let taken: Vec<&Address> = taken.collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for instance in &self.instances {
            if !taken.contains(&&instance.address) && !instance.address.is_in_module("pipeline") {
                *counts.entry(&instance.kind).or_default() += 1;
            }
        }
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let message = format!(
            "what else it has stays under its address, and in its configuration: {}",
            counts.join(", ")
        );
        (!counts.is_empty()).then(|| {
            Note::new(Kind::Remark, "state", message)
                .help("remove no module or resource from the configuration that has some of it: that would destroy it")
        })
    }
}
