//! Places for generated files that are not safe.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Output, Pipeline};
use crate::span::Spanned;

pub(crate) static INVALID_OUTPUT: Lint = Lint {
    id: "invalid-output",
    severity: Error,
    summary: "a place for generated files outside the spec's folder",
    explanation: "\
Generated files go below the folder of the spec, so that the same spec writes the same files on every
machine, and so that no spec can write or remove files elsewhere. A path has `/` between its parts,
and neither starts with `/` nor holds `..`. The file of `events` ends in `.rs`, that of `python` in `.py`.

```yaml
output:
  terraform: ../infrastructure   # keep the spec beside `infrastructure`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let output = &pipeline.output;
    let Output {
        terraform,
        events,
        schemas,
        python,
    } = output;
    check_path(terraform, found);
    if let Some(schemas) = schemas {
        check_path(schemas, found);
    }
    let files = [(events, "rs", "Rust"), (python, "py", "Python")];
    for (file, ending, language) in files {
        let Some(file) = file else {
            continue;
        };
        check_path(file, found);
        let extension = Path::new(&file.value).extension();
        if extension.is_none_or(|extension| extension != ending) {
            let message = format!("`{}` is not the name of a {language} file", file.value);
            let diagnostic = Diagnostic::new(&INVALID_OUTPUT, file.span, message)
                .with_help(format!("end it in `.{ending}`"));
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
        for output in [
            "{ events: src/events.txt }",
            "{ python: src/events.txt }",
            "{ python: ../events.py }",
            "{ schemas: /schemas }",
        ] {
            assert_eq!(with_output(output), ["invalid-output"], "{output}");
        }
        let output = "{ events: a.rs, python: src/events.py, schemas: schemas/ }";
        assert_eq!(with_output(output), [""; 0]);
    }
}
