//! Plans the runs of rules with a schedule, and fires them.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use eventbridge::put_events;
use jiff::Timestamp;

use crate::agenda::Due;
use crate::control::Rule;
use crate::event::BusEvent;
use crate::kept_work::FIRED;
use crate::local_bus::LocalBus;
use crate::trace::Step;

/// The number of a schedule's runs that are worked out at a time.
const RUNS: usize = 256;

impl LocalBus {
    /// Plans schedules again after rules have changed. In virtual time they are planned just before time passes.
    pub(crate) fn replan(&self) {
        if !self.is_virtual() {
            self.plan_schedules();
        }
    }

    /// Puts the next run of every schedule on the agenda, and takes off what was planned before.
    pub(crate) fn plan_schedules(&self) {
        self.clock
            .retain(|due| !matches!(due, Due::Schedule { .. }));
        let rules = self.control().scheduled_rules();
        // `next_runs` leaves out its own instant, and a run that is due right now has to fire, but not twice.
        let now = self.clock.now();
        let before = now - jiff::SignedDuration::from_nanos(1);
        for rule in rules.iter().filter(|rule| rule.enabled) {
            let after = match self.fired().get(&rule.arn) {
                Some(fired) if *fired == now => now,
                _ => before,
            };
            self.plan(rule, after);
        }
    }

    /// Puts the next run of a rule's schedule on the agenda.
    fn plan(&self, rule: &Rule, after: Timestamp) {
        let runs: Arc<[Timestamp]> = rule.next_runs(after, RUNS).into();
        self.plan_run(Arc::clone(&rule.arn), runs, 0);
    }

    fn plan_run(&self, rule: Arc<str>, runs: Arc<[Timestamp]>, index: usize) {
        if let Some(at) = runs.get(index).copied() {
            self.clock.schedule(at, Due::Schedule { rule, runs, index });
        }
    }

    /// Fires a rule, if it is still there, and plans its next run.
    pub(crate) fn schedule_due(
        self: &Arc<Self>,
        arn: Arc<str>,
        runs: Arc<[Timestamp]>,
        index: usize,
    ) {
        // Looked up again: the rule may have changed since this run was planned.
        let rule = self.control().rule_by_arn(&arn);
        let Some(rule) = rule.filter(|rule| rule.enabled) else {
            return;
        };
        let mut is_done = false;
        match runs.last() {
            // From the last run, not from now: real time may have passed the next run already.
            Some(last) if index + 1 == runs.len() => {
                self.plan(&rule, *last);
                is_done = rule.next_runs(*last, 1).is_empty();
            }
            _ => self.plan_run(arn, runs, index + 1),
        }
        self.fire(&rule);
        // Last: its event is kept before it goes.
        if is_done {
            self.control().schedule_is_done(&rule.arn);
        }
    }

    /// Lets each schedule that was due while no bus ran happen once, now. `alive` is the last instant at which one did.
    pub(crate) fn catch_up(self: &Arc<Self>, alive: Option<Timestamp>) {
        let Some(alive) = alive.and_then(|alive| alive.checked_add(self.clock.ahead()).ok()) else {
            return;
        };
        let now = self.clock.now();
        let rules = self.control().scheduled_rules();
        for rule in rules.iter().filter(|rule| rule.enabled) {
            let fired = self.fired().get(&rule.arn).copied();
            let since = alive.max(rule.made).max(fired.unwrap_or(alive));
            let missed = rule.next_runs(since, 1).first().copied();
            if missed.is_none_or(|missed| missed > now) {
                continue;
            }
            self.note(format!(
                "{} was due while no bus ran, and runs now",
                rule.arn
            ));
            self.fire(rule);
            if rule.next_runs(now, 1).is_empty() {
                self.control().schedule_is_done(&rule.arn);
            }
        }
    }

    /// Makes a schedule's event, and sends it to the rule's targets.
    fn fire(self: &Arc<Self>, rule: &Arc<Rule>) {
        self.fired().insert(Arc::clone(&rule.arn), self.clock.now());
        let envelope = Envelope::scheduled(
            self.new_id().to_string(),
            self.account.clone(),
            self.region.clone(),
            put_events::seconds(self.clock.now()),
            rule.arn.to_string(),
        );
        let event = Arc::new(BusEvent::new(&envelope, Arc::clone(&rule.bus), 0));
        self.record(Step::ScheduleFired {
            event: Arc::clone(&event.id),
            rule: Arc::clone(&rule.name),
            envelope: Arc::clone(&event.json),
        });
        // Straight to the rule's own targets: other rules do not get to match a schedule's event.
        self.send_to_targets(&event, rule);
        self.store.put(&[FIRED, &rule.arn], &self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::config::{Config, Rule as GivenRule, RuleSource, Wiring};
    use crate::wiring;

    /// A bus on which a rule ticks every hour, from the beginning of 2026 on.
    fn hourly() -> Arc<LocalBus> {
        let begin = "2026-01-01T00:00:00Z".parse().unwrap();
        let every_hour = RuleSource::Schedule {
            expression: "rate(1 hour)".to_owned(),
            timezone: "UTC".to_owned(),
            dialect: eventbridge::Dialect::Rule,
            lifetime: eventbridge::schedule::Lifetime::default(),
        };
        let wiring = Wiring {
            rules: vec![GivenRule::new("tick", every_hour, Vec::new())],
            ..Wiring::new("1", "r")
        };
        let config = Config::new(Time::Virtual(begin), wiring.clone());
        let bus = Arc::new(LocalBus::new(config, String::new()).unwrap());
        wiring::install(&bus, &wiring).unwrap();
        bus
    }

    #[test]
    fn what_was_due_while_no_bus_ran_runs_once() {
        let at = |time: &str| -> Timestamp { format!("2026-01-01T{time}Z").parse().unwrap() };
        let fired = |alive: Option<&str>, last: Option<&str>, now: &str| {
            let bus = hourly();
            let arn = "arn:aws:events:r:1:rule/tick";
            bus.fired().extend(last.map(|last| (arn.into(), at(last))));
            bus.clock.move_to(at(now));
            bus.catch_up(alive.map(at));
            let count = bus.journal.since(0).len();
            assert_eq!(count, bus.take_notes().len());
            count
        };
        assert_eq!(fired(Some("00:10:00"), None, "05:30:00"), 1);
        assert_eq!(fired(Some("00:10:00"), None, "00:59:59"), 0);
        assert_eq!(fired(Some("01:00:00"), None, "01:59:00"), 0);
        // It had fired, and then the bus was killed before it wrote anything else.
        assert_eq!(fired(Some("00:59:59"), Some("01:00:00"), "01:30:00"), 0);
        // A folder that is new.
        assert_eq!(fired(None, None, "05:30:00"), 0);
    }
}
