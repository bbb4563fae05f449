//! What is wired to what on the running bus: buses, rules, targets, archives, replays and tags, with EventBridge's
//! own checks.

mod archive;
mod bus;
mod name;
mod rule;

use std::collections::BTreeMap;
use std::sync::Arc;

use eventbridge::arn::Arn;
use eventbridge::pattern::Event;
use jiff::Timestamp;

use crate::refusal::{Answer, Refusal};
use crate::subject::SubjectPath;

pub(crate) use archive::{Archive, Replay};
pub(crate) use bus::Bus;
pub(crate) use name::{check_length, check_name};
pub(crate) use rule::{Input, Rule, Target, Timetable, listed, pattern};

/// The longest name of a bus, and of a rule.
pub(crate) const BUS_NAME: usize = 256;
pub(crate) const RULE_NAME: usize = 64;

/// The longest description of a bus, a rule or an archive, in characters.
pub(crate) const DESCRIPTION: usize = 512;

/// The name of the bus that every account has.
pub(crate) const DEFAULT: &str = "default";

/// The state of EventBridge in one account and region.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    region: String,
    account: String,
    /// Where the events of the pipeline say what they are about.
    pub(crate) subject: Arc<SubjectPath>,
    pub(crate) buses: BTreeMap<Arc<str>, Bus>,
    pub(crate) archives: BTreeMap<String, Archive>,
    pub(crate) replays: BTreeMap<String, Replay>,
    /// By the ARN of what they are on.
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
}

impl ControlPlane {
    /// An account with nothing but the default bus.
    pub(crate) fn new(region: &str, account: &str, now: Timestamp) -> Self {
        let mut control = Self {
            region: region.to_owned(),
            account: account.to_owned(),
            subject: Arc::default(),
            buses: BTreeMap::new(),
            archives: BTreeMap::new(),
            replays: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        control.add_bus(DEFAULT, now);
        control
    }

    fn add_bus(&mut self, name: &str, now: Timestamp) {
        let arn = self.arn(&format!("event-bus/{name}"));
        self.buses.insert(name.into(), Bus::new(name, arn, now));
    }

    /// The ARN of something of EventBridge.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:events:{}:{}:{resource}", self.region, self.account)
    }

    /// A rule's ARN. On the default bus it does not name the bus.
    pub(crate) fn rule_arn(&self, bus: &str, name: &str) -> String {
        match bus {
            DEFAULT => self.arn(&format!("rule/{name}")),
            bus => self.arn(&format!("rule/{bus}/{name}")),
        }
    }

    pub(crate) fn has_bus(&self, name: &str) -> bool {
        self.buses.contains_key(name)
    }

    /// A bus by its name or ARN; the default bus if neither is given.
    pub(crate) fn bus(&self, given: Option<&str>) -> Answer<&Bus> {
        let name = bus_name(given);
        self.buses.get(name).ok_or_else(|| no_bus(name))
    }

    pub(crate) fn bus_mut(&mut self, given: Option<&str>) -> Answer<&mut Bus> {
        let name = bus_name(given);
        self.buses.get_mut(name).ok_or_else(|| no_bus(name))
    }

    /// Makes a bus.
    pub(crate) fn create_bus(&mut self, name: &str, now: Timestamp) -> Answer<&mut Bus> {
        check_name("name", name, BUS_NAME)?;
        if self.has_bus(name) {
            return Err(Refusal::exists(format!("Event bus {name} already exists.")));
        }
        self.add_bus(name, now);
        self.bus_mut(Some(name))
    }

    /// Removes a bus, if it is there and without rules.
    pub(crate) fn delete_bus(&mut self, name: &str) -> Answer<()> {
        if name == DEFAULT {
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

    /// A rule of a bus.
    pub(crate) fn rule(&self, bus: Option<&str>, name: &str) -> Answer<&Arc<Rule>> {
        let bus = self.bus(bus)?;
        bus.rule(name).ok_or_else(|| no_rule(name, &bus.name))
    }

    /// Makes a rule, or puts it instead of one of its name, whose targets it keeps.
    pub(crate) fn put_rule(&mut self, mut rule: Rule) -> Answer<Arc<str>> {
        check_name("name", &rule.name, RULE_NAME)?;
        if rule.pattern.is_none() && rule.schedule.is_none() {
            return Err(Refusal::validation(
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ));
        }
        if rule.schedule.is_some() && &*rule.bus != DEFAULT {
            return Err(Refusal::validation(
                "ScheduleExpression is supported only on the default event bus.",
            ));
        }
        let bus = self.bus_mut(Some(&rule.bus.clone()))?;
        // PutRule says nothing of targets: on AWS a rule that is put again keeps those that it has.
        if let Some(old) = bus.rule(&rule.name)
            && rule.targets.is_empty()
        {
            rule.targets.clone_from(&old.targets);
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

    /// Adds targets to a rule, or puts them instead of those with the same ids.
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

    /// The rules of a bus that an event matches.
    pub(crate) fn matching(&mut self, bus: &str, event: &str) -> Vec<Arc<Rule>> {
        let bus = self.buses.get_mut(bus);
        bus.map(|bus| bus.matching(event)).unwrap_or_default()
    }

    /// The rules of a bus, by name.
    pub(crate) fn rules(&self, bus: &str) -> Vec<Arc<Rule>> {
        let bus = self.buses.get(bus);
        bus.map(|bus| bus.rules().cloned().collect())
            .unwrap_or_default()
    }

    /// Every rule with a schedule.
    pub(crate) fn scheduled_rules(&self) -> Vec<Arc<Rule>> {
        let rules = self.buses.values().flat_map(Bus::rules);
        rules
            .filter(|rule| rule.schedule.is_some())
            .cloned()
            .collect()
    }

    /// A rule by its ARN.
    pub(crate) fn rule_by_arn(&self, arn: &str) -> Option<Arc<Rule>> {
        let rule = Arn::parse(arn).ok()?.rule()?;
        self.buses.get(rule.bus)?.rule(rule.name).cloned()
    }

    /// Takes all rules off a bus.
    pub(crate) fn clear_rules(&mut self) {
        for bus in self.buses.values_mut() {
            bus.clear();
        }
    }

    /// Keeps an event in the archives of its bus that want it.
    pub(crate) fn archive(&mut self, bus: &str, event: &Arc<str>, now: Timestamp) {
        let mut archives = self
            .archives
            .values_mut()
            .filter(|archive| &*archive.bus == bus)
            .peekable();
        // Most buses have no archive, and then nobody has to parse the event.
        if archives.peek().is_none() {
            return;
        }
        let Ok(parsed) = Event::parse(event) else {
            return;
        };
        for archive in archives {
            archive.keep(event, &parsed, now);
        }
    }
}

/// The name of a bus that is given by its name or its ARN; the default bus if it is not given.
pub(crate) fn bus_name(given: Option<&str>) -> &str {
    let given = given.unwrap_or(DEFAULT);
    let arn = Arn::parse(given).ok();
    arn.and_then(|arn| arn.bus_name()).unwrap_or(given)
}

fn no_bus(name: &str) -> Refusal {
    Refusal::not_found(format!("Event bus {name} does not exist."))
}

fn no_rule(name: &str, bus: &str) -> Refusal {
    Refusal::not_found(format!("Rule {name} does not exist on EventBus {bus}."))
}
