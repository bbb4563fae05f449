//! `defaults:` and the values behind it.

use indexmap::IndexMap;

use super::function;
use super::json;
use super::quantity::{DELIVERY_AGE, DELIVERY_ATTEMPTS, EXECUTION_AGE, EXECUTION_ATTEMPTS};
use super::reader::{Range, Reader};
use crate::model::{Architecture, Retry, ScheduledDetail};
use crate::platform::Platform;
use crate::rights::Rights;
use crate::span::{Span, Spanned};
use crate::values::Valued;
use crate::yaml::Node;

/// Settings that a job has unless it overrides them.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The settings of its function.
    pub settings: Settings,
    /// How EventBridge delivers to its function.
    pub delivery: Retry,
    /// What Lambda does when a run fails.
    pub execution: Retry,
    /// The fields of a scheduled event's detail.
    pub scheduled_detail: ScheduledDetail,
}

/// The settings of a function that `defaults` may give.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Memory in MB.
    pub memory_mb: Valued<u32>,
    /// The longest time that a run may take, in seconds.
    pub timeout_seconds: Valued<u32>,
    /// The processor that the function is built for.
    pub architecture: Architecture,
    /// Days for which its log is kept; 0 is for ever.
    pub log_retention_days: Valued<u32>,
    /// AWS X-Ray on or off.
    pub tracing: bool,
    /// Cargo features of the deployed package.
    pub features: Option<Vec<String>>,
    /// Secrets that it may read.
    pub secrets: IndexMap<String, Spanned<String>>,
    /// Keys of secrets that have one of their own.
    pub secret_keys: IndexMap<String, Spanned<String>>,
    /// What its role may do beside what every function may.
    pub rights: Rights,
    /// Network, layers, concurrency and the like.
    pub platform: Platform,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            settings: Settings {
                memory_mb: 256.into(),
                timeout_seconds: 60.into(),
                architecture: Architecture::Arm64,
                log_retention_days: 365.into(),
                tracing: true,
                features: None,
                secrets: IndexMap::new(),
                secret_keys: IndexMap::new(),
                rights: Rights::default(),
                platform: Platform::default(),
            },
            delivery: Retry {
                max_attempts: DELIVERY_ATTEMPTS.most,
                max_age_seconds: DELIVERY_AGE.most,
            },
            execution: Retry {
                max_attempts: EXECUTION_ATTEMPTS.most,
                max_age_seconds: EXECUTION_AGE.most,
            },
            scheduled_detail: ScheduledDetail::new(),
        }
    }
}

/// Reads the value of `defaults:`.
pub(super) fn read(reader: &mut Reader, node: &Node, at: Span) -> Defaults {
    let mut defaults = Defaults::default();
    let Some(mut fields) = reader.fields("`defaults`", node, at) else {
        return defaults;
    };
    if let Some((at, node)) = fields.take_entry("function")
        && let Some(mut function) = reader.fields("`defaults.function`", node, at)
    {
        function::read_settings(reader, &mut function, &mut defaults.settings);
        function.finish(reader);
    }
    if let Some((at, node)) = fields.take_entry("delivery") {
        defaults.delivery = read_delivery(reader, node, at, defaults.delivery);
    }
    if let Some((at, node)) = fields.take_entry("execution") {
        defaults.execution = read_execution(reader, node, at, defaults.execution);
    }
    if let Some((at, node)) = fields.take_entry("schedule")
        && let Some(mut schedule) = reader.fields("`defaults.schedule`", node, at)
    {
        if let Some(node) = schedule.take("detail") {
            defaults.scheduled_detail = json::read_object(reader, node);
        }
        schedule.finish(reader);
    }
    fields.finish(reader);
    defaults
}

/// Reads a `delivery:`; what it leaves out stays as in `base`.
pub(super) fn read_delivery(reader: &mut Reader, node: &Node, at: Span, base: Retry) -> Retry {
    read_retry(
        reader,
        "`delivery`",
        node,
        at,
        base,
        &[DELIVERY_ATTEMPTS, DELIVERY_AGE],
    )
}

/// Reads an `execution:`; what it leaves out stays as in `base`.
pub(super) fn read_execution(reader: &mut Reader, node: &Node, at: Span, base: Retry) -> Retry {
    read_retry(
        reader,
        "`execution`",
        node,
        at,
        base,
        &[EXECUTION_ATTEMPTS, EXECUTION_AGE],
    )
}

fn read_retry(
    reader: &mut Reader,
    what: &'static str,
    node: &Node,
    at: Span,
    mut retry: Retry,
    [attempts, age]: &[Range; 2],
) -> Retry {
    let Some(mut fields) = reader.fields(what, node, at) else {
        return retry;
    };
    // Each number is overridden alone: a trigger may shorten the age and keep the attempts.
    if let Some(node) = fields.take("max_attempts") {
        retry.max_attempts = reader.integer(node, attempts).unwrap_or(retry.max_attempts);
    }
    if let Some(node) = fields.take("max_age") {
        retry.max_age_seconds = reader.duration(node, age).unwrap_or(retry.max_age_seconds);
    }
    fields.finish(reader);
    retry
}
