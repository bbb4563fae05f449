//! From volumes and prices to an estimate.

use std::collections::BTreeSet;

use pipeline::Pipeline;
use pipeline::language::SOURCE_RESERVED;
use pipeline::model::{Architecture, TargetAddress, TargetKind};
use pipeline::resources::{Function, JobResources, Receiver, Resources};
use serde::Serialize;

use crate::DAYS;
use crate::rates::{Item, Rates};
use crate::volume::{Deliveries, Volume};

/// What a pipeline costs in a month.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// The items that cost something or are counted.
    pub items: Vec<Line>,
    /// What each job comes to, in the order of the spec, before anything is free.
    pub jobs: Vec<JobCost>,
    /// The sum of the items.
    pub total: f64,
    /// What was assumed.
    pub assumed: BTreeSet<String>,
    /// What nobody says, so that it is counted as nothing.
    pub unsaid: BTreeSet<String>,
    /// What costs something and is not counted.
    pub not_counted: BTreeSet<String>,
}

/// An item of the bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The key in the file of prices.
    pub item: &'static str,
    /// What it is.
    pub what: &'static str,
    /// How many of it in a month.
    pub quantity: f64,
    /// How many of them are free.
    pub free: f64,
    /// What `per` of it cost.
    pub price: f64,
    /// What the price is for.
    pub per: f64,
    /// What it costs.
    pub cost: f64,
}

/// What a job comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobCost {
    /// The job.
    pub job: String,
    /// Deliveries to it in a month.
    pub deliveries: f64,
    /// Runs of its function.
    pub runs: f64,
    /// What it costs, without the events that start it.
    pub cost: f64,
}

/// How many of each item.
#[derive(Clone, Copy, Debug, Default)]
struct Usage([f64; Item::ALL.len()]);

impl Usage {
    fn add(&mut self, item: Item, quantity: f64) {
        self.0[item as usize] += quantity;
    }

    fn cost(&self, rates: &Rates) -> f64 {
        let costs = Item::ALL.into_iter().map(|item| {
            let price = rates.price(item);
            self.0[item as usize] * price.price / price.per
        });
        costs.sum()
    }
}

/// The bytes that EventBridge, SQS and SNS count as one: 64 KB.
const CHUNK: f64 = 65_536.0;
const GB: f64 = 1_073_741_824.0;
/// The length of a run if the spec does not say it.
const RUN_MS: u32 = 1_000;
/// Log lines of a run: the platform's own, and one for what is emitted.
const LOG_BYTES: f64 = 1_024.0;
/// What Lambda receives from a queue that is empty: five requests at a time, each for 20 s.
const POLLERS: f64 = 5.0;
const POLL_SECONDS: f64 = 20.0;
/// What X-Ray's default rule samples: one request a second, and of the others this share.
const SAMPLED: f64 = 0.05;

const MONTH_SECONDS: f64 = 86_400.0 * DAYS as f64;

/// Estimates what a pipeline costs in a month. `dashboards` is how many it has; `free_tier` takes off what is free.
pub fn estimate(
    pipeline: &Pipeline,
    volume: &Volume,
    rates: &Rates,
    dashboards: usize,
    free_tier: bool,
) -> Estimate {
    let resources = Resources::new(pipeline);
    let mut counting = Counting {
        volume,
        assumed: volume.assumed.clone(),
        not_counted: BTreeSet::new(),
    };
    let mut all = counting.shared(pipeline, &resources, dashboards);
    let mut jobs = Vec::new();
    for job in &resources.jobs {
        let (usage, runs) = counting.job(pipeline, job);
        jobs.push(JobCost {
            job: job.name().to_owned(),
            deliveries: counting.deliveries(job).all(),
            runs,
            cost: usage.cost(rates),
        });
        for item in Item::ALL {
            all.add(item, usage.0[item as usize]);
        }
    }
    let items: Vec<Line> = lines(&all, rates, free_tier).collect();
    Estimate {
        total: items.iter().map(|line| line.cost).sum(),
        items,
        jobs,
        assumed: counting.assumed,
        unsaid: volume.unsaid.clone(),
        not_counted: counting.not_counted,
    }
}

