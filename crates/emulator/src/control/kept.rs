//! What is kept of the state of EventBridge, and how it comes back. Whoever gets at the state in order to change it makes
//! it be looked through afterwards: each thing that differs from what was kept of it is kept anew.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, MutexGuard};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::archive::{Archive, KeptArchive};
use super::rule_kept::KeptRule;
use super::{ControlPlane, Group, MoveTask, Replay, Source};
use crate::control::{Connection, Destination};
use crate::state::{Key, Store};

/// The state of EventBridge under its lock. When it is free again, what has changed is kept.
pub(crate) struct Control<'c> {
    plane: MutexGuard<'c, ControlPlane>,
    store: &'c Store,
    may_have_changed: bool,
}

impl<'c> Control<'c> {
    pub(crate) fn new(plane: MutexGuard<'c, ControlPlane>, store: &'c Store) -> Self {
        Self {
            plane,
            store,
            may_have_changed: false,
        }
    }

    /// Gets at the state for what is not kept, or is kept by itself: buffers, turns and archived events.
    pub(crate) fn in_passing(&mut self) -> &mut ControlPlane {
        &mut self.plane
    }
}

impl Deref for Control<'_> {
    type Target = ControlPlane;

    fn deref(&self) -> &ControlPlane {
        &self.plane
    }
}

impl DerefMut for Control<'_> {
    fn deref_mut(&mut self) -> &mut ControlPlane {
        self.may_have_changed = true;
        &mut self.plane
    }
}

impl Drop for Control<'_> {
    fn drop(&mut self) {
        if self.may_have_changed && self.store.is_open() {
            self.plane.keep(self.store);
        }
    }
}

/// A bus without its rules.
#[derive(Debug, Serialize, Deserialize)]
struct KeptBus {
    description: Option<String>,
    created: Timestamp,
    modified: Timestamp,
    policy: Vec<Value>,
    others: Map<String, Value>,
}

/// A schedule of EventBridge Scheduler: what `GetSchedule` returns, and its times.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptSchedule {
    pub(crate) members: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) made: Timestamp,
}

/// The kinds of keys, of which that of schedules is adopted by who reads their requests.
pub(crate) const ARCHIVED: &str = "archived";
const ARCHIVE: &str = "archive";
const BUS: &str = "bus";
const CONNECTION: &str = "connection";
const DESTINATION: &str = "destination";
const GROUP: &str = "group";
const MOVE_TASKS: &str = "move-tasks";
const POLICY: &str = "policy";
const REPLAY: &str = "replay";
const RULE: &str = "rule";
pub(crate) const SCHEDULE: &str = "schedule";
const SOURCE: &str = "source";
const TAGS: &str = "tags";

/// Collects what is to be kept.
#[derive(Default)]
struct Records(BTreeMap<Key, String>);

impl Records {
    fn add(&mut self, key: &[&str], value: &impl Serialize) {
        if let Ok(value) = serde_json::to_string(value) {
            self.0.insert(Key::new(key), value);
        }
    }
}

impl ControlPlane {
    /// Keeps what differs from what was kept of it. What is new comes first.
    fn keep(&mut self, store: &Store) {
        let now = self.records();
        for (key, value) in &now {
            if self.kept.get(key) != Some(value) {
                store.put_json(key.clone(), value.clone());
            }
        }
        let gone: Vec<&Key> = self
            .kept
            .keys()
            .filter(|key| !now.contains_key(key))
            .collect();
        for key in gone {
            store.remove_key(key.clone());
            if let [kind, name] = key.parts().as_slice()
                && kind == ARCHIVE
            {
                store.remove_below(&[ARCHIVED, name]);
            }
        }
        self.kept = now;
    }

    /// Notes that something is kept already.
    pub(crate) fn note_kept(&mut self, key: &[&str], value: &str) {
        // Archived events are kept by themselves.
        if key[0] != ARCHIVED {
            self.kept.insert(Key::new(key), value.to_owned());
        }
    }

    /// Forgets what is kept, as everything kept is gone.
    pub(crate) fn forget_kept(&mut self) {
        self.kept.clear();
    }

