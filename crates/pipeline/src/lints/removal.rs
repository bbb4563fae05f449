//! Entries of `removed` about what is still there.

use super::names::{EVENT_NAME, RESOURCE_NAME};
use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::removed::{Keep, Removal};
use crate::resources::{Forgotten, JobResources, Queue, Receiver, Resources};
use crate::span::Span;

pub(crate) static INVALID_REMOVAL: Lint = Lint {
    id: "invalid-removal",
    severity: Error,
    summary: "an entry of `removed` about what the spec still has",
    explanation: "\
`removed` says of what left the spec what happens to it on AWS. `keep` lists what stays there with the data in it:
Terraform forgets it, and does not destroy it. `allow` keeps findings about it on purpose. Each entry has the name of the
job that left; a job that is still there has one only for what it has lost, such as the queue of failed runs of a job that
has no function any more. `keep: [archive]` is for the pipeline's archive, in an entry of any name. An event that left may have
an entry with its name, for an `allow` alone.

```yaml
removed:
  old-bill: { keep: [failure_queue, log_group] }
  mail: { keep: [failure_queue] }   # an error as long as `mail` runs a function of its own
```

An entry may be erased once the change is applied in every environment.
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    if pipeline.removed.entries.is_empty() {
        return;
    }
    let there = still_there(pipeline);
    for (name, removal) in &pipeline.removed.entries {
        if let Some(finding) = check_name(pipeline, name, removal) {
            found.push(finding);
            continue;
        }
        for keep in &removal.keep {
            let kept = Forgotten::of_job(name, keep.value);
            if there.contains(&kept) {
                let word = keep.value.word();
                let message = match keep.value {
                    Keep::Archive => "the pipeline still has an archive".to_owned(),
                    _ => format!("the spec still has the `{word}` of `{name}`"),
                };
                let help = format!("remove `{word}`: what the spec has stays anyway");
                found.push(
                    Diagnostic::new(&INVALID_REMOVAL, keep.span, message)
                        .or_remove(keep.span)
                        .with_help(help),
                );
            }
        }
    }
}

/// Finds what is wrong with the name of an entry.
fn check_name(pipeline: &Pipeline, name: &str, removal: &Removal) -> Option<Diagnostic> {
    let span = removal.name_span;
    let finding = |message: String, related: Option<Span>, help: &str| {
        let finding = Diagnostic::new(&INVALID_REMOVAL, span, message).with_help(help);
        Some(match related {
            Some(place) => finding.with_related(place, "still here"),
            None => finding,
        })
    };
    if !RESOURCE_NAME.accepts(name) {
        if let Some(event) = pipeline.events.get(name) {
            let help =
                "remove the entry; an `allow` for an event that is there belongs to the event";
            let message = format!("the event `{name}` is still in the spec");
            return finding(message, Some(event.name_span), help);
        }
        // An event that left has nothing on AWS that could be kept.
        let allows_alone = removal.keep.is_empty() && !removal.allow.is_empty();
        if EVENT_NAME.accepts(name) && allows_alone {
            return None;
        }
        let help = format!("a name has {}", RESOURCE_NAME.words);
        return finding(format!("no job was called `{name}`"), None, &help);
    }
    let mut jobs = pipeline.jobs.iter();
    let renamed = jobs.find(|(_, job)| job.renamed_from.iter().any(|old| old.value == name));
    if let Some((now, job)) = renamed {
        let message = format!("`{name}` is still in the spec, as `{now}`");
        let help = "remove the entry: what was renamed keeps all that it has";
        return finding(message, Some(job.name_span), help);
    }
    let job = pipeline.jobs.get(name)?;
    if removal.keep.is_empty() {
        let help = "remove the entry; an `allow` for a job that is there belongs to the job";
        let message = format!("`{name}` is still in the spec");
        return finding(message, Some(job.name_span), help);
    }
    None
}

/// Lists what the spec has of all that an entry may keep.
fn still_there(pipeline: &Pipeline) -> Vec<Forgotten> {
    let resources = Resources::new(pipeline);
    let archive = resources.archive.iter();
    let archive = archive.map(|_| Forgotten::of_job("", Keep::Archive));
    archive
        .chain(resources.jobs.iter().flat_map(of_job))
        .collect()
}

fn of_job(job: &JobResources<'_>) -> Vec<Forgotten> {
    // A label counts, whatever the queue is for: two resources cannot have one address.
    const QUEUES: [Keep; 4] = [
        Keep::Buffer,
        Keep::DeadLetterQueue,
        Keep::FailureQueue,
        Keep::Queue,
    ];
    let with_label = |queue: &Queue| {
        QUEUES.map(|keep| Forgotten {
            keep,
            label: queue.label.clone(),
        })
    };
    let mut all: Vec<Forgotten> = job.queues().flat_map(with_label).collect();
    let group = match &job.receiver {
        Receiver::LogGroup(group) => Some(group),
        receiver => receiver.function().map(|made| &made.log_group),
    };
    all.extend(group.map(|group| Forgotten {
        keep: Keep::LogGroup,
        label: group.label.clone(),
    }));
    all
}

#[cfg(test)]
mod tests {
    use crate::removed::Keep;
    use crate::spec::removed::KEEPS;
    use crate::testing::{PREFIX, ids_of};

    fn with(removed: &str) -> Vec<&'static str> {
        let jobs = "jobs: { j: { renamed_from: i, function: { package: j }, triggers: [{ event: e }] }, q: { deliver_to: queue, triggers: [{ event: e, id: q }] } }";
        let found = ids_of(&format!("{PREFIX}{jobs}\nremoved: {removed}\n"));
        let ours = found.into_iter();
        ours.filter(|id| !matches!(*id, "kept-name" | "double-trigger"))
            .collect()
    }

    #[test]
    fn every_word_has_its_thing() {
        for (word, keep) in KEEPS {
            assert_eq!(keep.word(), word);
        }
        assert!(KEEPS.is_sorted());
        assert_eq!(Keep::Queue.word(), "queue");
    }

    #[test]
    fn what_left_may_be_kept_and_its_findings_allowed() {
        for removed in [
            "{ old: { keep: [dead_letter_queue, failure_queue, log_group, archive] } }",
            "{ old: { allow: { deleted-messages: The queue is empty } } }",
            "{ q: { keep: [failure_queue, log_group] } }",
            "{ old: }",
            "",
        ] {
            assert_eq!(with(removed), [""; 0], "{removed}");
        }
    }

    #[test]
    fn what_is_still_there_is_an_error() {
        for removed in [
            "{ j: { keep: [failure_queue] } }",
            "{ j: { allow: { deleted-messages: r } } }",
            "{ i: { keep: [failure_queue] } }",
            "{ q: { keep: [queue] } }",
            "{ Old: { keep: [queue] } }",
            "{ 'a\"]': { keep: [queue] } }",
        ] {
            assert_eq!(with(removed), ["invalid-removal"], "{removed}");
        }
        assert_eq!(
            ids_of(&format!(
                "{PREFIX}archive: {{ days: 1 }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [{{ event: e }}] }} }}\nremoved: {{ archive: {{ keep: [archive] }} }}\n"
            )),
            ["invalid-removal"]
        );
    }

    #[test]
    fn unknown_words_and_findings_are_errors() {
        assert_eq!(with("{ old: { keep: [queues] } }"), ["invalid-value"]);
        assert_eq!(with("{ old: { allow: { zzz: r } } }"), ["invalid-allow"]);
        assert_eq!(with("{ old: { kept: [queue] } }"), ["unknown-key"]);
    }
}
