//! Plans the runs of rules with a schedule, and fires them.

use std::sync::Arc;

use eventbridge::envelope::Envelope;
use eventbridge::put_events;
use jiff::Timestamp;

use crate::agenda::Due;
use crate::control::Rule;
use crate::event::BusEvent;
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
        match runs.last() {
            // From the last run, not from now: real time may have passed the next run already.
            Some(last) if index + 1 == runs.len() => {
                self.plan(&rule, *last);
                if rule.next_runs(*last, 1).is_empty() {
                    self.control().schedule_is_done(&rule.arn);
                }
            }
            _ => self.plan_run(arn, runs, index + 1),
        }
        self.fire(&rule);
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
    }
}
