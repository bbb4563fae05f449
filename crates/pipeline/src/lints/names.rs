//! Names that AWS would refuse.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Bus, Pipeline};
use crate::resources::{JobRef, JobResources, MAX_ENVIRONMENT};
use crate::span::Span;

pub(crate) static INVALID_NAME: Lint = Lint {
    id: "invalid-name",
    severity: Error,
    summary: "a name with characters that it cannot have",
    explanation: "\
Names of pipelines, jobs and triggers become parts of names on AWS, of Terraform addresses and of
file names: small letters, digits and single hyphens, a letter first. Names of events may have dots
and underscores too. Anything else would be refused by one of them at apply, or two names would
fall together.

```yaml
jobs:
  Compute_Features: …   # write `compute-features`
```
",
};

pub(crate) static NAME_TOO_LONG: Lint = Lint {
    id: "name-too-long",
    severity: Error,
    summary: "a generated name that is longer than AWS accepts",
    explanation: "\
Every name on AWS ends in the environment, which may have up to 16 characters. `terraform plan`
lets a name that is too long through for some resources, and the apply then stops half-way: 64
characters for rules, functions and roles, 80 for queues.

The pipeline's, the job's and the trigger's name are parts of it: shorten one of them.
",
};

/// How a name is written: a letter first, then letters, digits, marks and single hyphens.
#[derive(Clone, Copy, Debug)]
pub struct Charset {
    /// Whether its letters may be capitals.
    pub capitals: bool,
    /// Characters that it may have in addition to letters, digits and hyphens.
    pub marks: &'static [char],
    /// These rules in words.
    pub words: &'static str,
}

impl Charset {
    fn allows(&self, c: char) -> bool {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || c == '-'
            || (self.capitals && c.is_ascii_uppercase())
            || self.marks.contains(&c)
    }
}

/// Names of pipelines, jobs and triggers.
pub const RESOURCE_NAME: Charset = Charset {
    capitals: false,
    marks: &[],
    words: "small letters, digits and single hyphens, a letter first",
};
/// Names of events.
pub const EVENT_NAME: Charset = Charset {
    capitals: true,
    marks: &['.', '_'],
    words: "letters, digits, dots, hyphens and underscores, a letter first",
};
/// [`CreateEventBus`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html), `Name`.
pub const BUS_NAME: Charset = EVENT_NAME;
/// The longest name of a bus, the environment included.
pub const BUS_NAME_MAX: usize = 256;

/// [`CreateArchive`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html), `ArchiveName`.
const ARCHIVE_NAME_MAX: usize = 48;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    check_charset(
        "pipeline",
        &pipeline.name.value,
        pipeline.name.span,
        &RESOURCE_NAME,
        found,
    );
    if let Bus::Custom(bus) = &pipeline.bus {
        check_charset("bus", &bus.value, bus.span, &BUS_NAME, found);
        check_length("bus", &bus.value, BUS_NAME_MAX, bus.span, found);
    }
    if let Some(days) = &pipeline.archive_days {
        check_length(
            "archive",
            &pipeline.name.value,
            ARCHIVE_NAME_MAX,
            days.span,
            found,
        );
    }
    for (name, event) in &pipeline.events {
        check_charset("event", name, event.name_span, &EVENT_NAME, found);
    }
    for job_ref in pipeline.job_refs() {
        let job = job_ref.job;
        check_charset("job", job_ref.name, job.name_span, &RESOURCE_NAME, found);
        for old in &job.renamed_from {
            check_charset("job", &old.value, old.span, &RESOURCE_NAME, found);
        }
        for trigger in &job.triggers {
            for old in &trigger.renamed_from {
                check_charset("trigger", &old.value, old.span, &RESOURCE_NAME, found);
            }
            check_charset(
                "trigger",
                &trigger.id.value,
                trigger.id.span,
                &RESOURCE_NAME,
                found,
            );
        }
        check_lengths(job_ref, found);
    }
}

fn check_charset(
    what: &str,
    name: &str,
    span: Span,
    charset: &Charset,
    found: &mut Vec<Diagnostic>,
) {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    // Parts of a name are joined by a hyphen: two in a row would look like an empty part.
    let hyphens_well = !name.contains("--") && !name.ends_with('-');
    if starts_well && hyphens_well && name.chars().all(|c| charset.allows(c)) {
        return;
    }
    let article = if what == "event" { "an" } else { "a" };
    let message = format!("`{name}` cannot be the name of {article} {what}");
    let mut diagnostic = Diagnostic::new(&INVALID_NAME, span, message)
        .with_note(format!("a name has {}", charset.words));
    let near = nearest_name(name, charset);
    if !near.is_empty() {
        diagnostic = diagnostic.with_help(format!("write `{near}`"));
    }
    found.push(diagnostic);
}

/// Finds the nearest name that is allowed; empty if nothing is left.
fn nearest_name(name: &str, charset: &Charset) -> String {
    let mut near = String::new();
    for c in name.chars() {
        if charset.allows(c) && c != '-' {
            near.push(c);
        } else if charset.allows(c.to_ascii_lowercase()) && c != '-' {
            near.push(c.to_ascii_lowercase());
        } else if !near.is_empty() && !near.ends_with('-') {
            near.push('-');
        }
    }
    near.trim_start_matches(|c: char| !c.is_ascii_alphabetic())
        .trim_end_matches('-')
        .to_owned()
}

/// Reports only the name that is furthest beyond its limit: shortening one part mends them all.
fn check_lengths(job: JobRef<'_>, found: &mut Vec<Diagnostic>) {
    let resources = JobResources::without_alarms(job);
    let names = resources.names().into_iter();
    let worst = names.max_by_key(|named| {
        let longest = named.name.base().len() + 1 + MAX_ENVIRONMENT;
        longest.saturating_sub(named.most)
    });
    if let Some(named) = worst {
        let span = job.job.name_span;
        check_length(named.what, named.name.base(), named.most, span, found);
    }
}

fn check_length(what: &str, name: &str, most: usize, span: Span, found: &mut Vec<Diagnostic>) {
    // The environment is known only to Terraform, so the check assumes its longest name.
    let longest = name.len() + 1 + MAX_ENVIRONMENT;
    if longest <= most {
        return;
    }
    let too_many = longest - most;
    let message = format!("the {what} `{name}-<environment>` may be {longest} characters long");
    let diagnostic = Diagnostic::new(&NAME_TOO_LONG, span, message)
        .with_note(format!(
            "AWS accepts {most}; a hyphen and the environment take up to {} of them",
            MAX_ENVIRONMENT + 1
        ))
        .with_help(format!(
            "shorten the name of the pipeline, the job or the trigger by {too_many}"
        ));
    found.push(diagnostic);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_one_that_is_allowed() {
        for (name, near) in [
            ("Compute_Features", "compute-features"),
            ("a--b", "a-b"),
            ("2fast", "fast"),
            ("größe", "gr-e"),
            ("___", ""),
        ] {
            assert_eq!(nearest_name(name, &RESOURCE_NAME), near);
        }
    }
}
