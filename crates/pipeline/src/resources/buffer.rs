//! The queue between a job's rules and its function, and how Lambda reads it.

use super::name::JobRef;
use super::queue::{Keeps, Queue, Redrive, Visibility};
use super::rule::Rule;
use crate::model;
use crate::values::Valued;

/// A queue between rules and a function, with the event source mapping by which Lambda reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// The queue.
    pub queue: Queue,
    /// The Terraform label of the event source mapping.
    pub label: String,
    /// The most messages of a batch.
    pub batch: u32,
    /// The longest time that a batch waits for more messages, in seconds.
    pub window_seconds: u32,
    /// The message group of every event, if the queue is a FIFO queue. EventBridge takes a fixed text.
    pub group: Option<String>,
    /// The most batches at a time; `None` is as many as the account allows.
    pub max_concurrency: Option<Valued<u32>>,
}

impl Buffer {
    /// Builds the queue and its mapping. `failures` is the queue for messages that were received too often.
    pub(super) fn new(
        job: JobRef<'_>,
        buffer: &model::Buffer,
        timeout: &Valued<u32>,
        failures: &Queue,
        rules: &[Rule<'_>],
    ) -> Self {
        let model::Buffer {
            batch,
            window_seconds,
            max_concurrency,
            max_receives,
            fifo,
        } = buffer;
        let queue = Queue {
            name: job.buffer_queue(),
            label: format!("{}_buffer", job.label()),
            keeps: Keeps::Waiting,
            visibility: Some(Visibility {
                timeout: timeout.clone(),
                window_seconds: *window_seconds,
            }),
            redrive: Some(Redrive {
                label: failures.label.clone(),
                name: failures.name.clone(),
                max_receives: *max_receives,
            }),
            ..Queue::events(job, rules)
        };
        Self {
            queue: match fifo {
                Some(_) => queue.fifo(),
                None => queue,
            },
            group: fifo.map(|_| job.on_aws().to_owned()),
            label: job.label(),
            batch: batch.value,
            window_seconds: *window_seconds,
            max_concurrency: max_concurrency.as_ref().map(|most| most.value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::resources::{Grant, JobResources};
    use crate::testing::pipeline;

    #[test]
    fn a_fifo_queue_has_a_fifo_queue_for_what_it_gives_up() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j }, buffer: { fifo: true }, triggers: [ { event: e } ] } }",
        );
        let job = JobResources::new(pipeline.job_ref("j").unwrap());
        let names = job.queues().map(|queue| queue.name.in_environment("dev"));
        // EventBridge takes only a standard queue for dead letters.
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                "p-j-dlq-dev",
                "p-j-buffer-dev.fifo",
                "p-j-on-failure-dev.fifo"
            ]
        );
        assert_eq!(job.buffer().unwrap().group.as_deref(), Some("j"));
    }

    #[test]
    fn a_message_is_hidden_for_six_times_the_timeout_and_the_window() {
        let pipeline = pipeline(
            "jobs: { j: { function: { package: j, timeout: 2m }, buffer: { window: 5s, max_receives: 3 }, triggers: [ { event: e }, { schedule: rate(1 hour), timezone: Europe/Berlin } ] } }",
        );
        let job = JobResources::new(pipeline.job_ref("j").unwrap());
        let buffer = job.buffer().unwrap();
        assert_eq!(buffer.queue.name.base(), "p-j-buffer");
        let visibility = buffer.queue.visibility.as_ref().unwrap();
        assert_eq!(visibility.seconds(), 725);
        let redrive = buffer.queue.redrive.as_ref().unwrap();
        assert_eq!((&*redrive.label, redrive.max_receives), ("j_on_failure", 3));
        // Rules are let in by the queue's policy. The function needs no permission, and Lambda no destination.
        assert_eq!(buffer.queue.senders, ["j_event"]);
        assert!(job.permissions.is_empty());
        let function = job.receiver.function().unwrap();
        assert!(function.execution.is_none());
        let grants = &function.role.grants;
        let receives = Grant::Receive {
            queue: "j_buffer".to_owned(),
        };
        assert!(grants.contains(&receives), "{grants:?}");
        // The function itself puts there what fails for good.
        let keeps = Grant::Send {
            queue: "j_on_failure".to_owned(),
            sid: "KeepFailedRuns",
        };
        assert!(grants.contains(&keeps), "{grants:?}");
        let scheduler = job.scheduler_role.as_ref().unwrap();
        assert!(!scheduler.grants.contains(&Grant::InvokeFunction));
        let alarms = job.alarms();
        let kinds: Vec<&str> = alarms.iter().map(|alarm| alarm.kind.as_str()).collect();
        assert!(
            kinds.contains(&"waiting-minutes") && kinds.contains(&"waiting-events"),
            "{kinds:?}"
        );
        assert!(!kinds.contains(&"lost-runs"));
    }
}
