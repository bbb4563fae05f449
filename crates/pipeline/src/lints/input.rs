//! Input transformers that EventBridge would refuse.

use eventbridge::transformer::InputTransformer;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{InputTemplate, Pipeline};

pub(crate) static INVALID_INPUT: Lint = Lint {
    id: "invalid-input",
    severity: Error,
    summary: "an input transformer that EventBridge refuses",
    explanation: "\
A template takes values from the event by the names under `paths`. One that is not defined there is accepted by
`terraform plan` and refused by EventBridge, as are paths that are no JSON paths and names that begin with
`aws.`. EventBridge's own variables need no path: `<aws.events.rule-arn>`, `<aws.events.rule-name>`,
`<aws.events.event.ingestion-time>`, `<aws.events.event>` and `<aws.events.event.json>`.

```yaml
- event: parcel.ready
  input:
    paths: { id: $.detail.order_id }
    template: '{ \"parcel\": <order> }'   # write `<id>`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let triggers = pipeline.jobs.values().flat_map(|job| &job.triggers);
    for input in triggers.filter_map(|trigger| trigger.input.as_ref()) {
        found.extend(check_input(input));
    }
}

fn check_input(input: &InputTemplate) -> Option<Diagnostic> {
    let template = &input.template;
    let paths = input.paths.iter();
    let paths = paths.map(|(name, path)| (name.clone(), path.value.clone()));
    let error = InputTransformer::new(paths.collect(), &template.value).err()?;
    let text = error.path().and_then(|name| input.paths.get(name));
    let text = text.unwrap_or(template);
    let span = error.span().map_or(text.span, |place| text.part(&place));
    let names: Vec<String> = input
        .paths
        .keys()
        .map(|name| format!("`<{name}>`"))
        .collect();
    let help = match names.as_slice() {
        [] => "define the names of the template under `paths`: `paths: { id: $.detail.id }`"
            .to_owned(),
        names => format!("`paths` defines {}", names.join(", ")),
    };
    Some(Diagnostic::new(&INVALID_INPUT, span, error.to_string()).with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_input(input: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ existing: j }}, triggers: [ {{ event: e, input: {input} }} ] }} }}\n"
        ))
    }

    #[test]
    fn what_eventbridge_refuses_is_refused() {
        for input in [
            "{ template: '{ \"a\": <b> }' }",
            "{ paths: { a: $.detail.a }, template: '<b>' }",
            "{ paths: { a: detail }, template: '<a>' }",
            "{ paths: { aws.a: $.detail }, template: '<aws.a>' }",
        ] {
            assert_eq!(with_input(input), ["invalid-input"], "{input}");
        }
        for input in [
            "{ paths: { a: $.detail.a }, template: '{ \"a\": <a> }' }",
            "{ template: '\"<aws.events.rule-name>\"' }",
        ] {
            assert!(with_input(input).is_empty(), "{input}");
        }
    }
}
