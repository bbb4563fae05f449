//! Resources that a reader of a trigger would not expect.

use crate::diagnostic::{Diagnostic, Lint, Severity::Note};
use crate::lints::CONFLICTING_KEYS;
use crate::model::{Bus, Pipeline, Schedule, TriggerBus, TriggerKind};
use crate::resources::{JobResources, POLICY_BYTES_MAX, TARGETS_PER_RULE, policy_bytes};

pub(crate) static SCHEDULE_OFF_BUS: Lint = Lint {
    id: "schedule-off-bus",
    severity: Note,
    summary: "the rule of a schedule lies on the default bus",
    explanation: "\
EventBridge has schedules on the account's `default` bus alone; on a custom bus a rule with one is refused.
So the rules of a pipeline's schedules lie on the default bus, and those of its events on the pipeline's own.
There is nothing to mend. A schedule with a `timezone` belongs to EventBridge Scheduler, and to no bus.
",
};

pub(crate) static SPLIT_RULE: Lint = Lint {
    id: "split-rule",
    severity: Note,
    summary: "the shards of a schedule are split over several rules",
    explanation: "\
A rule has at most five targets. More shards are delivered by several rules with one schedule, which
EventBridge starts within the same minute, though not at the same instant. There is nothing to mend.
",
};

pub(crate) static FOLDED_PERMISSIONS: Lint = Lint {
    id: "folded-permissions",
    severity: Note,
    summary: "one permission for all rules of a job",
    explanation: "\
A function's policy has at most 20,480 bytes, and every rule that may invoke the function is a statement of about
350 of them. If they do not fit, the generator writes one statement for all rules of the job, by a wildcard
over their names: `rule/<pipeline>-<job>-*-<environment>`, with one statement for each bus. Schedules are on
the default bus. There is nothing to mend. The names of a job `<job>-x` begin alike,
so a rule of that job may invoke the function as well, if somebody makes it a target there.
",
};

/// Finds triggers that name the bus which the pipeline makes: Terraform would not know that the rule needs it first.
pub(super) fn check_buses(pipeline: &Pipeline, environment: &str, found: &mut Vec<Diagnostic>) {
    let Bus::Custom(own) = &pipeline.bus else {
        return;
    };
    let made = pipeline.bus.name_in(environment);
    for trigger in pipeline.jobs.values().flat_map(|job| &job.triggers) {
        if let Some(TriggerBus::Existing(bus)) = &trigger.bus
            && bus.value == made
        {
            let message = format!("`{}` is the bus that the pipeline makes", bus.value);
            let diagnostic = Diagnostic::new(&CONFLICTING_KEYS, bus.span, message)
                .with_related(own.span, "made by this")
                .or_remove(bus.span)
                .with_help("leave out `bus`: the trigger waits on the pipeline's bus without it");
            found.push(diagnostic);
        }
    }
}

pub(super) fn check(pipeline: &Pipeline, jobs: &[JobResources<'_>], found: &mut Vec<Diagnostic>) {
    let schedules = pipeline.jobs.values().flat_map(|job| &job.triggers);
    let mut on_rules = schedules.filter_map(|trigger| match &trigger.kind {
        TriggerKind::Schedule(schedule) if !schedule.needs_scheduler() => Some(schedule),
        _ => None,
    });
    // EventBridge Scheduler is left out above: there each shard is a schedule of its own anyway.
    let split = |schedule: &&Schedule| schedule.shards > TARGETS_PER_RULE;
    for schedule in on_rules.clone().filter(split) {
        let rules = schedule.shards.div_ceil(TARGETS_PER_RULE);
        let message = format!("{} shards are delivered by {rules} rules", schedule.shards);
        let diagnostic = Diagnostic::new(&SPLIT_RULE, schedule.expression.span, message)
            .with_note(format!("a rule has at most {TARGETS_PER_RULE} targets"));
        found.push(diagnostic);
    }
    for JobResources { job, rules, .. } in jobs {
        let bytes = policy_bytes(*job, rules);
        // A rule whose name the spec keeps has a permission of its own in any case.
        let made = rules.iter().filter(|rule| rule.name.kept().is_none());
        let made = made.filter(|rule| rule.bus().is_some()).count();
        if bytes > POLICY_BYTES_MAX && made > 0 {
            let message = format!("one permission for the {made} rules of `{}`", job.name);
            let note = format!(
                "one for each would make a policy of {bytes} bytes, and Lambda takes {POLICY_BYTES_MAX}"
            );
            let diagnostic =
                Diagnostic::new(&FOLDED_PERMISSIONS, job.job.name_span, message).with_note(note);
            found.push(diagnostic);
        }
    }
    // One note for the whole pipeline: one for each schedule would only repeat it.
    let other = match &pipeline.bus {
        Bus::Default => None,
        Bus::Custom(bus) => Some(&bus.value),
        Bus::Existing(bus) => Some(&bus.value),
    };
    if let (Some(bus), Some(schedule)) = (other, on_rules.next()) {
        let message = format!("schedules are on the default bus, not on `{bus}`");
        let diagnostic = Diagnostic::new(&SCHEDULE_OFF_BUS, schedule.expression.span, message)
            .with_note("EventBridge has no schedules on other buses");
        found.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with(top: &str, trigger: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: s\n{top}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
        ))
    }

    #[test]
    fn what_becomes_of_a_schedule_is_said() {
        assert!(with("bus: default", "schedule: rate(1 hour), shards: 5").is_empty());
        assert_eq!(
            with("bus: default", "schedule: rate(1 hour), shards: 6"),
            ["split-rule"]
        );
        assert_eq!(
            with("bus: own", "schedule: rate(1 hour)"),
            ["schedule-off-bus"]
        );
        assert!(with("bus: own", "schedule: rate(1 hour), timezone: UTC").is_empty());
    }
}