    fn records(&self) -> BTreeMap<Key, String> {
        let Self {
            region: _,
            account: _,
            subject: _,
            dropped: _,
            kept: _,
            buses,
            archives,
            replays,
            connections,
            destinations,
            schedules,
            groups,
            function_policies,
            sources,
            move_tasks,
            tags,
        } = self;
        let mut records = Records::default();
        for (name, bus) in buses {
            let kept = KeptBus {
                description: bus.description.clone(),
                created: bus.created,
                modified: bus.modified,
                policy: bus.policy.clone(),
                others: bus.others.clone(),
            };
            records.add(&[BUS, name], &kept);
            for rule in bus.rules() {
                records.add(&[RULE, &rule.arn], &KeptRule::of(rule));
            }
        }
        for (name, archive) in archives {
            records.add(&[ARCHIVE, name], &archive.without_events());
        }
        for (name, replay) in replays {
            records.add(&[REPLAY, name], replay);
        }
        for (name, connection) in connections {
            records.add(&[CONNECTION, name], connection);
        }
        for (name, destination) in destinations {
            records.add(&[DESTINATION, name], destination);
        }
        for ((group, name), schedule) in schedules {
            let kept = KeptSchedule {
                members: schedule.members.clone(),
                created: schedule.created,
                modified: schedule.modified,
                made: schedule.rule.made,
            };
            records.add(&[SCHEDULE, group, name], &kept);
        }
        for (name, group) in groups {
            records.add(&[GROUP, name], group);
        }
        for (arn, policy) in function_policies {
            records.add(&[POLICY, arn], policy);
        }
        for (id, source) in sources {
            records.add(&[SOURCE, id], source);
        }
        if !move_tasks.is_empty() {
            records.add(&[MOVE_TASKS], move_tasks);
        }
        for (arn, tags) in tags {
            records.add(&[TAGS, arn], tags);
        }
        records.0
    }

    /// Adopts what an earlier bus kept. Returns whether it is of this layer, or why it does not fit. What a rule or an
    /// archive needs comes before it, as it did when it was kept.
    pub(crate) fn adopt(&mut self, key: &[&str], value: &str) -> anyhow::Result<bool> {
        match key {
            [BUS, name] => {
                let KeptBus {
                    description,
                    created,
                    modified,
                    policy,
                    others,
                } = read(value)?;
                if !self.has_bus(name) {
                    self.create_bus(name, created)?;
                }
                let bus = self.bus_mut(Some(name))?;
                (bus.description, bus.created, bus.modified) = (description, created, modified);
                (bus.policy, bus.others) = (policy, others);
            }
            [RULE, _] => {
                let rule = read::<KeptRule>(value)?.into_rule(None)?;
                if !self.has_bus(&rule.bus) {
                    self.create_bus(&rule.bus, rule.made)?;
                }
                self.put_rule(rule)?;
            }
            [ARCHIVE, name] => {
                let archive = read::<KeptArchive>(value)?.into_archive()?;
                self.archives.insert((*name).to_owned(), archive);
            }
            [ARCHIVED, name, number] => {
                let (at, event): (Timestamp, Arc<str>) = read(value)?;
                let archive = self.archives.get_mut(*name);
                let archive =
                    archive.ok_or_else(|| anyhow::anyhow!("there is no archive {name}"))?;
                archive.adopt(number.parse()?, at, event);
            }
            [REPLAY, name] => {
                self.replays
                    .insert((*name).to_owned(), read::<Replay>(value)?);
            }
            [CONNECTION, name] => {
                let connection: Connection = read(value)?;
                self.connections.insert((*name).to_owned(), connection);
            }
            [DESTINATION, name] => {
                let destination: Destination = read(value)?;
                self.destinations.insert((*name).to_owned(), destination);
            }
            [GROUP, name] => {
                self.groups
                    .insert((*name).to_owned(), read::<Group>(value)?);
            }
            [POLICY, arn] => {
                self.function_policies
                    .insert((*arn).to_owned(), read(value)?);
            }
            [SOURCE, id] => {
                self.sources
                    .insert((*id).to_owned(), read::<Source>(value)?);
            }
            [MOVE_TASKS] => self.move_tasks = read::<Vec<MoveTask>>(value)?,
            [TAGS, arn] => {
                self.tags.insert((*arn).to_owned(), read(value)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn read<T: DeserializeOwned>(value: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_str(value)?)
}

impl Archive {
    /// Adopts an event. They come in the order in which they were archived.
    fn adopt(&mut self, number: u64, at: Timestamp, event: Arc<str>) {
        self.size += event.len();
        self.events
            .push_back(super::archive::Archived { number, at, event });
        self.next = self.next.max(number + 1);
    }
}
