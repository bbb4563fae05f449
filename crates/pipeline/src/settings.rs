//! Findings of one spec in several environments, as one list.

use crate::diagnostic::{Diagnostic, one_of};
use crate::model::Pipeline;
use crate::sort;
use crate::values::{Setting, ValueType};

/// The findings of a spec in one environment, or on this machine.
#[derive(Debug)]
pub struct Judged {
    /// What findings call the environment; nothing if it is made up, to learn which findings depend on values.
    pub name: Option<String>,
    /// The findings.
    pub findings: Vec<Diagnostic>,
}

/// Puts findings together: each once, with the environments in which alone it holds.
pub fn merge(judged: &[Judged]) -> Vec<Diagnostic> {
    let mut merged: Vec<Diagnostic> = Vec::new();
    let mut bound: Vec<Bound<'_>> = Vec::new();
    for Judged { findings, .. } in judged.iter().filter(|one| one.name.is_some()) {
        for finding in findings {
            let (places, others): (Vec<&Judged>, Vec<&Judged>) = judged
                .iter()
                .partition(|one| one.findings.contains(finding));
            // An error keeps later checks from running: that they found nothing there says nothing.
            let is_silent = |one: &&Judged| one.findings.iter().any(Diagnostic::is_error);
            let is_general = !finding.is_error() && others.iter().all(is_silent);
            let is_general = others.is_empty() || is_general;
            // What is of use in one environment is not unused.
            if !is_general && finding.lint.id.starts_with("unused-") {
                continue;
            }
            if is_general {
                if !merged.contains(finding) {
                    merged.push(finding.clone());
                }
            } else if !bound.iter().any(|one| one.has(finding)) {
                let names = places.iter().filter_map(|one| one.name.as_deref());
                let variant = (finding, names.collect());
                match bound.iter_mut().find(|one| one.is_like(&variant)) {
                    Some(like) => like.variants.push(variant),
                    None => bound.push(Bound {
                        variants: vec![variant],
                    }),
                }
            }
        }
    }
    merged.extend(bound.iter().map(Bound::told));
    sort(&mut merged);
    merged
}

/// An environment that nobody has: every text is another one than on this machine. What is found in both does not
/// depend on values.
pub fn made_up(pipeline: &Pipeline) -> Setting {
    let values = pipeline.values.iter().map(|(name, value)| {
        let other = match value.kind {
            ValueType::String => format!("{}-elsewhere", value.local),
            ValueType::Boolean => (value.local != "true").to_string(),
            ValueType::Integer | ValueType::Duration => value.local.clone(),
        };
        (name.clone(), other)
    });
    Setting {
        region: "eu-central-1".to_owned(),
        values: values.collect(),
        ..Setting::environment("elsewhere")
    }
}

/// A finding with the environments in which it is this one.
type Variant<'a> = (&'a Diagnostic, Vec<&'a str>);

/// One mistake that depends on values, and reads differently with those of each environment.
struct Bound<'a> {
    variants: Vec<Variant<'a>>,
}

impl Bound<'_> {
    fn has(&self, finding: &Diagnostic) -> bool {
        self.variants.iter().any(|(own, _)| *own == finding)
    }

    /// Whether a finding is this mistake in other environments. Two in one environment are two mistakes, and what names
    /// its environment itself is one of that environment.
    fn is_like(&self, (finding, names): &Variant<'_>) -> bool {
        self.variants.iter().all(|(own, own_names)| {
            own.lint.id == finding.lint.id
                && own.span == finding.span
                && own.related == finding.related
                && own.elsewhere == finding.elsewhere
                && own.help == finding.help
                && own.fixes == finding.fixes
                && !own_names.iter().any(|name| names.contains(name))
                && !is_said(own, own_names)
                && !is_said(finding, names)
        })
    }

    /// The finding, with the environments, and what it says in the others.
    fn told(&self) -> Diagnostic {
        let with = |names: &[&str]| {
            let names = one_of(names).replace(" or ", " and ");
            format!("with the values of {names}")
        };
        let (first, names) = &self.variants[0];
        let mut told = (*first).clone();
        if !is_said(first, names) {
            told = told.with_note(with(names));
        }
        for (other, names) in &self.variants[1..] {
            told = told.with_note(format!("{}: {}", with(names), other.message));
        }
        told
    }
}

