//! Events of another source that a job would emit.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;

pub(crate) static FOREIGN_EVENT: Lint = Lint {
    id: "foreign-event",
    severity: Error,
    summary: "a job that emits an event of another source",
    explanation: "\
An event with a `source` of its own is others' event: jobs may wait for it. What a job emits has the
pipeline's source, and its role may put events of that source alone onto the bus.

```yaml
source: shop
events:
  order.placed: { source: acme.checkout, detail_type: OrderPlaced }
jobs:
  import:
    function: { package: import }
    emits: [order.placed]   # declare an event of this pipeline's own: one without `source`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        for emitted in job.says_emitted() {
            let Some(event) = pipeline.events.get(&emitted.value) else {
                continue;
            };
            if pipeline.is_own(event) {
                continue;
            }
            let (name, own) = (&emitted.value, &pipeline.source.value);
            if let Some(used) = &event.used {
                let message = format!(
                    "a job cannot emit `{name}`: it is an event of the pipeline `{}`",
                    used.pipeline
                );
                let diagnostic = Diagnostic::new(&FOREIGN_EVENT, emitted.span, message)
                    .with_related(event.name_span, "the pipeline")
                    .with_help(
                        "emit an event of this pipeline's own, and let the other one wait for it",
                    );
                found.push(diagnostic);
                continue;
            }
            let message = format!("a job cannot emit `{name}`: its source is not `{own}`");
            let diagnostic = Diagnostic::new(&FOREIGN_EVENT, emitted.span, message)
                .with_related(event.source.span, "the source of others")
                .with_help(format!(
                    "emit an event of the source `{own}`: one that is declared without `source`"
                ));
            found.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::ids_of;

    #[test]
    fn a_job_emits_events_of_the_pipelines_source_alone() {
        let spec = |source: &str| {
            ids_of(&format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ source: {source}, detail_type: E }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 hour) }} ], emits: [e] }}, k: {{ function: {{ package: k }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        assert_eq!(spec("t"), ["foreign-event"]);
        assert!(spec("s").is_empty());
    }
}