fn lines(usage: &Usage, rates: &Rates, free_tier: bool) -> impl Iterator<Item = Line> {
    let counted = Item::ALL
        .into_iter()
        .map(|item| (item, usage.0[item as usize]));
    let counted = counted.filter(|(_, quantity)| *quantity > 0.0);
    counted.map(move |(item, quantity)| {
        let price = rates.price(item);
        let free = if free_tier {
            price.free.min(quantity)
        } else {
            0.0
        };
        Line {
            item: item.word(),
            what: item.what(),
            quantity,
            free,
            price: price.price,
            per: price.per,
            cost: (quantity - free) * price.price / price.per,
        }
    })
}

struct Counting<'v> {
    volume: &'v Volume,
    assumed: BTreeSet<String>,
    not_counted: BTreeSet<String>,
}

impl Counting<'_> {
    fn assume(&mut self, sentence: impl Into<String>) {
        self.assumed.insert(sentence.into());
    }

    fn leave(&mut self, sentence: impl Into<String>) {
        self.not_counted.insert(sentence.into());
    }

    /// 64 KB parts of an event.
    fn parts(&self) -> f64 {
        (self.volume.event_bytes / CHUNK).ceil().max(1.0)
    }

    fn deliveries(&self, job: &JobResources<'_>) -> Deliveries {
        let deliveries = self.volume.jobs.get(job.name());
        deliveries.copied().unwrap_or_default()
    }

    /// Counts what no job has alone: events, the archive, dashboards.
    #[expect(clippy::cast_precision_loss, reason = "there are few dashboards")]
    fn shared(
        &mut self,
        pipeline: &Pipeline,
        resources: &Resources<'_>,
        dashboards: usize,
    ) -> Usage {
        let mut usage = Usage::default();
        let mut events = 0.0;
        for (name, event) in &pipeline.events {
            let count = self.volume.events.get(name).copied().unwrap_or_default();
            if event.source.value.starts_with(SOURCE_RESERVED) {
                continue;
            }
            events += count;
        }
        usage.add(Item::Events, events * self.parts());
        if let Some(archive) = &resources.archive {
            let gb = events * self.volume.event_bytes / GB;
            usage.add(Item::Archived, gb);
            // For ever is counted as a year: each month adds as much again.
            let days = if archive.retention_days == 0 {
                365
            } else {
                archive.retention_days
            };
            if archive.retention_days == 0 {
                self.assume("the archive keeps a year of events: the spec keeps them for ever");
            }
            usage.add(Item::Kept, gb * f64::from(days) / f64::from(DAYS));
        }
        usage.add(Item::Dashboards, dashboards as f64);
        let of_bus = resources.bus_alarm.as_ref();
        let of_bus = of_bus.map_or(0, |alarm| alarm.metrics.len());
        usage.add(Item::Alarms, of_bus as f64);
        self.leave("failures: retries, runs that are tried again, queues of failures");
        self.leave("keys, secrets, networks, databases, and what crosses regions");
        usage
    }

    /// Counts what a job comes to, with the runs of its function.
    #[expect(clippy::cast_precision_loss, reason = "a job has few alarms")]
    fn job(&mut self, pipeline: &Pipeline, job: &JobResources<'_>) -> (Usage, f64) {
        let mut usage = Usage::default();
        let deliveries = self.deliveries(job);
        usage.add(Item::Scheduler, deliveries.scheduler);
        let (mut watched, mut own) = (0, BTreeSet::new());
        for alarm in job.alarms() {
            watched += alarm.metrics.len();
            if alarm.of_kind.is_none() {
                own.extend(alarm.metrics.iter().map(|metric| format!("{metric:?}")));
            }
        }
        usage.add(Item::Alarms, watched as f64);
        usage.add(Item::Metrics, own.len() as f64);
        let mut runs = 0.0;
        let parts = self.parts();
        match &job.receiver {
            Receiver::Function(function) => {
                runs = self.batches(&mut usage, function, deliveries);
                self.function(&mut usage, pipeline, job.name(), function, runs);
            }
            Receiver::Existing(_) => {
                runs = deliveries.all();
                self.leave("functions that exist already: their owner pays for their runs");
            }
            Receiver::Queue { queue, group: _ } => {
                let item = of_queue(queue.is_fifo);
                usage.add(item, deliveries.all() * parts);
                self.leave("what reads the queues that events are delivered to");
            }
            Receiver::Topic { .. } => {
                usage.add(Item::Topics, deliveries.all() * parts);
                self.leave("what topics deliver to");
            }
            Receiver::LogGroup(_) => {
                usage.add(Item::Logs, deliveries.all() * self.volume.event_bytes / GB);
            }
            Receiver::Api(_) => usage.add(Item::ApiCalls, deliveries.all()),
            Receiver::Elsewhere { to, role: _ } => {
                if let TargetKind::Api(_) = to.kind {
                    usage.add(Item::ApiCalls, deliveries.all());
                }
                if let TargetAddress::Arn(_) = to.address {
                    usage.add(Item::CrossAccount, deliveries.all() * parts);
                    self.assume(format!(
                        "what `{}` delivers to is in another account, as it has an ARN",
                        job.name()
                    ));
                }
                self.leave("what existing targets do with what is delivered to them");
            }
        }
        (usage, runs)
    }

    /// Counts the queue in front of a function, if it has one, and returns the function's runs.
    fn batches(
        &mut self,
        usage: &mut Usage,
        function: &Function<'_>,
        deliveries: Deliveries,
    ) -> f64 {
        let messages = deliveries.all();
        let Some(buffer) = &function.buffer else {
            return messages;
        };
        let in_window = messages / MONTH_SECONDS * f64::from(buffer.window_seconds);
        let runs = messages / in_window.clamp(1.0, f64::from(buffer.batch));
        let item = of_queue(buffer.queue.is_fifo);
        usage.add(item, messages * self.parts());
        // A batch is received, and deleted.
        usage.add(item, 2.0 * runs);
        usage.add(item, POLLERS * MONTH_SECONDS / POLL_SECONDS);
        self.assume(
            "events of a buffer come evenly, and Lambda asks an empty queue five times every 20 s",
        );
        runs
    }

    fn function(
        &mut self,
        usage: &mut Usage,
        pipeline: &Pipeline,
        name: &str,
        function: &Function<'_>,
        runs: f64,
    ) {
        let said = pipeline.volumes.run_ms.get(name);
        if said.is_none() && runs > 0.0 {
            self.assume(format!(
                "a run of `{name}` takes a second: `volumes.run_ms` does not say"
            ));
        }
        let seconds = f64::from(said.map_or(RUN_MS, |said| said.value)) / 1_000.0;
        let settings = function.settings;
        let gb = f64::from(settings.memory_mb.value) / 1_024.0;
        usage.add(Item::Runs, runs);
        let processor = match settings.architecture {
            Architecture::Arm64 => Item::Arm64,
            Architecture::X86_64 => Item::X86,
        };
        usage.add(processor, runs * seconds * gb);
        usage.add(Item::Logs, runs * LOG_BYTES / GB);
        if runs > 0.0 {
            self.assume("a run writes 1 KB of log lines");
        }
        if settings.tracing {
            let each_second = runs.min(MONTH_SECONDS);
            usage.add(Item::Traces, each_second + (runs - each_second) * SAMPLED);
            self.assume("X-Ray samples one run of a function in a second, and 5 % of the others");
        }
    }
}

fn of_queue(is_fifo: bool) -> Item {
    if is_fifo {
        Item::FifoQueues
    } else {
        Item::Queues
    }
}