/// Whether a finding names its environments itself.
fn is_said(finding: &Diagnostic, names: &[&str]) -> bool {
    let is_said = |name: &&str| finding.message.contains(&format!("`{name}`"));
    names.iter().all(is_said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PREFIX;
    use crate::{Surroundings, parse};

    #[test]
    fn a_mistake_that_reads_differently_in_each_environment_is_one_finding() {
        let spec = format!(
            "{PREFIX}values: {{ memory: {{ type: integer, local: 64 }}, bucket: {{ local: b }} }}\njobs: {{ j: {{ function: {{ package: j, memory_mb: \"${{memory}}\", permissions: [ {{ actions: [s3:GetObject], resources: [\"${{bucket}}\", \"${{bucket}}-2\"] }} ] }}, triggers: [ {{ event: e, name: \"x-${{environment}}/y\" }} ] }} }}\n"
        );
        let judge = |name: &str, memory: &str, bucket: &str| {
            let mut setting = Setting::environment(name);
            let values = [("memory", memory), ("bucket", bucket)];
            setting.values = values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
            let surroundings = Surroundings {
                setting,
                ..Surroundings::default()
            };
            Judged {
                name: Some(name.to_owned()),
                findings: parse(&spec, &surroundings).diagnostics,
            }
        };
        let judged = [
            judge("dev", "64", "d"),
            judge("prod", "63", "p"),
            judge("test", "20000", "p"),
        ];
        let merged = merge(&judged);
        let merged: Vec<_> = merged
            .iter()
            .map(|one| (one.lint.id, one.message.as_str(), one.notes.join("; ")))
            .collect();
        let bucket = |message: &str, other: &str| {
            let why = "is not the ARN of a resource: an ARN begins with `arn:`";
            let message = format!("`{message}` {why}");
            let notes = format!(
                "with the values of `dev`; with the values of `prod` and `test`: `{other}` {why}"
            );
            ("invalid-permission", message, notes)
        };
        let memory = "a function's memory in MB must be 128 to 10240, not";
        let rule = |name: &str| format!("a rule cannot have the name `x-{name}/y`, with '/' in it");
        let expected = [
            (
                "out-of-range",
                format!("{memory} 20000"),
                "with the values of `test`".to_owned(),
            ),
            (
                "out-of-range",
                format!("{memory} 64"),
                format!("with the values of `dev`; with the values of `prod`: {memory} 63"),
            ),
            bucket("d", "p"),
            bucket("d-2", "p-2"),
            (
                "invalid-given-name",
                rule("dev"),
                format!(
                    "with the values of `dev`; with the values of `prod`: {}; with the values of `test`: {}",
                    rule("prod"),
                    rule("test")
                ),
            ),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(id, message, notes)| (*id, message.as_str(), notes.clone()))
            .collect();
        assert_eq!(merged, expected);
    }

    #[test]
    fn a_finding_names_the_environments_in_which_alone_it_holds() {
        let spec = format!(
            "{PREFIX}values: {{ memory: {{ type: integer, local: 256 }}, unused: {{ local: x }} }}\njobs: {{ j: {{ function: {{ package: j, memory_mb: \"${{memory}}\" }}, triggers: [ {{ event: e }} ] }} }}\n"
        );
        let judge = |name: &str, memory: Option<&str>| {
            let mut setting = Setting::environment(name);
            setting.values.insert("unused".to_owned(), "y".to_owned());
            setting
                .values
                .extend(memory.map(|memory| ("memory".to_owned(), memory.to_owned())));
            let surroundings = Surroundings {
                setting,
                ..Surroundings::default()
            };
            Judged {
                name: Some(name.to_owned()),
                findings: parse(&spec, &surroundings).diagnostics,
            }
        };
        let judged = [
            judge("dev", Some("256")),
            judge("prod", Some("64")),
            judge("test", Some("64")),
            judge("trial", None),
        ];
        let merged = merge(&judged);
        let merged: Vec<_> = merged
            .iter()
            .map(|one| (one.message.as_str(), one.notes.clone()))
            .collect();
        assert_eq!(
            merged,
            [
                ("the environment `trial` lacks the value `memory`", vec![]),
                ("nothing names the value `unused`", vec![]),
                (
                    "a function's memory in MB must be 128 to 10240, not 64",
                    vec!["with the values of `prod` and `test`".to_owned()]
                ),
            ]
        );
    }
}
