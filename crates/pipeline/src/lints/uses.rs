//! Pipelines whose events this one waits for.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Bus, Pipeline, Trigger, TriggerKind, Use};
use crate::resources::{self, RuleSource};
use crate::values::Text;

pub(crate) static UNREADABLE_CONTRACT: Lint = Lint {
    id: "unreadable-contract",
    severity: Error,
    summary: "a pipeline that is used, and whose file cannot be read",
    explanation: "\
`uses` names the spec of another pipeline, or the contract that `codegen export contract` writes of it. The file is not
there, is neither of the two, has a mistake itself, or was written by a newer version. Nothing is known of the events
then, so nothing is generated.

```yaml
uses:
  billing: ../billing/pipeline.yaml   # relative to the folder of this spec
```
",
};

pub(crate) static FORWARDED_EVENTS: Lint = Lint {
    id: "forwarded-events",
    severity: Warning,
    summary: "events of another account or region, which their side has to send on",
    explanation: "\
A rule and its bus are in one account and one region. If `uses` says that a pipeline is in another account or region, the
rules here wait on the bus of this pipeline, and the events only come if the other side sends them there: a rule on its bus
whose target is the bus here, with a role that may put events onto it. From another account they also have to be admitted:
the module's variable `producer_accounts` does that for a bus that this pipeline makes.

An event that came from one bus to another is not sent on to a third.

The finding has the pattern and the bus of that rule, for those who run the other pipeline. When the rule is there, say so:

```yaml
uses:
  billing: { contract: ../billing/contract.json, account: \"111122223333\" }
allow: [ { forwarded-events: billing sends them on since May } ]
```
",
};

pub(crate) static UNUSED_PIPELINE: Lint = Lint {
    id: "unused-pipeline",
    severity: Warning,
    summary: "a pipeline below `uses` whose events nothing waits for",
    explanation: "\
`uses` names a pipeline, and no trigger waits for one of its events. It does no harm, and misleads: a change there looks as if
it could break this pipeline.

```yaml
uses: { billing: ../billing/pipeline.yaml }
jobs:
  remind: { …, triggers: [ { event: billing.invoice.overdue } ] }   # the name in front of the event's
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for (name, used) in &pipeline.uses {
        if let Some(Err(reason)) = &used.contract {
            let message = format!("`{name}` cannot be used: {reason}");
            let diagnostic = Diagnostic::new(&UNREADABLE_CONTRACT, used.path.span, message);
            let help = "name its spec, or what `codegen export contract` writes there, relative to this spec";
            found.push(diagnostic.with_help(help));
        }
    }
}

/// Checks what can be said of a spec that could be read whole.
pub(super) fn check_use(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let triggers = || pipeline.jobs.values().flat_map(|job| &job.triggers);
    let named: HashSet<&str> = triggers()
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Event { event, .. } => Some(event.value.split_once('.')?.0),
            _ => None,
        })
        .collect();
    for (name, used) in &pipeline.uses {
        if !named.contains(name.as_str()) {
            let message = format!("nothing waits for an event of `{name}`");
            found.push(
                Diagnostic::new(&UNUSED_PIPELINE, used.name_span, message)
                    .or_remove(used.name_span)
                    .with_help("add a trigger for one of its events, or remove the entry"),
            );
        } else if used.is_elsewhere() {
            found.push(forwarded(pipeline, name, used));
        }
    }
}

/// Says what the other side has to add.
fn forwarded(pipeline: &Pipeline, name: &str, used: &Use) -> Diagnostic {
    let written = |text: &Option<Text>, word: &str| match text {
        Some(text) => format!("the {word} {}", text.as_written()),
        None => format!("another {word}"),
    };
    let place = match (&used.account, &used.region) {
        (Some(_), Some(_)) => format!(
            "{}, {}",
            written(&used.account, "account"),
            written(&used.region, "region")
        ),
        (Some(_), None) => written(&used.account, "account"),
        _ => written(&used.region, "region"),
    };
    let message =
        format!("`{name}` is in {place}: its events come only if that side sends them here");
    let bus = match &pipeline.bus {
        Bus::Default => "default".to_owned(),
        Bus::Custom(own) => format!("{}-${{environment}}", own.value),
        Bus::Existing(own) => own.as_written(),
    };
    let theirs = used.read().map(|contract| contract.bus.as_str());
    let mut diagnostic = Diagnostic::new(&FORWARDED_EVENTS, used.name_span, message);
    for pattern in patterns(pipeline, name) {
        diagnostic = diagnostic.with_note(format!(
            "there, a rule on the bus `{}` with the pattern {pattern}, whose target is \
             `arn:aws:events:REGION:ACCOUNT:event-bus/{bus}` of this account, with a role that may do `events:PutEvents` on it",
            theirs.unwrap_or("default"),
        ));
    }
    if used.account.is_some() {
        diagnostic = diagnostic.with_note(match &pipeline.bus {
            Bus::Custom(_) => "here, the account has to be in the module's `producer_accounts`".to_owned(),
            _ => format!(
                "here, the owner of the bus admits the account: `aws events put-permission --event-bus-name {bus} \
                 --action events:PutEvents --statement-id {name} --principal ACCOUNT`"
            ),
        });
    }
    diagnostic.with_help("when that is there, say so: `allow: [ { forwarded-events: … } ]`")
}

/// The patterns of the events that rules here wait for, each once.
fn patterns(pipeline: &Pipeline, name: &str) -> Vec<String> {
    let waits_for_it = |trigger: &Trigger| match &trigger.kind {
        TriggerKind::Event { event, .. } => {
            let used = pipeline.events.get(&event.value);
            let used = used.and_then(|event| event.used.as_ref());
            used.is_some_and(|used| used.pipeline == name)
        }
        _ => false,
    };
    let mut patterns = Vec::new();
    for rule in resources::rules(pipeline).filter(|rule| waits_for_it(rule.trigger)) {
        if let RuleSource::Pattern(pattern) = &rule.source {
            let text = serde_json::Value::Object(pattern.json.clone()).to_string();
            if !patterns.contains(&text) {
                patterns.push(text);
            }
        }
    }
    patterns
}
