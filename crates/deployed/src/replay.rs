//! Replays of an archive: its events come to the bus once more, for chosen rules.

use std::time::Duration;

use anyhow::{anyhow, bail};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{ReplayDestination, ReplayState};
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::resources::{Resources, RuleBus};

use crate::Config;
use crate::aws::{Aws, Reading, sentence};

/// How long to wait between two looks at a replay.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What to replay.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The name of the replay, which nothing else may have for 90 days.
    pub name: String,
    /// The name of the archive.
    pub archive: String,
    /// The names of the rules that get the events, on the bus of the archive.
    pub rules: Vec<String>,
    /// The first instant of the events.
    pub from: Timestamp,
    /// The instant at which they end.
    pub until: Timestamp,
}

/// A replay that was started.
#[derive(Debug)]
pub struct Replay {
    client: Client,
    name: String,
    from: Timestamp,
    until: Timestamp,
}

/// How a replay stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The state, in AWS's word.
    pub state: String,
    /// Why it is in that state, if AWS says so.
    pub reason: Option<String>,
    /// The time of the event that was sent last.
    pub last_event: Option<Timestamp>,
    /// How much of the time between the first and the last instant is done, in percent.
    pub percent: u8,
    /// Whether it is over.
    pub is_over: bool,
}

impl Progress {
    /// Whether every event was sent.
    pub fn is_complete(&self) -> bool {
        self.state == ReplayState::Completed.as_str()
    }
}

/// Returns the name of a pipeline's archive in an environment, if it has one.
pub fn archive_name(pipeline: &Pipeline, environment: &str) -> Option<String> {
    let archive = Resources::new(pipeline).archive?;
    Some(archive.name.in_environment(environment))
}

