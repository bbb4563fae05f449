//! What is kept of the state of EventBridge, and how it comes back. Whoever gets at the state in order to change it makes
//! it be looked through afterwards: each thing that may have changed, and differs from what was kept of it, is kept anew.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, MutexGuard};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::archive::{Archive, KeptArchive};
use super::rule_kept::KeptRule;
use super::{Bus, ControlPlane, Group, MoveTask, Replay, Schedule, Source, rule_arn};
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
        } else if self.may_have_changed && !self.store.will_open() {
            self.plane.take_changed();
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

impl KeptBus {
    fn of(bus: &Bus) -> Self {
        Self {
            description: bus.description.clone(),
            created: bus.created,
            modified: bus.modified,
            policy: bus.policy.clone(),
            others: bus.others.clone(),
        }
    }
}

/// A schedule of EventBridge Scheduler: what `GetSchedule` returns, and its times.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptSchedule {
    pub(crate) members: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) made: Timestamp,
}

impl KeptSchedule {
    fn of(schedule: &Schedule) -> Self {
        Self {
            members: schedule.members.clone(),
            created: schedule.created,
            modified: schedule.modified,
            made: schedule.rule.made,
        }
    }
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

/// What may have changed: its keys, and what is to be kept of it, if it is still there.
#[derive(Default)]
struct Records(BTreeMap<Key, Option<String>>);

impl Records {
    fn add(&mut self, key: &[&str], value: Option<impl Serialize>) {
        // What cannot be written stays as it was kept.
        if let Ok(value) = value.map(|value| serde_json::to_string(&value)).transpose() {
            self.0.insert(Key::new(key), value);
        }
    }
}

impl ControlPlane {
    /// Keeps what differs from what was kept of it. What is new comes first.
    fn keep(&mut self, store: &Store) {
        let mut changed = self.take_changed().0;
        if std::mem::take(&mut self.is_anew) {
            for key in self.kept.keys() {
                changed.entry(key.clone()).or_insert(None);
            }
        }
        let mut gone = Vec::new();
        for (key, value) in changed {
            let Some(value) = value else {
                gone.push(key);
                continue;
            };
            if self.kept.get(&key) != Some(&value) {
                store.put_json(key.clone(), value.clone());
                self.kept.insert(key, value);
            }
        }
        for key in gone {
            if self.kept.remove(&key).is_none() {
                continue;
            }
            store.remove_key(key.clone());
            if let [kind, name] = key.parts().as_slice()
                && kind == ARCHIVE
            {
                store.remove_below(&[ARCHIVED, name]);
            }
        }
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

    /// Returns what may have changed since the last time.
    fn take_changed(&mut self) -> Records {
        let Self {
            region,
            account,
            subject: _,
            dropped: _,
            kept: _,
            is_anew: _,
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
        for bus in buses.values_mut_in_passing() {
            let on_bus = Arc::clone(&bus.name);
            for (name, rule) in bus.take_changed() {
                let arn = rule_arn(region, account, &on_bus, &name);
                records.add(&[RULE, &arn], rule.map(|rule| KeptRule::of(rule)));
            }
        }
        for (name, bus) in buses.take_changed() {
            records.add(&[BUS, &name], bus.map(KeptBus::of));
        }
        for (name, archive) in archives.take_changed() {
            let archive = archive.map(Archive::without_events);
            records.add(&[ARCHIVE, &name], archive);
        }
        for (name, replay) in replays.take_changed() {
            records.add(&[REPLAY, &name], replay);
        }
        for (name, connection) in connections.take_changed() {
            records.add(&[CONNECTION, &name], connection);
        }
        for (name, destination) in destinations.take_changed() {
            records.add(&[DESTINATION, &name], destination);
        }
        for ((group, name), schedule) in schedules.take_changed() {
            let schedule = schedule.map(KeptSchedule::of);
            records.add(&[SCHEDULE, &group, &name], schedule);
        }
        for (name, group) in groups.take_changed() {
            records.add(&[GROUP, &name], group);
        }
        for (arn, policy) in function_policies.take_changed() {
            records.add(&[POLICY, &arn], policy);
        }
        for (id, source) in sources.take_changed() {
            records.add(&[SOURCE, &id], source);
        }
        records.add(
            &[MOVE_TASKS],
            (!move_tasks.is_empty()).then_some(move_tasks),
        );
        for (arn, tags) in tags.take_changed() {
            records.add(&[TAGS, &arn], tags);
        }
        records
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::pattern;

    #[test]
    fn a_change_is_looked_at_alone_however_much_there_is() {
        let mut plane = ControlPlane::new("r", "1", Timestamp::UNIX_EPOCH);
        let rule = |name: &str| crate::control::Rule {
            name: name.into(),
            bus: "default".into(),
            arn: format!("arn:aws:events:r:1:rule/{name}").into(),
            description: None,
            role_arn: None,
            enabled: true,
            pattern: Some(pattern(r#"{"source":["s"]}"#).unwrap()),
            schedule: None,
            made: Timestamp::UNIX_EPOCH,
            targets: Vec::new(),
        };
        for number in 0..100 {
            plane.put_rule(rule(&format!("n{number}"))).unwrap();
        }
        let changed = |plane: &mut ControlPlane| -> Vec<(String, bool)> {
            let changed = plane.take_changed().0.into_iter();
            let changed = changed.map(|(key, value)| (key.parts().join(" "), value.is_some()));
            changed.filter(|(key, _)| key != MOVE_TASKS).collect()
        };
        // With the bus and the group that are always there.
        assert_eq!(changed(&mut plane).len(), 102);
        plane.set_enabled(None, "n7", false).unwrap();
        plane.delete_rule(None, "n8").unwrap();
        let arn = |name: &str| format!("rule arn:aws:events:r:1:rule/{name}");
        // A rule is changed in its bus, which is looked at, too.
        let bus = ("bus default".to_owned(), true);
        let expected = [bus, (arn("n7"), true), (arn("n8"), false)];
        assert_eq!(changed(&mut plane), expected);
        plane.reset(Timestamp::UNIX_EPOCH);
        assert!(plane.is_anew);
        assert_eq!(changed(&mut plane).len(), 2);
    }
}
