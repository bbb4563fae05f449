//! What is deployed, read from AWS or from an endpoint that stands in for it. Nothing here writes.

mod config;
pub(crate) mod deployed;
mod failure;
mod functions;
mod mappings;
mod queues;
mod reading;
mod rules;
mod schedules;

pub use config::Config;
pub(crate) use failure::{is_about_credentials, sentence};
pub(crate) use reading::Reading;

use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};

use deployed::{Function, Mapping, Queue, Rule, Schedule, Target, asked_for};

/// Requests that run at a time: the quotas on reading are a few dozen a second.
const AT_A_TIME: usize = 8;

/// The services that a pipeline is deployed to.
pub(crate) struct Aws {
    events: aws_sdk_eventbridge::Client,
    lambda: aws_sdk_lambda::Client,
    scheduler: aws_sdk_scheduler::Client,
    sqs: aws_sdk_sqs::Client,
    progress: ProgressBar,
}

impl Aws {
    /// Clients with one configuration. What has been read is counted on a terminal.
    pub(crate) fn new(config: &Config) -> Self {
        let shows_progress = config.shows_progress();
        let config = config.sdk();
        let style = ProgressStyle::with_template("{spinner} {pos} read, {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self {
            events: aws_sdk_eventbridge::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            scheduler: aws_sdk_scheduler::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            progress: if shows_progress {
                ProgressBar::no_length().with_style(style)
            } else {
                ProgressBar::hidden()
            },
        }
    }

    /// The rules of a bus whose names begin with `prefix`, with their targets if `wanted`.
    ///
    /// # Errors
    /// A service that cannot be reached, or credentials that it does not know. A refusal of one request is a [`Reading`].
    pub(crate) async fn rules(
        &self,
        bus: &str,
        prefix: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Reading<Vec<Rule>>> {
        self.progress.set_message(format!("rules of {bus}"));
        let listed = rules::list_rules(&self.events, bus, prefix).await?;
        let Reading::Found(listed) = listed else {
            return Ok(listed);
        };
        let with_targets = stream::iter(listed).map(|mut rule| {
            let wanted = wanted(&rule.name);
            async move {
                if wanted {
                    rule.targets = rules::list_targets(&self.events, bus, &rule.name).await?;
                    self.progress.inc(1);
                }
                anyhow::Ok(rule)
            }
        });
        // `buffered` keeps the order of the list, whichever response comes first.
        let rules = with_targets.buffered(AT_A_TIME).try_collect().await?;
        Ok(Reading::Found(rules))
    }

    /// The targets of one rule.
    ///
    /// # Errors
    /// As [`Aws::rules`].
    pub(crate) async fn targets(
        &self,
        bus: &str,
        rule: &str,
    ) -> anyhow::Result<Reading<Vec<Target>>> {
        rules::list_targets(&self.events, bus, rule).await
    }

    /// The schedules of EventBridge Scheduler whose names begin with `prefix`, in full if `wanted`.
    ///
    /// # Errors
    /// As [`Aws::rules`].
    pub(crate) async fn schedules(
        &self,
        prefix: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Reading<Vec<Schedule>>> {
        self.progress.set_message("schedules");
        let listed = schedules::list_schedules(&self.scheduler, prefix).await?;
        let Reading::Found(listed) = listed else {
            return Ok(listed);
        };
        let in_full = stream::iter(listed).map(|mut schedule| {
            let wanted = wanted(&schedule.name);
            async move {
                if wanted {
                    schedule.body = schedules::read_schedule(&self.scheduler, &schedule).await?;
                    self.progress.inc(1);
                }
                anyhow::Ok(schedule)
            }
        });
        let schedules = in_full.buffered(AT_A_TIME).try_collect().await?;
        Ok(Reading::Found(schedules))
    }

    /// Functions, each by its name or ARN with the alias that it was asked for with.
    ///
    /// # Errors
    /// As [`Aws::rules`].
    pub(crate) async fn functions(
        &self,
        names: Vec<(String, Option<String>)>,
    ) -> anyhow::Result<Vec<(String, Function)>> {
        self.progress.set_message("functions");
        let read = stream::iter(names).map(|(name, alias)| async move {
            let alias = alias.as_deref();
            let function = functions::read_function(&self.lambda, &name, alias).await?;
            self.progress.inc(1);
            anyhow::Ok((asked_for(&name, alias), function))
        });
        read.buffered(AT_A_TIME).try_collect().await
    }

    /// The event source mappings of functions, each by its ARN, with the name of the function.
    ///
    /// # Errors
    /// As [`Aws::rules`].
    pub(crate) async fn mappings(
        &self,
        functions: Vec<(String, String, Option<String>)>,
    ) -> anyhow::Result<Vec<(String, Reading<Vec<Mapping>>)>> {
        self.progress.set_message("event source mappings");
        let read = stream::iter(functions).map(|(name, arn, alias)| async move {
            let alias = alias.as_deref();
            let found = mappings::read_mappings(&self.lambda, &arn, alias).await?;
            self.progress.inc(1);
            anyhow::Ok((name, found))
        });
        read.buffered(AT_A_TIME).try_collect().await
    }

    /// Queues by name.
    ///
    /// # Errors
    /// As [`Aws::rules`].
    pub(crate) async fn queues(
        &self,
        names: Vec<String>,
    ) -> anyhow::Result<Vec<(String, Reading<Queue>)>> {
        self.progress.set_message("queues");
        let read = stream::iter(names).map(|name| async move {
            let queue = queues::read_queue(&self.sqs, &name).await?;
            self.progress.inc(1);
            anyhow::Ok((name, queue))
        });
        read.buffered(AT_A_TIME).try_collect().await
    }

    /// Clears what was shown.
    pub(crate) fn done(&self) {
        self.progress.finish_and_clear();
    }
}
