//! Mistakes in specs: what the schema rejects, and what only `check` can tell.

use std::fs;
use std::path::{Path, PathBuf};

use super::complaints;

/// The cases of `tests/diagnostics` with nothing in them that a schema can reject.
const BEYOND_A_SCHEMA: [(&str, &[&str]); 8] = [
    (
        "it is no YAML, or is refused while it is read, and an editor says so without a schema",
        &[
            "not-yaml",
            "invalid-yaml",
            "invalid-indentation",
            "two-documents",
            "duplicate-key",
            "duplicate-key-in-a-flow-mapping",
            "unknown-tag",
            "python-tag",
            "alias-bomb",
            "deep-nesting",
        ],
    ),
    (
        "it is about how parts of the spec go together",
        &[
            "a-job-that-starts-itself",
            "aws-events-on-custom-bus",
            "batch-without-window",
            "buffer-and-execution",
            "detail-types-that-nothing-tells-apart",
            "double-trigger",
            "equal-messages",
            "event-loop",
            "forwarded-events",
            "loop-through-another-pipeline",
            "unreadable-contract",
            "unused-pipeline",
            "fifo-batch",
            "impossible-null",
            "impossible-operator",
            "impossible-value",
            "invalid-encryption",
            "invalid-volume",
            "name-collision",
            "rights-of-an-existing-function",
            "names-that-fall-together",
            "object-in-quotes",
            "path-without-a-field",
            "quiet-log",
            "archive-name-too-long",
            "name-of-65-characters",
            "role-with-region",
            "schedule-off-bus",
            "schedule-race",
            "settings-of-an-existing-function",
            "throttled-buffer",
            "subject-that-is-an-object",
            "unconsumed-event",
            "undefined-variable-of-a-template",
            "unemitted-event",
            "unknown-emitted-event",
            "unknown-event",
            "unknown-field",
            "unknown-subject",
            "unmatched-pattern",
            "unmatched-source",
            "unreadable-input",
            "unreadable-value",
            "untriggered-job",
            "unused-allow",
            "wide-pattern",
        ],
    ),
    (
        "it is about a sum or a number of things",
        &[
            "complex-pattern",
            "imprecise-number",
            "nearly-complex-pattern",
            "replaced-field",
            "environment-too-large",
            "folded-permissions",
            "large-policy",
            "large-policy-of-a-function",
            "long-pattern",
            "many-policies",
            "pattern-too-long",
            "six-targets",
            "too-many-rules",
        ],
    ),
    (
        "it is about the calendar, or the fields of a schedule together",
        &[
            "at-on-a-rule",
            "hour-of-25",
            "idle-schedule",
            "passed-schedule",
            "plural-rate",
            "skipped-run",
            "two-day-fields",
            "undocumented-schedule",
            "unknown-zone",
        ],
    ),
    (
        "the form of a duration is told, its range is not",
        &["retry-age-of-30-seconds", "timeout-out-of-range"],
    ),
    (
        "it is about what a text means",
        &[
            "escaped-and-unused-values",
            "foreign-event",
            "invalid-function",
            "invalid-given-name",
            "literal-interpolation",
            "misplaced-name",
            "misplaced-value",
            "needless-permission",
            "wide-permission",
            "misspelt-key-of-a-pattern",
            "password-in-a-url",
            "plain-secret",
            "shared-function",
            "shared-name",
            "shared-role",
            "shared-target",
            "two-functions-of-one-name",
            "deprecated-runtime",
            "invalid-handler",
            "invalid-image",
            "unknown-runtime",
            "template-that-is-no-json",
            "undeclared-value",
            "variable-in-a-scheduled-detail",
        ],
    ),
    (
        "it says what becomes of a spec without mistakes",
        &["kept-name"],
    ),
    (
        "it is about what lies beside the spec",
        &[
            "broken-contract",
            "environments-that-lack-a-value",
            "foreign-file",
            "module-call",
            "lossy-change",
            "lossy-plan",
            "renamed-pipeline",
            "replaced-rule",
            "unknown-package",
            "shared-bus",
            "unpublished-artifact",
        ],
    ),
];

#[test]
fn specs_with_mistakes_are_rejected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let folders: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let mut accepted = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let spec = fs::read_to_string(folder.join("pipeline.yaml")).unwrap();
        let is_rejected = !complaints(&spec).is_empty();
        let mut beyond = BEYOND_A_SCHEMA.iter();
        match beyond.find(|(_, cases)| cases.contains(&name)) {
            None if !is_rejected => accepted.push(name),
            None => {}
            Some((reason, _)) => assert!(
                !is_rejected,
                "the schema rejects {name} after all, of which this list says: {reason}"
            ),
        }
    }
    assert_eq!(accepted, [""; 0], "the schema accepts them");
    for beyond in BEYOND_A_SCHEMA.iter().flat_map(|(_, cases)| *cases) {
        assert!(
            folders.iter().any(|folder| folder.ends_with(beyond)),
            "there is no case {beyond}"
        );
    }
}
