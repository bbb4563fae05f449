//! Patterns that match too little, or too much.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning, nearest_all};
use crate::event_pattern::EventPattern;
use crate::matching::{Verdict, judge_trigger};
use crate::model::{Bus, Event, Pipeline, Trigger, TriggerKind};
use crate::reach::{Reach, matches_any};
use crate::resources::{DEFAULT_BUS, RuleBus};
use crate::span::Span;
use crate::suggestion::{Mend, Suggestion};

pub(crate) static UNMATCHED_PATTERN: Lint = Lint {
    id: "unmatched-pattern",
    severity: Error,
    summary: "a pattern for the pipeline's own events that none of them matches",
    explanation: "\
The pattern names the pipeline's `source`, or one that is nearly the same, but no declared event passes its
other tests. The rule would never match. Most often a detail type is misspelt; an event that is missing
from `events:` is declared there, as `external: true` if another program emits it.

```yaml
source: spendsense
events:
  features.computed: { detail_type: Features Computed }
jobs:
  audit:
    triggers:
      - pattern: { source: [spendsense], detail-type: [Feature Computed] }   # one letter is missing
```

If others emit events of this source that the spec does not declare, say so with `allow`.
",
};

pub(crate) static WIDE_PATTERN: Lint = Lint {
    id: "wide-pattern",
    severity: Warning,
    summary: "a pattern for events of others matches the pipeline's own too, or may",
    explanation: "\
`pattern` is for events that the pipeline does not declare. One that says nothing of the source also takes
the pipeline's own events if they pass its other tests: the job then runs for them as well, and may start itself.

```yaml
- pattern: { detail: { userName: [{ exists: true }] } }   # add `source: [aws.cognito]`
```

If you mean that, name the pipeline's source in the pattern.
",
};

pub(crate) static AWS_EVENTS_ON_CUSTOM_BUS: Lint = Lint {
    id: "aws-events-on-custom-bus",
    severity: Error,
    summary: "a trigger waits for events of AWS on another bus than `default`",
    explanation: "\
AWS services send their events to the account's `default` bus alone. On a custom bus nothing with a source
such as `aws.s3` ever arrives, and the rule never matches.

```yaml
bus: shop
jobs:
  scan:
    triggers:
      - pattern: { source: [aws.s3] }
        bus: default                    # without this line the rule is on `shop`, and never matches
```

If a rule on the default bus forwards such events to the other bus, say so with `allow`.
",
};

pub(super) fn check<'p>(pipeline: &'p Pipeline, reach: &Reach<'p>, found: &mut Vec<Diagnostic>) {
    for (name, job) in &pipeline.jobs {
        for trigger in &job.triggers {
            match &trigger.kind {
                TriggerKind::Pattern(pattern) => {
                    let own_events = reach.own_events(name, trigger);
                    check_pattern(pipeline, pattern, trigger, own_events, found);
                }
                TriggerKind::Event { event, .. } => {
                    let declared = pipeline.events.get(&event.value);
                    if declared.is_some_and(Event::is_of_aws) {
                        found.extend(aws_events_on_custom_bus(pipeline, trigger, event.span));
                    }
                }
                TriggerKind::Schedule(_) => {}
            }
        }
    }
}

