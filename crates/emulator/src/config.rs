//! What the local bus runs: rules, targets and functions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use eventbridge::pattern::Pattern;
use eventbridge::schedule::Schedule;
use eventbridge::transformer::InputTransformer;
use jiff::tz::TimeZone;

/// A pipeline as the local bus runs it.
#[derive(Debug)]
pub struct Config {
    /// The account in ARNs and envelopes, twelve digits.
    pub account: String,
    /// The region in ARNs and envelopes.
    pub region: String,
    /// The name of the event bus.
    pub bus: String,
    /// Rules in the order in which they are matched.
    pub rules: Vec<Rule>,
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
}

/// A rule with its targets.
#[derive(Debug)]
pub struct Rule {
    /// Unique on the bus.
    pub name: String,
    /// A disabled rule matches nothing.
    pub enabled: bool,
    /// What it waits for.
    pub source: RuleSource,
    /// What it invokes.
    pub targets: Vec<Target>,
}

/// What a rule waits for.
#[derive(Debug)]
pub enum RuleSource {
    /// Events that match.
    Pattern(Box<Pattern>),
    /// Times, in a zone.
    Schedule(Box<Schedule>, TimeZone),
}

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Target {
    /// Unique in its rule.
    pub id: String,
    /// The name of a function.
    pub function: String,
    /// What the function receives in the place of the event.
    pub input: Option<InputTransformer>,
}

/// A function: a binary that speaks the Lambda Runtime API.
#[derive(Clone, Debug)]
pub struct Function {
    /// The binary.
    pub command: PathBuf,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// After which a run is stopped.
    pub timeout: Duration,
    /// What it is told that it has.
    pub memory_mb: u32,
    /// Retries after a failed asynchronous run, 0–2.
    pub max_attempts: u32,
}

impl Config {
    /// A function's ARN.
    pub fn function_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{name}",
            self.region, self.account
        )
    }

    /// A rule's ARN. On the default bus it does not name the bus.
    pub fn rule_arn(&self, name: &str) -> String {
        let bus = if self.bus == "default" {
            String::new()
        } else {
            format!("{}/", self.bus)
        };
        format!(
            "arn:aws:events:{}:{}:rule/{bus}{name}",
            self.region, self.account
        )
    }
}
