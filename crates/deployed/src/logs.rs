//! Following an event in the logs of the functions that receive it.

use std::collections::HashSet;

use anyhow::anyhow;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use jiff::Timestamp;
use serde_json::Value;

use crate::Config;
use crate::aws::sentence;

/// CloudWatch Logs, from an instant on.
#[derive(Debug)]
pub struct Logs {
    client: Client,
    from: Timestamp,
    /// The event, and those that the functions emitted for it.
    events: HashSet<String>,
}

/// How far the clock of this machine may be ahead of the one at AWS, in milliseconds.
const CLOCKS: i64 = 60_000;

impl Logs {
    /// The logs of every function from an instant on.
    pub fn new(config: &Config, from: Timestamp) -> Self {
        Self {
            client: Client::new(config.sdk()),
            from,
            events: HashSet::new(),
        }
    }

    /// Returns the functions that have logged that they received the event, or one that it led to. Each is given with
    /// its log group.
    ///
    /// # Errors
    /// A service that cannot be reached, or a refusal.
    pub async fn received<'f>(
        &mut self,
        event: &str,
        functions: impl Iterator<Item = (&'f str, &'f str)>,
    ) -> anyhow::Result<Vec<String>> {
        self.events.insert(event.to_owned());
        let mut received = Vec::new();
        for (function, log_group) in functions {
            let mut finished = false;
            for (_, line) in self.lines(log_group).await? {
                // Every line is taken: one names an event that a later line is about.
                finished |= self.take_line(&line);
            }
            if finished {
                received.push(function.to_owned());
            }
        }
        Ok(received)
    }

    /// Whether a line says that a run for one of the events is finished.
    fn take_line(&mut self, line: &str) -> bool {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            return false;
        };
        let is_ours = line["span"]["event_id"]
            .as_str()
            .is_some_and(|id| self.events.contains(id));
        if is_ours && let Some(emitted) = line["emitted_id"].as_str() {
            self.events.insert(emitted.to_owned());
        }
        is_ours && line["message"] == "run finished"
    }

    /// Returns the lines of a log group, each with its time in milliseconds since 1970.
    ///
    /// # Errors
    /// A service that cannot be reached, or a refusal.
    pub async fn lines(&self, log_group: &str) -> anyhow::Result<Vec<(i64, String)>> {
        let request = self.client.filter_log_events();
        let request = request.log_group_name(log_group);
        let request = request.start_time(self.from.as_millisecond() - CLOCKS);
        let mut pages = request.into_paginator().send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    let events = page.events.unwrap_or_default();
                    let texts = events.into_iter();
                    lines.extend(texts.filter_map(|event| {
                        Some((event.timestamp.unwrap_or_default(), event.message?))
                    }));
                }
                // Lambda makes the log group of a function when it first logs.
                Err(error) if error.code() == Some("ResourceNotFoundException") => break,
                Err(error) => {
                    let request = format!("logs:FilterLogEvents of {log_group}");
                    return Err(anyhow!(sentence(&request, &error)));
                }
            }
        }
        Ok(lines)
    }
}
