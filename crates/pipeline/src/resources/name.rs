//! Names on AWS, each of which ends in the environment.

use std::fmt;

use crate::model::{Job, Pipeline};

/// The longest name of an environment. The generated module refuses a longer one.
pub const MAX_ENVIRONMENT: usize = 16;

/// A name on AWS without the hyphen and the environment in which it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    base: String,
    /// What AWS wants behind the environment.
    ending: &'static str,
}

impl Name {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            base: name.into(),
            ending: "",
        }
    }

    /// Makes it the name of a FIFO queue.
    pub(super) fn of_fifo_queue(self) -> Self {
        Self {
            ending: ".fifo",
            ..self
        }
    }

    /// The part that is the same in every environment.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What stands behind the environment: `.fifo`, or nothing.
    pub fn ending(&self) -> &'static str {
        self.ending
    }

    /// The whole name.
    pub fn in_environment(&self, environment: &str) -> String {
        format!("{}-{environment}{}", self.base, self.ending)
    }
}

/// Shows the name to people.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-<environment>{}", self.base, self.ending)
    }
}

/// Turns a name into a Terraform label and a Rust path: hyphens become underscores.
pub fn label(name: &str) -> String {
    name.replace('-', "_")
}

/// A job that knows its name and its pipeline.
#[derive(Clone, Copy, Debug)]
pub struct JobRef<'p> {
    /// The pipeline that the job belongs to.
    pub pipeline: &'p Pipeline,
    /// The name that the spec gives it.
    pub name: &'p str,
    /// Everything that the spec says of it.
    pub job: &'p Job,
}

impl Pipeline {
    /// Every job, in the order of the spec.
    pub fn job_refs(&self) -> impl Iterator<Item = JobRef<'_>> {
        self.jobs.iter().map(|(name, job)| JobRef {
            pipeline: self,
            name,
            job,
        })
    }

    /// The job with a name.
    pub fn job_ref(&self, name: &str) -> Option<JobRef<'_>> {
        let (name, job) = self.jobs.get_key_value(name)?;
        Some(JobRef {
            pipeline: self,
            name,
            job,
        })
    }
}

impl<'p> JobRef<'p> {
    /// The name as a Terraform label.
    pub fn label(self) -> String {
        label(self.name)
    }

    /// The name that the job has on AWS: names there cannot change, so a renamed job keeps its first.
    pub fn on_aws(self) -> &'p str {
        let first = self.job.renamed_from.first();
        first.map_or(self.name, |first| &first.value)
    }

    /// What every name of the job begins with: the pipeline's name and its own.
    pub fn prefix(self) -> String {
        format!("{}-{}", self.pipeline.name.value, self.on_aws())
    }

    /// The name of the function and of its role. Without a function, the name of what the events are delivered to,
    /// or of the role that EventBridge assumes for that.
    pub fn function_name(self) -> Name {
        Name::new(self.prefix())
    }

    /// The name of the queue that keeps dead letters.
    pub fn dead_letter_queue(self) -> Name {
        self.named("dlq")
    }

    /// The name of the queue that keeps failed runs.
    pub fn failure_queue(self) -> Name {
        self.named("on-failure")
    }

    /// The name of the queue between the rules and the function.
    pub fn buffer_queue(self) -> Name {
        self.named("buffer")
    }

    /// The name of the role that EventBridge Scheduler assumes to invoke the function.
    pub fn scheduler_role(self) -> Name {
        self.named("scheduler")
    }

    pub(crate) fn named(self, what: &str) -> Name {
        Name::new(format!("{}-{what}", self.prefix()))
    }
}
