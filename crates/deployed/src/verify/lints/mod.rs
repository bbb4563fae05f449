//! Every kind of finding of a comparison: what it is called, what it means, and what to do about it.

mod buffers;
mod functions;
mod queues;
mod rules;
mod targets;

use pipeline::{Lint, Severity};

pub(crate) use buffers::{OTHER_BATCHES, OTHER_REDRIVE, UNREAD_QUEUE};
pub(crate) use functions::{MISSING_FUNCTION, MISSING_PERMISSION, NO_CONCURRENCY, OTHER_EXECUTION};
pub(crate) use queues::{
    DEAD_LETTERS, FAILED_RUNS, MISSING_QUEUE, MISSING_QUEUE_POLICY, OTHER_QUEUE_KEY,
};
pub(crate) use rules::{
    DISABLED_RULE, ENABLED_RULE, MISSING_BUS, MISSING_RULE, NOT_DEPLOYED, OTHER_PATTERN,
    OTHER_SCHEDULE, UNKNOWN_RULE,
};
pub(crate) use targets::{
    FOREIGN_TARGET, MISSING_TARGET, OTHER_DEAD_LETTER_QUEUE, OTHER_INPUT, OTHER_MESSAGE_GROUP,
    OTHER_RETRIES, OTHER_TARGET_SETTINGS,
};

/// Every kind of finding of a comparison, sorted by id.
pub static LINTS: &[&Lint] = &[
    &DEAD_LETTERS,
    &DISABLED_RULE,
    &ENABLED_RULE,
    &FAILED_RUNS,
    &FOREIGN_TARGET,
    &MISSING_BUS,
    &MISSING_FUNCTION,
    &MISSING_PERMISSION,
    &MISSING_QUEUE,
    &MISSING_QUEUE_POLICY,
    &MISSING_RULE,
    &MISSING_TARGET,
    &NO_CONCURRENCY,
    &NOT_DEPLOYED,
    &OTHER_BATCHES,
    &OTHER_DEAD_LETTER_QUEUE,
    &OTHER_EXECUTION,
    &OTHER_INPUT,
    &OTHER_MESSAGE_GROUP,
    &OTHER_PATTERN,
    &OTHER_QUEUE_KEY,
    &OTHER_REDRIVE,
    &OTHER_RETRIES,
    &OTHER_SCHEDULE,
    &OTHER_TARGET_SETTINGS,
    &UNKNOWN_RULE,
    &UNREAD_QUEUE,
    &UNREADABLE,
];

pub(crate) static UNREADABLE: Lint = Lint {
    id: "unreadable",
    severity: Severity::Warning,
    summary: "something that could not be checked",
    explanation: "\
A request was refused, so nobody knows whether this part is as the spec says. Everything else is checked. Most often
the credentials do not allow the request; an endpoint that stands in for AWS may not know it.

```text
differs[unreadable]: permissions of the function shop-mail-prod: could not be checked
  found     lambda:GetPolicy of shop-mail-prod: AccessDeniedException: not authorized
```

Allow the request that is named, and verify again. docs/verify-and-import.md lists all actions that are needed; each of
them only reads.
",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The statics beside this file, which the registry has to name one by one.
    const SOURCES: [&str; 6] = [
        include_str!("buffers.rs"),
        include_str!("functions.rs"),
        include_str!("mod.rs"),
        include_str!("queues.rs"),
        include_str!("rules.rs"),
        include_str!("targets.rs"),
    ];

    #[test]
    fn the_registry_is_sorted_complete_and_documented() {
        let is_static = |line: &&str| line.starts_with("pub(crate) static ");
        let statics = SOURCES.iter().flat_map(|source| source.lines());
        assert_eq!(statics.filter(is_static).count(), LINTS.len());
        assert!(LINTS.is_sorted_by(|a, b| a.id < b.id));
        for lint in LINTS {
            let id = lint.id;
            assert!(
                id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{id}"
            );
            assert!(!lint.summary.ends_with('.'), "{id}");
            assert!(lint.explanation.ends_with('\n'), "{id}");
            let example = format!("differs[{id}]: ");
            assert!(lint.explanation.contains(&example), "{id} has no example");
        }
    }

    #[test]
    fn no_id_is_one_of_a_spec_too() {
        assert!(LINTS.iter().all(|lint| pipeline::lint(lint.id).is_none()));
    }
}
