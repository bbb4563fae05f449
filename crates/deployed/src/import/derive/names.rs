//! Names of jobs and triggers, out of those on AWS.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::resources::MAX_ENVIRONMENT;

/// The longest name of a rule.
const RULE: usize = 64;
/// What a rule's name has beside the names of the pipeline, the job and the trigger: hyphens and the environment.
const AROUND: usize = 3 + MAX_ENVIRONMENT;
/// The longest id that a trigger has without being given one.
const DEFAULT_ID: usize = "scheduled".len();

/// The names that are taken.
pub(super) struct Names<'n> {
    pipeline: &'n str,
    environment: &'n str,
    jobs: BTreeSet<String>,
    triggers: BTreeMap<String, BTreeSet<String>>,
}

impl<'n> Names<'n> {
    pub(super) fn new(pipeline: &'n str, environment: &'n str) -> Self {
        Self {
            pipeline,
            environment,
            jobs: BTreeSet::new(),
            triggers: BTreeMap::new(),
        }
    }

    /// The job of a function: what is left of its name without the pipeline and the environment.
    pub(super) fn job(&mut self, function: &str) -> String {
        let most = RULE.saturating_sub(AROUND + self.pipeline.len() + DEFAULT_ID);
        let prefix = format!("{}-", self.pipeline);
        let suffix = format!("-{}", self.environment);
        let name = function.strip_prefix(&prefix).unwrap_or(function);
        let name = kebab(name.strip_suffix(&suffix).unwrap_or(name));
        free(&mut self.jobs, &name, most)
    }

    /// Whether the names of rules are those of a job's.
    pub(super) fn speak_of(&self, rules: &[String], job: &str) -> bool {
        let prefix = format!("{}-{job}-", self.pipeline);
        let suffix = format!("-{}", self.environment);
        rules
            .iter()
            .all(|rule| rule.starts_with(&prefix) && rule.ends_with(&suffix))
    }

    /// The trigger of a rule: what the rule's name has beside the pipeline, the job and the environment, and the
    /// whole of another name.
    pub(super) fn trigger(&mut self, job: &str, rule: &str, default: &str) -> String {
        let most = RULE.saturating_sub(AROUND + self.pipeline.len() + job.len());
        let own = rule
            .strip_prefix(&format!("{}-{job}-", self.pipeline))
            .and_then(|rest| rest.strip_suffix(&format!("-{}", self.environment)));
        let id = kebab(own.unwrap_or(rule));
        let id = if id.is_empty() { default } else { &id };
        free(self.triggers.entry(job.to_owned()).or_default(), id, most)
    }
}

/// A name of at most so many bytes that is not taken, and is from now on.
fn free(taken: &mut BTreeSet<String>, name: &str, most: usize) -> String {
    let cut = |most: usize| {
        name[..name.len().min(most.max(1))]
            .trim_end_matches('-')
            .to_owned()
    };
    let mut candidate = cut(most);
    let mut number = 1;
    while taken.contains(&candidate) {
        number += 1;
        let tail = format!("-{number}");
        candidate = format!("{}{tail}", cut(most.saturating_sub(tail.len())));
    }
    taken.insert(candidate.clone());
    candidate
}

/// Small letters, digits and single hyphens, a letter first: `MyFunction12` → `my-function12`. What the CDK adds to a
/// name to make it unique is left out.
pub(super) fn kebab(text: &str) -> String {
    let text = without_hash(text);
    let mut name = String::new();
    let mut before = '-';
    for c in text.chars() {
        let breaks = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        let is_word = c.is_ascii_alphanumeric();
        if (breaks || !is_word) && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if is_word {
            name.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let name = name.trim_end_matches('-');
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("x-{name}");
    }
    name.to_owned()
}

/// A name without the eight digits of a hash at its end, in capitals: `OnOrder5E1A2B3C` → `OnOrder`.
fn without_hash(text: &str) -> &str {
    let text = text.strip_suffix('}').unwrap_or(text);
    let Some((name, hash)) = text
        .len()
        .checked_sub(8)
        .and_then(|middle| text.split_at_checked(middle))
    else {
        return text;
    };
    let is_hash = hash
        .chars()
        .all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c));
    if is_hash && name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        name
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_are_taken_apart_and_others_made_fit() {
        let mut names = Names::new("shop", "dev");
        assert_eq!(names.job("shop-bill-dev"), "bill");
        assert_eq!(names.job("shop-bill-prod"), "bill-prod");
        assert_eq!(names.job("bill"), "bill-2");
        assert_eq!(names.job("${ShipFn0A1B2C3D}"), "ship-fn");
        assert_eq!(
            names.job("Stack-ShipFn0A1B2C3D-xYz"),
            "stack-ship-fn0a1b2c3d-x-yz"
        );
        assert_eq!(
            names.trigger("bill", "shop-bill-event-dev", "event"),
            "event"
        );
        assert_eq!(
            names.trigger("bill", "Stack_OnOrder", "event"),
            "stack-on-order"
        );
        assert_eq!(
            names.trigger("bill", "stack.on.order", "event"),
            "stack-on-order-2"
        );
        assert_eq!(names.trigger("bill", "___", "event"), "event-2");
        let long = names.trigger("bill", &"Rule9".repeat(20), "event");
        assert_eq!(
            "shop-bill--".len() + long.len() + MAX_ENVIRONMENT,
            RULE,
            "{long}"
        );
    }
}