/// Lists the names of the rules that are on the pipeline's bus, which is that of its archive, for some jobs or for all.
pub fn rule_names(
    pipeline: &Pipeline,
    environment: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<String> {
    let jobs = Resources::new(pipeline).jobs;
    let wanted = jobs.iter().filter(|job| is_wanted(job.name()));
    let rules = wanted.flat_map(|job| &job.rules);
    let on_bus = rules.filter(|rule| {
        let waits = matches!(rule.source, pipeline::resources::RuleSource::Pattern(_));
        waits && rule.bus() == Some(RuleBus::Pipeline)
    });
    on_bus
        .map(|rule| rule.name.in_environment(environment))
        .collect()
}

impl Replay {
    /// Starts a replay on the bus of its archive, for these rules and no others.
    ///
    /// # Errors
    /// An archive or a rule that is not there, a service that cannot be reached, or a refusal.
    pub async fn start(config: &Config, wanted: &Wanted) -> anyhow::Result<Self> {
        let client = Client::new(config.sdk());
        let Wanted {
            name,
            archive,
            rules,
            from,
            until,
        } = wanted;
        let found = client.describe_archive().archive_name(archive).send().await;
        let found = found.map_err(|error| match error.code() {
            Some("ResourceNotFoundException") => anyhow!(
                "there is no archive {archive} in this account and region: check `--environment` and `--region`, or deploy \
                 first"
            ),
            _ => anyhow!(sentence(
                &format!("events:DescribeArchive of {archive}"),
                &error
            )),
        })?;
        let bus = found.event_source_arn().unwrap_or_default();
        let destination = ReplayDestination::builder()
            .arn(bus)
            .set_filter_arns(Some(rule_arns(config, bus, rules).await?))
            .build()?;
        let request = client
            .start_replay()
            .replay_name(name)
            .event_source_arn(found.archive_arn().unwrap_or_default())
            .event_start_time(DateTime::from_secs(from.as_second()))
            .event_end_time(DateTime::from_secs(until.as_second()))
            .destination(destination);
        let request_of = format!("events:StartReplay of {archive}");
        let started = request.send().await;
        started.map_err(|error| anyhow!(sentence(&request_of, &error)))?;
        Ok(Self {
            client,
            name: name.clone(),
            from: *from,
            until: *until,
        })
    }

    /// Asks how the replay stands.
    ///
    /// # Errors
    /// A service that cannot be reached, or a refusal.
    pub async fn progress(&self) -> anyhow::Result<Progress> {
        let request = self.client.describe_replay().replay_name(&self.name);
        let found = request.send().await.map_err(|error| {
            let request = format!("events:DescribeReplay of {}", self.name);
            anyhow!(sentence(&request, &error))
        })?;
        let last_event = found.event_last_replayed_time();
        let last_event = last_event.and_then(|time| Timestamp::from_second(time.secs()).ok());
        let state = found.state().cloned().unwrap_or(ReplayState::Starting);
        let is_over = matches!(
            state,
            ReplayState::Completed | ReplayState::Cancelled | ReplayState::Failed
        );
        Ok(Progress {
            percent: if state == ReplayState::Completed {
                100
            } else {
                percent(self.from, self.until, last_event)
            },
            reason: found.state_reason().map(str::to_owned),
            state: state.as_str().to_owned(),
            last_event,
            is_over,
        })
    }

    /// Waits for a while, and asks then.
    ///
    /// # Errors
    /// As [`Replay::progress`].
    pub async fn next_progress(&self) -> anyhow::Result<Progress> {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        self.progress().await
    }

    /// Cancels the replay. What it has sent by then stays sent.
    ///
    /// # Errors
    /// A service that cannot be reached, or a refusal: it may be over already.
    pub async fn cancel(&self) -> anyhow::Result<()> {
        let request = self.client.cancel_replay().replay_name(&self.name);
        let request_of = format!("events:CancelReplay of {}", self.name);
        let cancelled = request.send().await;
        cancelled
            .map(|_| ())
            .map_err(|error| anyhow!(sentence(&request_of, &error)))
    }
}

/// The ARNs of rules by their names, as AWS has them. A filter with a rule that is not there would replay to nobody.
async fn rule_arns(config: &Config, bus: &str, names: &[String]) -> anyhow::Result<Vec<String>> {
    let aws = Aws::new(config);
    let name = eventbridge::arn::Arn::parse(bus).map_or(bus, |arn| arn.name());
    let rules = match aws.rules(name, "", |_| false).await? {
        Reading::Found(rules) => rules,
        Reading::Absent => bail!("there is no bus {name} in this account and region"),
        Reading::Refused(why) => bail!(why),
    };
    let mut arns = Vec::new();
    for wanted in names {
        let found = rules.iter().find(|rule| rule.name == *wanted);
        match found {
            Some(rule) => arns.push(rule.arn.clone()),
            None => bail!(
                "there is no rule {wanted} on the bus {name}: deploy first, or name other jobs"
            ),
        }
    }
    Ok(arns)
}

/// How much of a time is done, in percent, below 100: only AWS says that all of it is.
fn percent(from: Timestamp, until: Timestamp, last: Option<Timestamp>) -> u8 {
    let seconds = |time: Timestamp| time.duration_since(from).as_secs();
    let all = seconds(until).max(1);
    let done = last.map_or(0, seconds).clamp(0, all);
    u8::try_from((done * 100 / all).min(99)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_part_of_the_time_that_was_sent() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let done = |last: Option<i64>| percent(at(1_000), at(2_000), last.map(at));
        assert_eq!(done(None), 0);
        assert_eq!(done(Some(1_250)), 25);
        assert_eq!(done(Some(2_000)), 99);
        assert_eq!(done(Some(5_000)), 99);
        assert_eq!(done(Some(10)), 0);
        assert_eq!(percent(at(1_000), at(1_000), None), 0);
    }

    #[test]
    fn only_rules_of_the_archived_bus_get_its_events() {
        let spec = "
pipeline: p
source: s
bus: own
archive: { days: 7 }
events: { e: { detail_type: E, external: true } }
jobs:
  a: { function: { package: a }, triggers: [{ event: e }, { schedule: rate(1 hour) }] }
  b: { function: { package: b }, triggers: [{ pattern: { source: [aws.s3] }, bus: default }, { event: e }] }
";
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        let pipeline = parsed.pipeline.unwrap();
        let named = |job: &str| rule_names(&pipeline, "dev", |name| job.is_empty() || name == job);
        assert_eq!(named(""), ["p-a-event-dev", "p-b-event-dev"]);
        assert_eq!(named("b"), ["p-b-event-dev"]);
        assert_eq!(archive_name(&pipeline, "dev").as_deref(), Some("p-dev"));
    }
}
