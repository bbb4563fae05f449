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
            let finding = if is_general {
                finding.clone()
            } else {
                let names = places.iter().filter_map(|one| one.name.as_deref());
                in_environments(finding, &names.collect::<Vec<_>>())
            };
            if !merged.contains(&finding) {
                merged.push(finding);
            }
        }
    }
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

/// Adds in which environments a finding holds, if it does not say so itself.
fn in_environments(finding: &Diagnostic, names: &[&str]) -> Diagnostic {
    let is_said = |name: &&str| finding.message.contains(&format!("`{name}`"));
    if names.iter().all(is_said) {
        return finding.clone();
    }
    let names = one_of(names).replace(" or ", " and ");
    finding
        .clone()
        .with_note(format!("with the values of {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PREFIX;
    use crate::{Surroundings, parse};

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
