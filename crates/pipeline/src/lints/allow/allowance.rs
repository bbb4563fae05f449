//! Which kinds of findings an `allow` may name.

use crate::diagnostic::{Lint, Severity};

/// Whether an `allow` may name a kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// It may: the finding is a judgement of this tool.
    Allowed,
    /// It may not, for this reason.
    Refused(&'static str),
    /// There is no such kind of finding in a spec.
    Unknown,
}

/// Kinds of findings about a spec that its command makes, which looks at the files around it, too: the id, and why an
/// `allow` may not name it.
const OF_FILES: [(&str, Option<&str>); 15] = [
    ("broken-consumer", None),
    ("broken-producer", None),
    ("deleted-archive", None),
    ("deleted-log", None),
    ("deleted-messages", None),
    ("delivery-gap", None),
    ("destroyed-itself", None),
    ("double-delivery", None),
    ("foreign-file", Some("a file of somebody would be lost")),
    ("module-call", None),
    ("named-elsewhere", None),
    ("replaced-pipeline", None),
    (
        "replaced-rule",
        Some("it is gone as soon as `codegen generate` has written the files"),
    ),
    ("stale-file", Some("`codegen generate` mends it")),
    ("unpublished-artifact", None),
];

/// Errors that are a judgement of this tool, each with how the tool may be wrong. Every other error is a rule of AWS,
/// of Terraform or of the spec itself, or a part of the spec contradicts another.
const JUDGEMENTS: [(&str, &str); 3] = [
    (
        "aws-events-on-custom-bus",
        "a rule that is not in the spec may forward events of the default bus to this one",
    ),
    (
        "unmatched-pattern",
        "others may emit events of the pipeline's source that the spec does not declare",
    ),
    (
        "unreadable-input",
        "a function need not read its input with the crate `job`",
    ),
];

/// Findings that are no errors and yet may not be allowed, and why.
const NEVER: [(&str, &str); 1] = [("unused-allow", "remove the entry that it is about")];

const NO_JUDGEMENT: &str = "it is an error that has to be mended";

/// Says whether an `allow` may name a kind of finding. `lints` are those that the spec alone has.
pub(in crate::lints) fn allowance(lints: &[&Lint], id: &str) -> Allowance {
    if let Some((_, reason)) = NEVER.iter().find(|(never, _)| *never == id) {
        return Allowance::Refused(reason);
    }
    if let Some((_, refused)) = OF_FILES.iter().find(|(of_files, _)| *of_files == id) {
        return refused.map_or(Allowance::Allowed, Allowance::Refused);
    }
    match lints.iter().find(|lint| lint.id == id) {
        None => Allowance::Unknown,
        Some(lint) if lint.severity != Severity::Error => Allowance::Allowed,
        Some(_) if JUDGEMENTS.iter().any(|(judged, _)| *judged == id) => Allowance::Allowed,
        Some(_) => Allowance::Refused(NO_JUDGEMENT),
    }
}

/// Lists the ids of all kinds of findings about a spec, sorted.
pub(in crate::lints) fn known_ids(lints: &[&'static Lint]) -> Vec<&'static str> {
    let of_files = OF_FILES.iter().map(|(id, _)| *id);
    let mut ids: Vec<&str> = lints.iter().map(|lint| lint.id).chain(of_files).collect();
    ids.sort_unstable();
    ids
}
