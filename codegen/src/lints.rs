//! Every kind of finding that a command may report.

use generated_files::lints::{
    FOREIGN_FILE, MODULE_CALL, REPLACED_RULE, STALE_FILE, UNPUBLISHED_ARTIFACT,
};
use pipeline::Lint;

/// What `check` finds in a spec and the files around it, by id.
pub(crate) fn spec_lints() -> Vec<&'static Lint> {
    let mut lints = pipeline::LINTS.to_vec();
    lints.extend(changes::LINTS);
    lints.extend([
        &FOREIGN_FILE,
        &MODULE_CALL,
        &REPLACED_RULE,
        &STALE_FILE,
        &UNPUBLISHED_ARTIFACT,
    ]);
    lints.sort_by_key(|lint| lint.id);
    lints
}

/// What `test` finds in cases, by id.
pub(crate) fn case_lints() -> &'static [&'static Lint] {
    cases::LINTS
}

/// What `verify` finds in a deployment, by id; nothing in a command that is built without AWS.
pub(crate) fn deployment_lints() -> &'static [&'static Lint] {
    #[cfg(feature = "aws")]
    return deployed::verify::LINTS;
    #[cfg(not(feature = "aws"))]
    return &[];
}