fn check_pattern(
    pipeline: &Pipeline,
    pattern: &EventPattern,
    trigger: &Trigger,
    own_events: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let sources = plain_values(&pattern.json, "source");
    if all_of_aws(sources.as_deref()) {
        let place = pattern.place("/source");
        let span = place.map_or(trigger.span, |place| place.value);
        if let Some(diagnostic) = aws_events_on_custom_bus(pipeline, trigger, span) {
            found.push(diagnostic);
            return;
        }
    }
    // The pipeline's own events are on its bus alone.
    if RuleBus::of_trigger(pipeline, trigger) != RuleBus::Pipeline {
        return;
    }
    // A source with an operator, such as a prefix, is not plain. It still narrows the pattern.
    let own = pipeline.source.value.as_str();
    let Some(sources) = sources else {
        if !names_a_source(&pattern.json) {
            found.extend(wide_pattern(pipeline, trigger, own_events));
        }
        return;
    };
    if !own_events.is_empty()
        || eventbridge::pattern::Pattern::parse(&pattern_text(&pattern.json)).is_err()
    {
        return;
    }
    // A pattern with several sources is for events of others too, and may match those.
    let [source] = sources.as_slice() else {
        return;
    };
    if *source == own {
        found.push(unmatched_pattern(pipeline, pattern, trigger));
    } else if is_one_letter_off(source, own) && matches_with_source(pipeline, &pattern.json) {
        let span = pattern
            .place("/source/0")
            .map_or(trigger.span, |place| place.value);
        let message = format!("the pattern matches no declared event: the source is `{own}`");
        let diagnostic = Diagnostic::new(&UNMATCHED_PATTERN, span, message)
            .with_note(difference(source, own))
            .with_suggestion(span, Suggestion::write(own));
        found.push(diagnostic);
    }
}

fn aws_events_on_custom_bus(
    pipeline: &Pipeline,
    trigger: &Trigger,
    span: Span,
) -> Option<Diagnostic> {
    let is_on_default_bus = match RuleBus::of_trigger(pipeline, trigger) {
        RuleBus::Pipeline => pipeline.bus == Bus::Default,
        RuleBus::Default => true,
        RuleBus::Existing(_) => false,
    };
    if is_on_default_bus {
        return None;
    }
    let message = "AWS sends its events to the `default` bus, and this trigger waits on another";
    let diagnostic = Diagnostic::new(&AWS_EVENTS_ON_CUSTOM_BUS, span, message);
    let diagnostic = diagnostic.with_help("add `bus: default` to the trigger");
    Some(match trigger.bus {
        // Its bus is another one on purpose.
        Some(_) => diagnostic,
        None => diagnostic.with_mend(Mend::Add {
            beside: trigger.span,
            key: "bus",
            yaml: DEFAULT_BUS.to_owned(),
        }),
    })
}

fn pattern_text(pattern: &Map<String, Value>) -> String {
    Value::Object(pattern.clone()).to_string()
}

/// Whether a pattern would match a declared event if it named the pipeline's source.
fn matches_with_source(pipeline: &Pipeline, pattern: &Map<String, Value>) -> bool {
    let mut pattern = pattern.clone();
    let own = Value::from(pipeline.source.value.as_str());
    pattern.insert("source".to_owned(), Value::Array(vec![own]));
    // Without a detail type the pattern would match any event, and the near source proves nothing.
    pattern.contains_key("detail-type") && matches_any(pipeline, &pattern)
}

fn wide_pattern(pipeline: &Pipeline, trigger: &Trigger, own_events: &[&str]) -> Option<Diagnostic> {
    // Events of others that are declared are events that a pattern without a source may be for.
    let own = |name: &&&str| {
        let event = pipeline.events.get(**name);
        event.is_some_and(|event| pipeline.is_own(event))
    };
    let judged = own_events
        .iter()
        .filter(own)
        .map(|name| (name, judge_trigger(pipeline, name, trigger)));
    let matched: Vec<_> = judged
        .filter(|(_, verdict)| *verdict != Verdict::Never)
        .collect();
    let ((first, _), more) = matched.split_first()?;
    let others = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is_certain = matched
        .iter()
        .all(|(_, verdict)| *verdict == Verdict::Always);
    let also = if is_certain {
        "also matches"
    } else {
        "may also match"
    };
    let message = format!("the pattern {also} the pipeline's own `{first}`{others}");
    let diagnostic = Diagnostic::new(&WIDE_PATTERN, trigger.span, message)
        .with_help("name the source that is meant: `source: [...]`");
    Some(diagnostic)
}

