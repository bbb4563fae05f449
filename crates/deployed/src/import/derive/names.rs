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

    /// A job: what is left of a name without the pipeline and the environment.
    pub(super) fn job(&mut self, name: &str) -> String {
        let most = RULE.saturating_sub(AROUND + self.pipeline.len() + DEFAULT_ID);
        let prefix = format!("{}-", self.pipeline);
        let suffix = format!("-{}", self.environment);
        let own = name.strip_prefix(&prefix).unwrap_or(name);
        let own = kebab(own.strip_suffix(&suffix).unwrap_or(own));
        let own = if own.is_empty() { "job" } else { &own };
        free(&mut self.jobs, own, most)
    }

    /// Whether the names of rules are those of a job's.
    pub(super) fn speak_of<'r>(&self, mut rules: impl Iterator<Item = &'r str>, job: &str) -> bool {
        let prefix = format!("{}-{job}-", self.pipeline);
        let suffix = format!("-{}", self.environment);
        rules.all(|rule| rule.starts_with(&prefix) && rule.ends_with(&suffix))
    }

    /// The trigger of a rule: what the rule's name has beside the pipeline, the job and the environment, and the
    /// whole of another name.
    pub(super) fn trigger(&mut self, job: &str, rule: &str, default: &str) -> String {
        let most = RULE.saturating_sub(AROUND + self.pipeline.len() + job.len());
        let prefix = format!("{}-", self.pipeline);
        let rest = rule.strip_prefix(&prefix).unwrap_or(rule);
        let suffix = format!("-{}", self.environment);
        let rest = rest.strip_suffix(&suffix).unwrap_or(rest);
        let id = kebab(rest);
        // The job is said already; a number alone is no name.
        let own = id.strip_prefix(job).and_then(|own| own.strip_prefix('-'));
        let own = own.filter(|own| !own.starts_with(|c: char| c.is_ascii_digit()));
        let id = own.unwrap_or(&id);
        let id = if id.is_empty() || id == job {
            default
        } else {
            id
        };
        free(self.triggers.entry(job.to_owned()).or_default(), id, most)
    }

    /// The name that the pipeline makes for a job's queue of dead letters.
    pub(super) fn dead_letter_queue(&self, job: &str) -> String {
        self.made(job, "dlq")
    }

    /// The names that the pipeline makes for the roles that are taken on to deliver to a job.
    pub(super) fn roles(&self, job: &str) -> [String; 2] {
        let own = format!("{}-{job}-{}", self.pipeline, self.environment);
        [own, self.made(job, "scheduler")]
    }

    /// The name that the pipeline makes for a rule.
    pub(super) fn made(&self, job: &str, trigger: &str) -> String {
        format!("{}-{job}-{trigger}-{}", self.pipeline, self.environment)
    }
}

/// A name of at most so many bytes that is not taken, and is from now on.
fn free(taken: &mut BTreeSet<String>, name: &str, most: usize) -> String {
    let mut candidate = shortened(name, most).to_owned();
    let mut number = 1;
    while taken.contains(&candidate) {
        number += 1;
        let tail = format!("-{number}");
        let start = shortened(name, most.saturating_sub(tail.len()));
        candidate = format!("{start}{tail}");
    }
    taken.insert(candidate.clone());
    candidate
}

/// The first whole words of a name that have room; a single word that has none is cut.
fn shortened(name: &str, most: usize) -> &str {
    let most = most.max(1);
    if name.len() <= most {
        return name;
    }
    let cut = &name[..most];
    let is_whole = name[most..].starts_with('-');
    let end = if is_whole { None } else { cut.rfind('-') };
    cut[..end.unwrap_or(cut.len())].trim_end_matches('-')
}

/// Small letters, digits and single hyphens, a letter first: `MyFunction12` → `my-function12`. What the CDK and
/// CloudFormation add to a name to make it unique is left out.
pub(super) fn kebab(text: &str) -> String {
    let text = without_hash(without_tail(text));
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

/// A name without the random end that CloudFormation puts behind a logical id: `Shop-OnOrder-1ABCDEFGHIJ2K`, and behind
/// the hash of the CDK one with small letters, too.
fn without_tail(text: &str) -> &str {
    let Some((name, tail)) = text.rsplit_once('-') else {
        return text;
    };
    let is_long = (8..=13).contains(&tail.len()) && tail.bytes().all(|b| b.is_ascii_alphanumeric());
    let has = |is: fn(&u8) -> bool| tail.bytes().any(|byte| is(&byte));
    let is_capital =
        !has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase);
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    if is_long && (is_capital || is_mixed && without_hash(name) != name) {
        name
    } else {
        text
    }
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
            names.job("Stack-ShipFn0A1B2C3D-xYzAbCdEfGhI"),
            "stack-ship-fn"
        );
        assert_eq!(names.job("Stack-OnOrder-1A2B3C4D5E6F7"), "stack-on-order");
        assert_eq!(names.job("___"), "job");
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
        assert_eq!(names.trigger("bill", "bill-nightly", "event"), "nightly");
        assert_eq!(names.trigger("bill", "shop-bill-dev", "event"), "event-3");
        assert_eq!(names.trigger("bill", "bill-2", "event"), "bill-2");
        // Words stay whole, and a single one that is too long does not.
        let most = RULE - "shop-bill--".len() - MAX_ENVIRONMENT;
        let words = names.trigger("bill", &"quarter-".repeat(20), "event");
        assert_eq!(words, "quarter-quarter-quarter-quarter");
        let again = names.trigger("bill", &"quarter-".repeat(20), "event");
        assert_eq!(again, "quarter-quarter-quarter-quarter-2");
        let long = names.trigger("bill", &"r9".repeat(40), "event");
        assert_eq!(long.len(), most, "{long}");
    }
}
