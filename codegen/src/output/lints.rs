//! Findings about generated files.

use pipeline::{Lint, Severity};

pub(crate) static FOREIGN_FILE: Lint = Lint {
    id: "foreign-file",
    severity: Severity::Error,
    summary: "a file that nobody generated stands where one is to be written",
    explanation: "\
A generated file says so in its first line. A file without that line is somebody's work, and is never
overwritten. Move it away, or choose another folder under `output:`. If it was generated and its
first line is gone, delete it and run `codegen generate`.
",
};

pub(crate) static STALE_FILE: Lint = Lint {
    id: "stale-file",
    severity: Severity::Error,
    summary: "a generated file is not what the spec says",
    explanation: "\
The spec was edited and the files were not generated anew, or a generated file was edited by hand.
`codegen check` shows the difference; `codegen generate` writes the file. Generated files are
committed, so that a reviewer sees what a change of the spec does on AWS.
",
};
