//! The queues that keep what failed, by the spec.

use pipeline::Pipeline;
use pipeline::resources::{JobResources, Resources};

/// A queue of a job that keeps what failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of the job in the spec.
    pub job: String,
    /// The name of the queue on AWS.
    pub queue: String,
    /// Whether messages of a group come one after another.
    pub is_fifo: bool,
    /// The name of the queue before the job's function, if it has one.
    pub(crate) buffer: Option<String>,
}

/// Lists the queues of some jobs of a pipeline in an environment, or of all, in the order of the spec.
pub fn sources(
    pipeline: &Pipeline,
    environment: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<Source> {
    let jobs = Resources::new(pipeline).jobs;
    let wanted = jobs.iter().filter(|job| is_wanted(job.name()));
    wanted
        .flat_map(|job| sources_of_job(job, environment))
        .collect()
}

fn sources_of_job(job: &JobResources<'_>, environment: &str) -> Vec<Source> {
    let buffer = job.buffer();
    let buffer = buffer.map(|buffer| buffer.queue.name.in_environment(environment));
    let queues = [job.dead_letters.as_ref(), job.failed_runs()];
    let queues = queues.into_iter().flatten();
    queues
        .map(|queue| Source {
            job: job.name().to_owned(),
            queue: queue.name.in_environment(environment),
            is_fifo: queue.is_fifo,
            buffer: buffer.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_has_a_queue_for_each_layer_of_failures() {
        let spec = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  f: { function: { package: f }, triggers: [{ event: e }] }
  b:
    function: { package: b }
    buffer: { fifo: true }
    triggers: [{ event: e }]
  q: { deliver_to: queue, triggers: [{ event: e }] }
  x: { function: { existing: x }, triggers: [{ event: e }] }
  idle: { function: { package: f } }
";
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        let pipeline = parsed.pipeline.unwrap();
        let listed = |wanted: &str| {
            let found = sources(&pipeline, "dev", |job| wanted.is_empty() || job == wanted);
            let shown = found.into_iter().map(|source| {
                let Source {
                    job,
                    queue,
                    is_fifo,
                    buffer,
                } = source;
                format!("{job} {queue} {is_fifo} {}", buffer.unwrap_or_default())
            });
            shown.collect::<Vec<_>>()
        };
        let all = [
            "f p-f-dlq-dev false ",
            "f p-f-on-failure-dev false ",
            "b p-b-dlq-dev false p-b-buffer-dev.fifo",
            "b p-b-on-failure-dev.fifo true p-b-buffer-dev.fifo",
            "q p-q-dlq-dev false ",
            "x p-x-dlq-dev false ",
            "idle p-idle-on-failure-dev false ",
        ];
        assert_eq!(listed(""), all);
        assert_eq!(listed("q"), all[4..5]);
    }
}
