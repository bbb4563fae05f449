//! Names that AWS would refuse.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Bus, Pipeline};
use crate::resources::{JobResources, MAX_ENVIRONMENT, MAX_REGION, Name, Named};
use crate::span::Span;
use crate::suggestion::Suggestion;

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
characters for rules, functions and roles, 80 for queues. With `names: { region: true }` the names of roles have the
region, too, which may have up to 15 characters and a hyphen.

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
    /// Whether a name is written so.
    pub fn accepts(&self, name: &str) -> bool {
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
        // Parts of a name are joined by a hyphen: two in a row would look like an empty part.
        let hyphens_well = !name.contains("--") && !name.ends_with('-');
        starts_well && hyphens_well && name.chars().all(|c| self.allows(c))
    }

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

pub(super) fn check(pipeline: &Pipeline, jobs: &[JobResources<'_>], found: &mut Vec<Diagnostic>) {
    check_charset(
        "pipeline",
        &pipeline.name.value,
        pipeline.name.span,
        &RESOURCE_NAME,
        found,
    );
    if let Bus::Custom(bus) = &pipeline.bus {
        check_charset("bus", &bus.value, bus.span, &BUS_NAME, found);
        let name = Name::new(&bus.value);
        check_length("bus", &name, BUS_NAME_MAX, bus.span, found);
    }
    if let Some(days) = &pipeline.archive_days {
        let name = Name::new(&pipeline.name.value);
        check_length("archive", &name, ARCHIVE_NAME_MAX, days.span, found);
    }
    for (name, event) in &pipeline.events {
        check_charset("event", name, event.name_span, &EVENT_NAME, found);
    }
    for resources in jobs {
        let job = resources.spec();
        check_charset(
            "job",
            resources.name(),
            job.name_span,
            &RESOURCE_NAME,
            found,
        );
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
        check_lengths(resources, found);
    }
}

fn check_charset(
    what: &str,
    name: &str,
    span: Span,
    charset: &Charset,
    found: &mut Vec<Diagnostic>,
) {
    if charset.accepts(name) {
        return;
    }
    let article = if what == "event" { "an" } else { "a" };
    let message = format!("`{name}` cannot be the name of {article} {what}");
    let mut diagnostic = Diagnostic::new(&INVALID_NAME, span, message)
        .with_note(format!("a name has {}", charset.words));
    if let Some(help) = name_help(what, name, charset) {
        diagnostic = diagnostic.with_suggestion(span, help);
    }
    found.push(diagnostic);
}

fn name_help(what: &str, name: &str, charset: &Charset) -> Option<Suggestion> {
    // `order.placed:{ detail_type` is a key that has swallowed the start of its value.
    if let Some((key, _)) = name.split_once(":{").or_else(|| name.split_once(":[")) {
        return Some(format!("put a space behind `{key}:`").into());
    }
    // A spec has no templates, so what stands between the brackets is no part of a name.
    if let Some(at) = ["{{", "${", "{%", "%{", "<%"]
        .iter()
        .find_map(|sign| name.find(sign))
    {
        let own = nearest_name(&name[..at], charset);
        return Some(match what {
            "pipeline" | "bus" if !own.is_empty() => {
                let help =
                    format!("write `{own}`: every name on AWS gets the environment behind it");
                Suggestion::one_of(help, [own])
            }
            _ => "write the name itself: a spec has no templates".into(),
        });
    }
    let near = nearest_name(name, charset);
    // Dropping letters such as `ö` would make another word.
    let is_ascii = name.chars().all(|c| c.is_ascii() || !c.is_alphanumeric());
    (is_ascii && !near.is_empty()).then(|| Suggestion::write(&near))
}

/// Finds the nearest name that is allowed; empty if nothing is left.
fn nearest_name(name: &str, charset: &Charset) -> String {
    let mut near = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        if starts_word(&chars, index)
            && !charset.capitals
            && !near.is_empty()
            && !near.ends_with('-')
        {
            near.push('-');
        }
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

/// Whether a capital starts a word: the `M` of `sendMail`, the `S` of `HTTPServer`, and not the `D` of `IDs`.
fn starts_word(chars: &[char], index: usize) -> bool {
    if index == 0 || !chars[index].is_ascii_uppercase() {
        return false;
    }
    let before = chars[index - 1];
    let next = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
    let is_plural = chars[index + 1..] == ['s'];
    before.is_ascii_lowercase()
        || before.is_ascii_digit()
        || (before.is_ascii_uppercase() && next && !is_plural)
}

/// Reports only the name that is furthest beyond its limit: shortening one part mends them all.
fn check_lengths(job: &JobResources<'_>, found: &mut Vec<Diagnostic>) {
    let names = job.names().into_iter();
    // `given_name` judges a name that the spec gives.
    let names = names.filter(|named| named.name.kept().is_none());
    let worst = names.max_by_key(|named| named.name.longest(0).saturating_sub(named.most));
    if let Some(Named { what, most, name }) = worst {
        check_length(what, name, most, job.spec().name_span, found);
    }
}

fn check_length(what: &str, name: &Name, most: usize, span: Span, found: &mut Vec<Diagnostic>) {
    // The environment is known only to Terraform, so the check assumes its longest name.
    let longest = name.longest(0);
    if longest <= most {
        return;
    }
    let too_many = longest - most;
    let message = format!("the {what} `{name}` may be {longest} characters long");
    let behind = match name.region() {
        None => format!(
            "a hyphen and the environment take up to {} of them",
            MAX_ENVIRONMENT + 1
        ),
        Some(_) => format!(
            "the environment, the region and their hyphens take up to {} of them",
            MAX_ENVIRONMENT + MAX_REGION + 2
        ),
    };
    let diagnostic = Diagnostic::new(&NAME_TOO_LONG, span, message)
        .with_note(format!("AWS accepts {most}; {behind}"))
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
            ("sendMail", "send-mail"),
            ("SendMail", "send-mail"),
            ("SEND_MAIL", "send-mail"),
            ("send mail", "send-mail"),
            ("HTTPServer", "http-server"),
            ("sendHTTPMail", "send-http-mail"),
            ("parseJSON2CSV", "parse-json2-csv"),
            ("S3Upload", "s3-upload"),
            ("IDs", "ids"),
            ("userIDs", "user-ids"),
            ("___", ""),
        ] {
            assert_eq!(nearest_name(name, &RESOURCE_NAME), near);
        }
        assert_eq!(nearest_name("MyBus 1", &BUS_NAME), "MyBus-1");
    }

    #[test]
    fn a_name_that_cannot_be_guessed_is_not() {
        for name in ["größe", "名", "123", "___"] {
            assert_eq!(name_help("job", name, &RESOURCE_NAME), None, "{name}");
        }
    }

    #[test]
    fn what_a_template_would_fill_in_is_no_part_of_a_name() {
        let help = name_help("pipeline", "shop-{{ env }}", &RESOURCE_NAME)
            .unwrap()
            .help;
        assert!(help.starts_with("write `shop`: every name"), "{help}");
        let help = name_help("job", "bill-${environment}", &RESOURCE_NAME)
            .unwrap()
            .help;
        assert!(help.starts_with("write the name itself"), "{help}");
    }
}
