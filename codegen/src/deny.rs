//! `--deny`: findings that count as errors in one run.

use pipeline::{Lint, Severity};

use crate::lints::spec_lints;

/// What one `--deny` names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deny {
    /// All warnings.
    Warnings,
    /// One kind of finding.
    Lint(&'static Lint),
}

/// Reads the value of a `--deny`.
pub(crate) fn parse(value: &str) -> Result<Deny, String> {
    if value == "warnings" {
        return Ok(Deny::Warnings);
    }
    let lint = spec_lints().into_iter().find(|lint| lint.id == value);
    lint.map(Deny::Lint).ok_or_else(|| {
        "write `warnings`, or the id of a finding, which `codegen explain` lists".to_owned()
    })
}

/// Returns how much a finding matters in a run with these `--deny`.
pub(crate) fn severity(denied: &[Deny], lint: &Lint) -> Severity {
    let is_denied = denied.iter().any(|deny| match deny {
        Deny::Warnings => lint.severity == Severity::Warning,
        Deny::Lint(denied) => denied.id == lint.id,
    });
    if is_denied {
        Severity::Error
    } else {
        lint.severity
    }
}
