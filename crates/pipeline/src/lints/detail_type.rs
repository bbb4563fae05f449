//! Sources and detail types that EventBridge refuses or silently drops.

use std::collections::BTreeMap;

use eventbridge::limits;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Discriminator, Pipeline};
use crate::span::Spanned;
use crate::suggestion::Suggestion;

pub(crate) static INVALID_DETAIL_TYPE: Lint = Lint {
    id: "invalid-detail-type",
    severity: Error,
    summary: "a detail type that cannot work",
    explanation: "\
`detail-type` has 1 to 128 characters: EventBridge drops an event with a longer one, and nothing says so.
Two events of one source may share a detail type only while their `event_type` tells them apart, that is without
`discriminator: none`.

```yaml
discriminator: none
events:
  user.signup:  { detail_type: User, external: true }
  user.removed: { detail_type: User, external: true }   # every rule for one matches the other
```
",
};

pub(crate) static INVALID_SOURCE: Lint = Lint {
    id: "invalid-source",
    severity: Error,
    summary: "a `source` that EventBridge does not accept",
    explanation: "\
`source` has 1 to 256 characters and does not start with `aws.`, which is AWS's own: an entry with such a
source is refused by PutEvents with `NotAuthorizedForSourceException`.

```yaml
source: aws.spendsense   # write `spendsense`
```
",
};

/// The longest detail type, in characters.
pub const DETAIL_TYPE_MAX: usize = limits::DETAIL_TYPE_CHARACTERS_MAX;
/// The longest source, in characters.
pub const SOURCE_MAX: usize = limits::SOURCE_CHARACTERS_MAX;
pub use crate::model::SOURCE_RESERVED;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    check_source(pipeline, found);
    let mut seen = BTreeMap::new();
    for event in pipeline.events.values() {
        let (detail_type, span) = (&event.detail_type.value, event.detail_type.span);
        let characters = detail_type.chars().count();
        if characters == 0 || characters > DETAIL_TYPE_MAX {
            let message = format!("the detail type has {characters} characters");
            let diagnostic = Diagnostic::new(&INVALID_DETAIL_TYPE, span, message)
                .with_note(format!("EventBridge takes 1 to {DETAIL_TYPE_MAX} characters, and drops an event with a longer one"))
                .with_help("write a shorter phrase, such as `User Signup`");
            found.push(diagnostic);
        }
        // Two events with one detail type are fine while their source or `event_type` tells them apart.
        let has_none = event.discriminator == Discriminator::None;
        let of_source = (event.source.value.as_str(), detail_type);
        let first = seen.insert(of_source, (span, has_none));
        if let Some((first, first_has_none)) = first
            && (has_none || first_has_none)
        {
            let message = format!("two events have the detail type `{detail_type}`");
            let diagnostic = Diagnostic::new(&INVALID_DETAIL_TYPE, span, message)
                .with_related(first, "the other one")
                .with_note("with `discriminator: none` nothing else tells them apart")
                .with_help("give one of them another detail type, or remove `discriminator: none`");
            found.push(diagnostic);
            // A third event is not told from the first one either.
            seen.insert(of_source, (span, true));
        }
        let own = event.source.span == pipeline.source.span;
        found.extend((!own).then(|| wrong_length(&event.source)).flatten());
    }
}

fn check_source(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let (source, span) = (&pipeline.source.value, pipeline.source.span);
    let (message, help) = if source.starts_with(SOURCE_RESERVED) {
        // All of them: the rest of `aws.aws.x` must not begin with `aws.` again.
        let own = source.trim_start_matches(SOURCE_RESERVED);
        (
            "a source that starts with `aws.` is AWS's own".to_owned(),
            Suggestion::one_of(
                format!("write `{own}`"),
                Some(own).filter(|own| !own.is_empty()),
            ),
        )
    } else {
        found.extend(wrong_length(&pipeline.source));
        return;
    };
    found.push(Diagnostic::new(&INVALID_SOURCE, span, message).with_suggestion(span, help));
}

fn wrong_length(source: &Spanned<String>) -> Option<Diagnostic> {
    let characters = source.value.chars().count();
    if (1..=SOURCE_MAX).contains(&characters) {
        return None;
    }
    let message =
        format!("the source has {characters} characters, and EventBridge takes 1 to {SOURCE_MAX}");
    let found = Diagnostic::new(&INVALID_SOURCE, source.span, message);
    Some(found.with_help("write the product's name"))
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    #[test]
    fn a_source_of_aws_is_refused() {
        let ids = ids_of("pipeline: p\nsource: aws.p\n");
        assert_eq!(ids, ["invalid-source"]);
    }

    #[test]
    fn a_shared_detail_type_needs_the_discriminator() {
        let events = "events: { a: { detail_type: T, external: true }, b: { detail_type: T, external: true } }";
        let jobs = "jobs: { j: { function: { package: j }, triggers: [ { event: a, id: a }, { event: b, id: b } ] } }";
        let spec = format!("pipeline: p\nsource: s\n{events}\n{jobs}\n");
        assert!(ids_of(&spec).is_empty());
        assert_eq!(
            ids_of(&format!("{spec}discriminator: none\n")),
            ["invalid-detail-type"]
        );
    }

    #[test]
    fn events_of_one_detail_type_differ_by_source_or_by_event_type() {
        let found = |first: &str, second: &str| {
            let jobs = "jobs: { j: { function: { package: j }, triggers: [ { event: a, id: a }, { event: b, id: b } ] } }";
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ a: {{ detail_type: T, external: true{first} }}, b: {{ detail_type: T, external: true{second} }} }}\n{jobs}\n"
            ))
        };
        assert!(found(", source: acme, discriminator: none", "").is_empty());
        assert_eq!(found(", discriminator: none", ""), ["invalid-detail-type"]);
        assert_eq!(found("", ", discriminator: none"), ["invalid-detail-type"]);
        assert_eq!(found(", source: ''", ""), ["invalid-source"]);
        assert!(found(", source: aws.s3", "").is_empty());
    }

    #[test]
    fn a_long_detail_type_or_source_is_refused_by_its_characters() {
        let with = |source: usize, detail_type: usize| {
            let (source, detail_type) = ("é".repeat(source), "é".repeat(detail_type));
            ids_of(&format!(
                "pipeline: p\nsource: {source}\nevents: {{ a: {{ detail_type: {detail_type}, external: true }} }}"
            ))
        };
        assert_eq!(with(256, 128), ["unconsumed-event"]);
        assert_eq!(
            with(257, 129),
            ["invalid-source", "unconsumed-event", "invalid-detail-type"]
        );
    }
}
