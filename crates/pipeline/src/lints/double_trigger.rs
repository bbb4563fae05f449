//! Triggers of one job that one event starts.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning};
use crate::matching::{RulePattern, Shape, Verdict};
use crate::model::{OnBus, Pipeline, Trigger};
use crate::reach::{Reach, Start};
use crate::resources::RuleBus;

pub(crate) static DOUBLE_TRIGGER: Lint = Lint {
    id: "double-trigger",
    severity: Warning,
    summary: "one event starts a job twice, or may",
    explanation: "\
Every trigger is a rule of its own, and EventBridge delivers an event once for each rule that matches. So the
job runs several times for one event.

```yaml
triggers:
  - event: user.signup
  - event: user.signup            # the first trigger already takes all of them
    id: premium
    where: { plan: [premium] }
```

Two triggers on one event are fine if each takes other values of one field:
`where: { plan: [free] }` and `where: { plan: [premium] }`. A list is no such field: one that holds both values
matches both. A field that no `detail:` declares is taken to hold one value.
",
};

pub(super) fn check(pipeline: &Pipeline, reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    check_names(pipeline, reach, found);
    for (event, starts) in reach.iter() {
        let mut by_job: IndexMap<(&str, RuleBus<'_>), Vec<&Trigger>> = IndexMap::new();
        for start in starts {
            // Events on different buses do not meet.
            let place = (start.job, start.bus);
            by_job.entry(place).or_default().push(start.trigger);
        }
        for ((job, _), triggers) in by_job {
            // Most jobs have one trigger for an event, whose pattern need not be looked at.
            if triggers.len() > 1 {
                let shape = Shape::new(pipeline, event);
                check_job(pipeline, &shape, (job, event), &triggers, found);
            }
        }
    }
}

/// Finds jobs that wait for one event under two names: as an event of a pipeline that is used, and as one that the spec
/// declares.
fn check_names(pipeline: &Pipeline, reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    for (used, event) in pipeline
        .events
        .iter()
        .filter(|(_, event)| event.used.is_some())
    {
        let on_bus = OnBus::new(used, event);
        let same = pipeline.events.iter();
        let same = same.filter(|(name, event)| *name != used && OnBus::new(name, event) == on_bus);
        for (name, _) in same {
            let starts = |event| reach.of(event).map_or(&[][..], |(_, starts)| starts);
            for start in starts(used) {
                let twin = |other: &&Start<'_>| other.job == start.job && other.bus == start.bus;
                let Some(other) = starts(name).iter().find(twin) else {
                    continue;
                };
                let message = format!(
                    "the event `{used}` may start `{}` twice: `{name}` is the same event",
                    start.job
                );
                let diagnostic = Diagnostic::new(&DOUBLE_TRIGGER, start.trigger.span, message)
                    .with_related(other.trigger.span, "this trigger may take it too")
                    .with_help("remove one of the two");
                found.push(diagnostic);
            }
        }
    }
}

fn check_job(
    pipeline: &Pipeline,
    shape: &Shape<'_>,
    (job, event): (&str, &str),
    triggers: &[&Trigger],
    found: &mut Vec<Diagnostic>,
) {
    let mut before: Vec<(&Trigger, RulePattern)> = Vec::new();
    for trigger in triggers {
        let Some(pattern) = RulePattern::new(pipeline, trigger, shape) else {
            continue;
        };
        // Two triggers with one id are a `name-collision`: one mistake, one finding.
        let other = before.iter().find(|(other, taken)| {
            other.id.value != trigger.id.value && !taken.is_disjoint(&pattern, shape)
        });
        if let Some((other, taken)) = other {
            let both_take_all =
                pattern.verdict() == Verdict::Always && taken.verdict() == Verdict::Always;
            let (starts, takes) = if both_take_all {
                ("starts", "this trigger takes it too")
            } else {
                ("may start", "this trigger may take it too")
            };
            let message = format!("the event `{event}` {starts} `{job}` twice");
            let diagnostic = Diagnostic::new(&DOUBLE_TRIGGER, trigger.span, message)
                .with_related(other.span, takes)
                .with_help("remove one of the two, or narrow both to other values of one field");
            found.push(diagnostic);
        }
        before.push((trigger, pattern));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};
    use crate::{Surroundings, parse};

    fn with_triggers(triggers: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {triggers} ] }} }}\n"
        ))
    }

    #[test]
    fn what_one_event_starts_twice_is_pointed_out() {
        for second in [
            "{ event: e, id: b }",
            "{ event: e, id: b, where: { n: [1] } }",
            "{ pattern: { source: [s], detail-type: [E] } }",
            "{ event: e, id: b, where: { n: [{ numeric: ['<', 1] }] } }",
        ] {
            assert_eq!(
                with_triggers(&format!("{{ event: e }}, {second}")),
                ["double-trigger"],
                "{second}"
            );
        }
    }

    /// The messages about two triggers on an event with a declared detail.
    fn said(first: &str, second: &str) -> Vec<String> {
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ n: integer, l: [integer], o: {{ s: string? }} }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e, {first} }}, {{ event: e, id: b, {second} }} ] }} }}\n"
        );
        let found = parse(&spec, &Surroundings::default()).diagnostics;
        let about_triggers = found
            .into_iter()
            .filter(|found| found.lint.id == super::DOUBLE_TRIGGER.id);
        about_triggers.map(|found| found.message).collect()
    }

    #[test]
    fn it_is_said_whether_every_event_does() {
        let always = "where: { o: [{ exists: false }], n: [{ exists: true }] }";
        assert_eq!(said(always, always), ["the event `e` starts `j` twice"]);
        assert_eq!(
            said("where: { n: [1] }", always),
            ["the event `e` may start `j` twice"]
        );
    }

    #[test]
    fn the_type_of_a_field_counts() {
        for (first, second) in [
            (
                "{ n: [{ numeric: ['>', 1] }] }",
                "{ n: [{ numeric: ['<', 2] }] }",
            ),
            ("{ l: [{ exists: false }] }", "{ l: [1] }"),
            ("{ o.s: [a] }", "{ o: { s: [b] } }"),
            ("{ o: { s: [b] }, o.s: [a] }", "{ o: { s: [b] } }"),
            (
                "{ $or: [{ n: [1] }, { n: [2] }] }",
                "{ $or: [{ n: [3] }, { n: [4] }] }",
            ),
        ] {
            let [first, second] = [first, second].map(|filter| format!("where: {filter}"));
            assert_eq!(said(&first, &second), [""; 0], "{first} {second}");
        }
        for (first, second) in [
            // A list can hold both.
            ("{ l: [1] }", "{ l: [2] }"),
            ("{ n: [1] }", "{ n: [1.0, 3] }"),
            ("{ o.s: ['10.0.0.1'] }", "{ o.s: ['010.0.0.1'] }"),
            (
                "{ $or: [{ n: [1] }, { n: [2] }] }",
                "{ $or: [{ n: [2] }, { n: [4] }] }",
            ),
        ] {
            let [first, second] = [first, second].map(|filter| format!("where: {filter}"));
            let may = ["the event `e` may start `j` twice"];
            assert_eq!(said(&first, &second), may, "{first} {second}");
        }
    }

    #[test]
    fn triggers_that_take_other_values_are_fine() {
        for (first, second) in [
            ("where: { n: [1] }", "where: { n: [2, 3] }"),
            ("where: { n: [1] }", "enabled: false"),
            ("where: { a: { b: [x] } }", "where: { a: { b: [y] } }"),
            (
                "where: { n: [a] }",
                "where: { n: [{ anything-but: [a, b] }] }",
            ),
            (
                "where: { n: [{ prefix: a }] }",
                "where: { n: [{ prefix: b }, c] }",
            ),
            (
                "where: { n: [{ exists: true }] }",
                "where: { n: [{ exists: false }] }",
            ),
            (
                "where: { n: [{ numeric: ['<', 100] }] }",
                "where: { n: [{ numeric: ['>=', 100, '<', 200] }, 300] }",
            ),
        ] {
            let triggers = format!("{{ event: e, {first} }}, {{ event: e, id: b, {second} }}");
            assert!(with_triggers(&triggers).is_empty(), "{triggers}");
        }
    }
}
