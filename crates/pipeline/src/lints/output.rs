//! Places for generated files that are not safe.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;
use crate::span::Spanned;

pub(crate) static INVALID_OUTPUT: Lint = Lint {
    id: "invalid-output",
    severity: Error,
    summary: "a place for generated files outside the spec's folder",
    explanation: "\
Generated files go below the folder of the spec, so that the same spec writes the same files on every
machine, and so that no spec can write or remove files elsewhere. A path has `/` between its parts,
and neither starts with `/` nor holds `..`. The events' file ends in `.rs`.

```yaml
output:
  terraform: ../infrastructure   # keep the spec beside `infrastructure`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let output = &pipeline.output;
    check_path(&output.terraform, found);
    if let Some(events) = &output.events {
        check_path(events, found);
        if Path::new(&events.value)
            .extension()
            .is_none_or(|extension| extension != "rs")
        {
            let message = format!("`{}` is not the name of a Rust file", events.value);
            let diagnostic =
                Diagnostic::new(&INVALID_OUTPUT, events.span, message).with_help("end it in `.rs`");
            found.push(diagnostic);
        }
    }
}

fn check_path(path: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let is_safe = |part: &str| !part.is_empty() && part != "." && part != "..";
    // One slash at the end is harmless.
    let text = path.value.strip_suffix('/').unwrap_or(&path.value);
    // A colon or a backslash would make another path on Windows.
    let is_odd = |c: char| c.is_control() || matches!(c, '\\' | ':');
    if text.split('/').all(is_safe) && !text.contains(is_odd) {
        return;
    }
    let message = format!("`{}` is not a path below the spec's folder", path.value);
    let diagnostic = Diagnostic::new(&INVALID_OUTPUT, path.span, message)
        .with_help("write a relative path such as `terraform/pipeline`");
    found.push(diagnostic);
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_output(output: &str) -> Vec<&'static str> {
        let jobs = "jobs: { j: { function: { package: j }, triggers: [ { event: e } ] } }";
        ids_of(&format!("{PREFIX}{jobs}\noutput: {output}\n"))
    }

    #[test]
    fn only_paths_below_the_spec_are_taken() {
        for path in [
            "/etc", "../x", "a/../b", "''", "a//b", "./a", "'a\\b'", "c:/x",
        ] {
            assert_eq!(
                with_output(&format!("{{ terraform: {path} }}")),
                ["invalid-output"],
                "{path}"
            );
        }
        for path in ["infra", "a/b/", "terraform/pipeline"] {
            assert!(
                with_output(&format!("{{ terraform: {path} }}")).is_empty(),
                "{path}"
            );
        }
        assert_eq!(
            with_output("{ events: src/events.txt }"),
            ["invalid-output"]
        );
    }
}
