//! Events and jobs that lead nowhere.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning, near};
use crate::model::{Job, Pipeline, TriggerKind};
use crate::reach::Reach;
use crate::resources::RuleBus;

pub(crate) static UNEMITTED_EVENT: Lint = Lint {
    id: "unemitted-event",
    severity: Warning,
    summary: "an event that nobody emits",
    explanation: "\
No job emits the event, and it is not `external`, so it never starts the jobs that wait for it.

```yaml
events:
  user.signup: { detail_type: User Signup }   # add `external: true`, or `emits: [user.signup]` to a job or a schedule
```
",
};

pub(crate) static UNCONSUMED_EVENT: Lint = Lint {
    id: "unconsumed-event",
    severity: Warning,
    summary: "an event that no job waits for",
    explanation: "\
The event is declared, and no trigger names it. That is right if something outside the pipeline
waits for it. Otherwise a trigger is missing, or the event is no longer needed.
",
};

pub(crate) static UNTRIGGERED_JOB: Lint = Lint {
    id: "untriggered-job",
    severity: Warning,
    summary: "a job that nothing starts",
    explanation: "\
The job has no trigger: its function is deployed, and runs only when it is invoked by hand.

```yaml
jobs:
  compute-features:
    function: { package: compute-features }
    triggers: []   # add `- event: user.signup`
```
",
};

pub(super) fn check(pipeline: &Pipeline, reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    // A misspelt reference is an `unknown-event`. It must not make the event that was meant look unused too.
    let meant = |written: &str| meant(pipeline, written);
    let emitted: HashSet<&str> = pipeline
        .jobs
        .values()
        .flat_map(Job::says_emitted)
        .flat_map(|event| meant(&event.value))
        .collect();
    let is_external = |name: &str| {
        let event = pipeline.events.get(name);
        event.is_none_or(|event| event.external)
    };
    let consumed: HashSet<&str> = pipeline
        .jobs
        .values()
        .flat_map(|job| &job.triggers)
        .flat_map(|trigger| match &trigger.kind {
            // What a job emits is on the pipeline's bus, and events on different buses do not meet.
            TriggerKind::Event { event, .. }
                if RuleBus::of_trigger(pipeline, trigger) == RuleBus::Pipeline
                    || is_external(&event.value) =>
            {
                meant(&event.value)
            }
            _ => Vec::new(),
        })
        .collect();
    for (name, event) in &pipeline.events {
        if !event.external && !emitted.contains(name.as_str()) {
            let message = format!("nobody emits `{name}`");
            let help = format!("add `external: true`, or `emits: [{name}]` to a job or a schedule");
            found.push(Diagnostic::new(&UNEMITTED_EVENT, event.name_span, message).with_help(help));
        }
        // A pattern consumes an event too, without naming it.
        let starts_any = if event.external {
            reach.of(name).is_some_and(|(_, starts)| !starts.is_empty())
        } else {
            reach
                .of_emitted(name)
                .is_some_and(|(_, mut starts)| starts.next().is_some())
        };
        // An event of others is there only because something names it.
        if !starts_any && !consumed.contains(name.as_str()) && event.used.is_none() {
            let message = format!("no job waits for `{name}`");
            let help = format!("add a trigger `- event: {name}`, or remove the event");
            found
                .push(Diagnostic::new(&UNCONSUMED_EVENT, event.name_span, message).with_help(help));
        }
    }
    for (name, job) in &pipeline.jobs {
        if job.triggers.is_empty() {
            let message = format!("nothing starts `{name}`");
            let help = "add a trigger: `- event: …` or `- schedule: …`";
            found.push(Diagnostic::new(&UNTRIGGERED_JOB, job.name_span, message).with_help(help));
        }
    }
}

/// Finds the declared events that a reference may mean. A misspelt reference counts as a use of the event that it
/// resembles, so that one mistake gives one finding.
fn meant<'p>(pipeline: &'p Pipeline, written: &str) -> Vec<&'p str> {
    match pipeline.events.get_key_value(written) {
        Some((name, _)) => vec![name],
        None => near(written, pipeline.events.keys().map(String::as_str))
            .map(|(name, _)| name)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    #[test]
    fn a_pattern_waits_for_an_event_too() {
        let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\njobs: { j: { function: { package: j }, triggers: [ { pattern: { source: [s] } } ] } }\n";
        assert!(ids_of(spec).is_empty());
    }

    #[test]
    fn a_schedule_emits_events_too() {
        let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E } }\njobs: { j: { function: { package: j }, triggers: [ { schedule: rate(1 hour), emits: [e] }, { event: e } ] } }\n";
        // The job works off by events what it has emitted on its schedule: that is no loop.
        assert!(ids_of(spec).is_empty());
    }

    #[test]
    fn what_leads_nowhere_is_pointed_out() {
        let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E } }\njobs: { j: { function: { package: j } } }\n";
        assert_eq!(
            ids_of(spec),
            ["unconsumed-event", "unemitted-event", "untriggered-job"]
        );
    }
}
