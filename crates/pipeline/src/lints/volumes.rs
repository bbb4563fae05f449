//! Volumes of what the pipeline does not have.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, suggest};
use crate::model::{Pipeline, Work};
use crate::span::Spanned;

pub(crate) static INVALID_VOLUME: Lint = Lint {
    id: "invalid-volume",
    severity: Error,
    summary: "a volume of what the pipeline does not have",
    explanation: "\
`volumes` says how much there is, for `codegen cost`. Its names are those of events and jobs of this spec; only a job with
a function has runs that take a time.

```yaml
events:
  order.placed: { detail_type: Order Placed, external: true }
volumes:
  events_per_day: { order.place: 20000 }   # did you mean `order.placed`?
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let volumes = &pipeline.volumes;
    let events = || pipeline.events.keys().map(String::as_str).collect();
    check_names("event", &volumes.events_per_day, events, found);
    let jobs = || pipeline.jobs.keys().map(String::as_str).collect();
    check_names("job", &volumes.deliveries_per_day, jobs, found);
    check_names("job", &volumes.run_ms, jobs, found);
    for (name, said) in &volumes.run_ms {
        let job = pipeline.jobs.get(name);
        if let Some(Work::DeliverTo(_)) = job.map(|job| &job.work) {
            let message = format!("`{name}` has no function, so its runs take no time");
            let diagnostic = Diagnostic::new(&INVALID_VOLUME, said.span, message);
            found.push(diagnostic.or_remove(said.span).with_help("remove it"));
        }
    }
}

fn check_names<'p>(
    what: &str,
    said: &IndexMap<String, Spanned<u32>>,
    names: impl Fn() -> Vec<&'p str>,
    found: &mut Vec<Diagnostic>,
) {
    if said.is_empty() {
        return;
    }
    let names = names();
    for (name, said) in said {
        if !names.contains(&name.as_str()) {
            let message = format!("there is no {what} `{name}`");
            let help = suggest(name, &names);
            found.push(
                Diagnostic::new(&INVALID_VOLUME, said.span, message)
                    .with_suggestion(said.span, help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn volumes_are_those_of_events_and_jobs_of_the_spec() {
        let with = |volumes: &str| {
            let jobs = "j: { function: { package: j }, triggers: [ { event: e } ] }, q: { deliver_to: queue, triggers: [ { event: e } ] }";
            ids_of(&format!(
                "{PREFIX}jobs: {{ {jobs} }}\nvolumes: {{ {volumes} }}\n"
            ))
        };
        let fine =
            "events_per_day: { e: 4000000000 }, deliveries_per_day: { q: 0 }, run_ms: { j: 300 }";
        assert_eq!(with(fine), [""; 0]);
        assert_eq!(with("events_per_day: { f: 1 }"), ["invalid-volume"]);
        assert_eq!(with("deliveries_per_day: { e: 1 }"), ["invalid-volume"]);
        assert_eq!(with("run_ms: { q: 1 }"), ["invalid-volume"]);
        assert_eq!(with("run_ms: { j: 900001 }"), ["out-of-range"]);
        assert_eq!(with("per_day: { e: 1 }"), ["unknown-key"]);
    }
}