fn unmatched_pattern(pipeline: &Pipeline, pattern: &EventPattern, trigger: &Trigger) -> Diagnostic {
    let message = "the pattern matches no declared event";
    let written = plain_values(&pattern.json, "detail-type").unwrap_or_default();
    let declared = || {
        let types = pipeline.events.values();
        let types = types.filter(|event| pipeline.is_own(event));
        types.map(|event| event.detail_type.value.as_str())
    };
    for (index, written) in written.iter().enumerate() {
        let near = nearest_all(written, declared());
        if let Some(near) = near.first().filter(|first| *first != written) {
            let place = pattern.place(&format!("/detail-type/{index}"));
            let span = place.map_or(trigger.span, |place| place.value);
            return Diagnostic::new(&UNMATCHED_PATTERN, span, message)
                .with_note(difference(written, near))
                .with_suggestion(span, Suggestion::write(near));
        }
    }
    Diagnostic::new(&UNMATCHED_PATTERN, trigger.span, message).with_help(
        "declare the event under `events:`, with `external: true` if another program emits it",
    )
}

/// Says by how many letters two texts differ.
fn difference(written: &str, near: &str) -> String {
    let letters = match strsim::osa_distance(written, near) {
        1 => "one letter".to_owned(),
        more => format!("{more} letters"),
    };
    format!("`{written}` differs from `{near}` by {letters}")
}

fn is_one_letter_off(written: &str, own: &str) -> bool {
    // Short names differ by one letter too often by chance.
    own.len() > 3 && strsim::osa_distance(written, own) == 1
}

/// The values that a pattern lists for a field, if they are plain strings only.
fn plain_values<'p>(pattern: &'p Map<String, Value>, field: &str) -> Option<Vec<&'p str>> {
    let list = pattern.get(field)?.as_array()?;
    list.iter().map(Value::as_str).collect()
}

fn names_a_source(pattern: &Map<String, Value>) -> bool {
    // The source may stand in an alternative of `$or`.
    pattern.contains_key("source") || pattern.contains_key("$or")
}

fn all_of_aws(sources: Option<&[&str]>) -> bool {
    sources.is_some_and(|sources| {
        // A partner's events begin with `aws.partner/`, and arrive on the partner's bus.
        let is_of_aws =
            |source: &&str| source.starts_with("aws.") && !source.starts_with("aws.partner/");
        !sources.is_empty() && sources.iter().all(is_of_aws)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    fn with_pattern(pattern: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "pipeline: p\nsource: shop\nevents: {{ e: {{ detail_type: Order Placed, external: true }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }} ] }}, k: {{ function: {{ package: k }}, triggers: [ {{ pattern: {pattern} }} ] }} }}\n"
        ))
    }

    #[test]
    fn own_events_are_matched_or_it_is_said() {
        for pattern in [
            "{ source: [shop], detail-type: [Orders Placed] }",
            "{ source: [shop], detail-type: [Refund] }",
            "{ source: [shops], detail-type: [Order Placed] }",
            "{ source: [shop], detail: { event_type: [x] } }",
        ] {
            assert_eq!(with_pattern(pattern), ["unmatched-pattern"], "{pattern}");
        }
        for pattern in [
            "{ source: [shop], detail-type: [Order Placed] }",
            "{ source: [aws.s3] }",
            "{ source: [warehouse], detail-type: [Refund] }",
            "{ source: [shop, warehouse], detail-type: [Refund] }",
            "{ source: [shops], detail-type: [Refund] }",
            "{ source: [warehouse], replay-name: [{ exists: false }] }",
            "{ source: [{ prefix: aws. }] }",
        ] {
            assert!(with_pattern(pattern).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_without_a_source_takes_own_events_too() {
        assert_eq!(with_pattern("{ account: ['1'] }"), ["wide-pattern"]);
        assert!(with_pattern("{ detail-type: [Other] }").is_empty());
        assert!(
            with_pattern("{ resources: { x: [a] } }")
                .iter()
                .all(|id| *id != "wide-pattern")
        );
    }
}
