//! Packages that the Cargo workspace does not have.

use super::Surroundings;
use crate::diagnostic::{Diagnostic, Lint, Severity::Warning, suggest};
use crate::model::Pipeline;

pub(crate) static UNKNOWN_PACKAGE: Lint = Lint {
    id: "unknown-package",
    severity: Warning,
    summary: "a package that the Cargo workspace does not have",
    explanation: "\
`package` names a package of the Cargo workspace in the spec's folder, whose binary becomes the
function. Without a workspace nothing is reported, because the functions may be built elsewhere.

```yaml
function: { package: compute-feature }   # did you mean `compute-features`?
```
",
};

pub(super) fn check(pipeline: &Pipeline, surroundings: &Surroundings, found: &mut Vec<Diagnostic>) {
    // Functions may be built in another repository.
    let Some(packages) = &surroundings.packages else {
        return;
    };
    let known: Vec<&str> = packages.iter().map(String::as_str).collect();
    for job in pipeline.jobs.values() {
        let function = job.work.function();
        let Some(package) = function.and_then(|function| function.code.package()) else {
            continue;
        };
        if !known.contains(&package.value.as_str()) {
            let message = format!("the Cargo workspace has no package `{}`", package.value);
            let help = suggest(&package.value, &known);
            let diagnostic = Diagnostic::new(&UNKNOWN_PACKAGE, package.span, message);
            found.push(diagnostic.with_suggestion(package.span, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PREFIX;

    #[test]
    fn a_near_package_is_suggested_and_a_lone_file_is_left_alone() {
        let spec = format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: compute-feature }}, triggers: [ {{ event: e }} ] }} }}\n"
        );
        assert!(
            crate::parse(&spec, &Surroundings::default())
                .diagnostics
                .is_empty()
        );
        let around = Surroundings {
            packages: Some(vec!["compute-features".to_owned()]),
            ..Surroundings::default()
        };
        let found = crate::parse(&spec, &around).diagnostics;
        assert_eq!(found[0].lint.id, "unknown-package");
        assert_eq!(
            found[0].help.as_deref(),
            Some("did you mean `compute-features`?")
        );
    }
}
