//! The state of EventBridge on the running bus: buses, rules, targets, archives, replays and tags. It checks requests
//! as EventBridge does.

mod archive;
mod bus;
mod connection;
mod kept;
mod name;
mod rule;
mod rule_kept;
mod schedule;
mod source;
mod tracked;

use std::collections::BTreeMap;
use std::sync::Arc;

use eventbridge::arn::{Arn, DEFAULT_BUS};
use eventbridge::pattern::Event;
use jiff::Timestamp;
use serde_json::Value;

use crate::refusal::{Answer, Refusal};
use crate::state::{Key, Store};
use crate::subject::SubjectPath;

pub(crate) use archive::{Archive, Replay};
pub(crate) use bus::{Bus, Matching};
pub(crate) use connection::{Connection, Destination, name_in};
pub(crate) use kept::{Control, KeptSchedule, SCHEDULE};
pub(crate) use name::{check_length, check_name};
pub(crate) use rule::{
    Input, Reach, Rule, Target, Timetable, listed, pattern, read_input, read_retry,
};
pub(crate) use rule_kept::{KeptRule, merge_rules};
pub(crate) use schedule::{DEFAULT_GROUP, Group, Schedule};
pub(crate) use source::{MoveTask, Source};
pub(crate) use tracked::Tracked;

/// The longest names of a bus and of a rule, in characters.
pub(crate) const BUS_NAME: usize = 256;
pub(crate) const RULE_NAME: usize = 64;

/// The longest description of a bus, a rule or an archive, in characters.
pub(crate) const DESCRIPTION: usize = 512;

/// The most bytes of events in all archives.
pub(crate) const ARCHIVE_BYTES: usize = 64 << 20;

/// The state of EventBridge in one account and region.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    region: String,
    account: String,
    /// The path to the subject in the details of the pipeline's events.
    pub(crate) subject: Arc<SubjectPath>,
    pub(crate) buses: Tracked<Arc<str>, Bus>,
    pub(crate) archives: Tracked<String, Archive>,
    pub(crate) replays: Tracked<String, Replay>,
    pub(crate) connections: Tracked<String, Connection>,
    pub(crate) destinations: Tracked<String, Destination>,
    /// The schedules of EventBridge Scheduler that were made over its API, by group and name.
    pub(crate) schedules: Tracked<(String, String), Schedule>,
    pub(crate) groups: Tracked<String, Group>,
    /// The statements of functions' policies, by the function's ARN with its qualifier. Nobody checks them.
    pub(crate) function_policies: Tracked<String, Vec<Value>>,
    /// The event source mappings, by their ids.
    pub(crate) sources: Tracked<String, Source>,
    /// The message move tasks, the last one first.
    pub(crate) move_tasks: Vec<MoveTask>,
    /// Tags by ARN.
    pub(crate) tags: Tracked<String, BTreeMap<String, String>>,
    /// The archived events that were dropped to make room.
    dropped: u64,
    /// What was kept of all this the last time.
    kept: BTreeMap<Key, String>,
    /// Whether it has begun anew since then, so that what was kept may have gone.
    is_anew: bool,
}

impl ControlPlane {
    /// Makes an account that has only the default bus.
    pub(crate) fn new(region: &str, account: &str, now: Timestamp) -> Self {
        let mut control = Self {
            region: region.to_owned(),
            account: account.to_owned(),
            subject: Arc::default(),
            buses: Tracked::default(),
            archives: Tracked::default(),
            replays: Tracked::default(),
            connections: Tracked::default(),
            destinations: Tracked::default(),
            schedules: Tracked::default(),
            groups: Tracked::default(),
            function_policies: Tracked::default(),
            sources: Tracked::default(),
            move_tasks: Vec::new(),
            tags: Tracked::default(),
            dropped: 0,
            kept: BTreeMap::new(),
            is_anew: false,
        };
        control.add_bus(DEFAULT_BUS, now);
        control.add_group(DEFAULT_GROUP, now);
        control
    }

    /// Forgets everything but the default bus and the path to the subject.
    pub(crate) fn reset(&mut self, now: Timestamp) {
        let subject = Arc::clone(&self.subject);
        let kept = std::mem::take(&mut self.kept);
        *self = Self::new(&self.region, &self.account, now);
        (self.subject, self.kept, self.is_anew) = (subject, kept, true);
    }

    fn add_bus(&mut self, name: &str, now: Timestamp) {
        let arn = self.arn(&format!("event-bus/{name}"));
        self.buses.insert(name.into(), Bus::new(name, arn, now));
    }

    pub(crate) fn add_group(&mut self, name: &str, now: Timestamp) -> String {
        let arn = self.arn_of("scheduler", &format!("schedule-group/{name}"));
        let group = Group {
            arn: arn.clone(),
            created: now,
        };
        self.groups.insert(name.to_owned(), group);
        arn
    }

    /// Returns the ARN of a resource of a service.
    pub(crate) fn arn_of(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }

    /// Returns the ARN of one of EventBridge's resources.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:events:{}:{}:{resource}", self.region, self.account)
    }

    /// Returns a rule's ARN. It does not name the bus if that is the default bus.
    pub(crate) fn rule_arn(&self, bus: &str, name: &str) -> String {
        rule_arn(&self.region, &self.account, bus, name)
    }

    pub(crate) fn has_bus(&self, name: &str) -> bool {
        self.buses.contains_key(name)
    }

    /// Finds a bus by its name or ARN, or the default bus if neither is given.
    pub(crate) fn bus(&self, given: Option<&str>) -> Answer<&Bus> {
        let name = bus_name(given);
        self.buses.get(name).ok_or_else(|| no_bus(name))
    }

    pub(crate) fn bus_mut(&mut self, given: Option<&str>) -> Answer<&mut Bus> {
        let name = bus_name(given);
        self.buses.get_mut(name).ok_or_else(|| no_bus(name))
    }

    /// Makes a bus, unless there is one of that name.
    pub(crate) fn create_bus(&mut self, name: &str, now: Timestamp) -> Answer<&mut Bus> {
        check_name("name", name, BUS_NAME)?;
        if self.has_bus(name) {
            return Err(Refusal::exists(format!("Event bus {name} already exists.")));
        }
        self.add_bus(name, now);
        self.bus_mut(Some(name))
    }

    /// Finds an API destination by its ARN.
    pub(crate) fn destination_mut(&mut self, arn: &str) -> Option<&mut Destination> {
        let found = self.destinations.get_mut(name_in(arn)?);
        found.filter(|found| found.arn == arn)
    }

    /// Finds a connection by its ARN.
    pub(crate) fn connection_mut(&mut self, arn: &str) -> Option<&mut Connection> {
        let found = self.connections.get_mut(name_in(arn)?);
        found.filter(|found| found.arn == arn)
    }

    /// Removes a bus, if it is there and without rules.
    pub(crate) fn delete_bus(&mut self, name: &str) -> Answer<()> {
        if name == DEFAULT_BUS {
            return Err(Refusal::validation("Cannot delete event bus default."));
        }
        let has_rules = self
            .buses
            .get(name)
            .is_some_and(|bus| bus.rules().next().is_some());
        if has_rules {
            return Err(Refusal::validation(
                "Event bus can't be deleted since it has rules.",
            ));
        }
        if let Some(bus) = self.buses.remove(name) {
            self.tags.remove(&bus.arn);
        }
        Ok(())
    }

    /// Finds a rule by its bus and name.
    pub(crate) fn rule(&self, bus: Option<&str>, name: &str) -> Answer<&Arc<Rule>> {
        let bus = self.bus(bus)?;
        bus.rule(name).ok_or_else(|| no_rule(name, &bus.name))
    }

    /// Makes a rule, or replaces the one of its name. A rule without targets takes over those of the one it replaces.
    pub(crate) fn put_rule(&mut self, mut rule: Rule) -> Answer<Arc<str>> {
        check_name("name", &rule.name, RULE_NAME)?;
        if rule.pattern.is_none() && rule.schedule.is_none() {
            return Err(Refusal::validation(
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ));
        }
        if rule.schedule.is_some() && &*rule.bus != DEFAULT_BUS {
            return Err(Refusal::validation(
                "ScheduleExpression is supported only on the default event bus.",
            ));
        }
        let bus = self.bus_mut(Some(&rule.bus.clone()))?;
        // PutRule has no targets in its request. On AWS a rule that is put again keeps those that it has.
        if let Some(old) = bus.rule(&rule.name) {
            if rule.targets.is_empty() {
                rule.targets.clone_from(&old.targets);
            }
            // A rate goes on counting, whatever else of its rule has changed.
            if rule.has_schedule_of(old) {
                rule.made = old.made;
            }
        }
        let arn = Arc::clone(&rule.arn);
        bus.put(rule);
        Ok(arn)
    }

    /// Enables or disables a rule.
    pub(crate) fn set_enabled(
        &mut self,
        bus: Option<&str>,
        name: &str,
        enabled: bool,
    ) -> Answer<()> {
        let rule = Rule::clone(self.rule(bus, name)?);
        self.bus_mut(bus)?.put(Rule { enabled, ..rule });
        Ok(())
    }

    /// Removes a rule, if it is there and without targets.
    pub(crate) fn delete_rule(&mut self, bus: Option<&str>, name: &str) -> Answer<()> {
        let bus = self.bus_mut(bus)?;
        if bus.rule(name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(Refusal::validation(
                "Rule can't be deleted since it has targets.",
            ));
        }
        if let Some(rule) = bus.remove(name) {
            self.tags.remove(&*rule.arn);
        }
        Ok(())
    }

    /// Adds targets to a rule. They replace those with the same ids.
    pub(crate) fn put_targets(
        &mut self,
        bus: Option<&str>,
        name: &str,
        targets: Vec<Target>,
    ) -> Answer<()> {
        let rule = self.rule(bus, name)?.with_targets(targets)?;
        self.bus_mut(bus)?.put(rule);
        Ok(())
    }

    /// Removes targets from a rule, and returns the ids of those that were not there.
    pub(crate) fn remove_targets(
        &mut self,
        bus: Option<&str>,
        name: &str,
        ids: &[String],
    ) -> Answer<Vec<String>> {
        let mut rule = Rule::clone(self.rule(bus, name)?);
        let has = |id: &String| rule.targets.iter().any(|target| &*target.id == id.as_str());
        let missing = ids.iter().filter(|id| !has(id)).cloned().collect();
        rule.targets
            .retain(|target| !ids.iter().any(|id| &*target.id == id.as_str()));
        self.bus_mut(bus)?.put(rule);
        Ok(missing)
    }

    /// Returns the rules of a bus that match an event.
    pub(crate) fn matching(&mut self, bus: &str, event: &str) -> Matching {
        let bus = self.buses.get_mut_in_passing(bus);
        bus.map(|bus| bus.matching(event)).unwrap_or_default()
    }

    /// Returns the rules of a bus, sorted by name.
    pub(crate) fn rules(&self, bus: &str) -> Vec<Arc<Rule>> {
        let bus = self.buses.get(bus);
        bus.map(|bus| bus.rules().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns every rule with a schedule.
    pub(crate) fn scheduled_rules(&self) -> Vec<Arc<Rule>> {
        let rules = self.buses.values().flat_map(Bus::rules);
        let rules = rules.filter(|rule| rule.schedule.is_some());
        let schedules = self.schedules.values().map(|schedule| &schedule.rule);
        rules.chain(schedules).cloned().collect()
    }

    /// Finds a rule by its ARN.
    pub(crate) fn rule_by_arn(&self, arn: &str) -> Option<Arc<Rule>> {
        if let Some((group, name)) = schedule::parse(arn) {
            let schedule = self.schedules.get(&(group.to_owned(), name.to_owned()));
            return schedule.map(|schedule| Arc::clone(&schedule.rule));
        }
        let rule = Arn::parse(arn).ok()?.rule()?;
        self.buses.get(rule.bus)?.rule(rule.name).cloned()
    }

    /// Removes a schedule that has had its last run, if it wants to go then.
    pub(crate) fn schedule_is_done(&mut self, arn: &str) {
        if let Some((group, name)) = schedule::parse(arn) {
            let key = (group.to_owned(), name.to_owned());
            if self.schedules.get(&key).is_some_and(|it| it.goes_when_done) {
                self.schedules.remove(&key);
            }
        }
    }

    /// Exchanges the rules of all buses.
    pub(crate) fn replace_rules(&mut self, rules: Vec<Rule>) -> Answer<()> {
        for bus in self.buses.values_mut_in_passing() {
            bus.clear();
        }
        for rule in rules {
            self.put_rule(rule)?;
        }
        Ok(())
    }

    /// Returns how many archived events were dropped to make room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Keeps an event in the archives of its bus that want it. If all archives have too much then, the largest of them
    /// loses its oldest events. Returns how many events were lost in all, if that should be told now.
    pub(crate) fn archive(
        &mut self,
        bus: &str,
        event: &Arc<str>,
        now: Timestamp,
        store: &Store,
    ) -> Option<u64> {
        let mut archives = self
            .archives
            .values_mut_in_passing()
            .filter(|archive| &*archive.bus == bus)
            .peekable();
        // Most buses have no archive, and then nobody has to parse the event.
        archives.peek()?;
        let parsed = Event::parse(event).ok()?;
        for archive in archives {
            archive.keep(event, &parsed, now, store);
        }
        let before = self.dropped;
        while self.archives.values().map(Archive::bytes).sum::<usize>() > ARCHIVE_BYTES {
            let archives = self.archives.values_mut_in_passing();
            let largest = archives.max_by_key(|archive| archive.bytes())?;
            largest.drop_oldest(store);
            self.dropped += 1;
        }
        // The first time, and then each time that it is twice as much.
        let is_news = before.checked_ilog2() < self.dropped.checked_ilog2();
        is_news.then_some(self.dropped)
    }
}

fn rule_arn(region: &str, account: &str, bus: &str, name: &str) -> String {
    let begin = format!("arn:aws:events:{region}:{account}:rule");
    match bus {
        DEFAULT_BUS => format!("{begin}/{name}"),
        bus => format!("{begin}/{bus}/{name}"),
    }
}

/// Returns the name of a bus that is given by its name or ARN. The default bus if neither is given.
pub(crate) fn bus_name(given: Option<&str>) -> &str {
    let given = given.unwrap_or(DEFAULT_BUS);
    let arn = Arn::parse(given).ok();
    arn.and_then(|arn| arn.bus_name()).unwrap_or(given)
}

fn no_bus(name: &str) -> Refusal {
    Refusal::not_found(format!("Event bus {name} does not exist."))
}

fn no_rule(name: &str, bus: &str) -> Refusal {
    Refusal::not_found(format!("Rule {name} does not exist on EventBus {bus}."))
}
