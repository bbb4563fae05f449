//! Names on AWS, each of which ends in the environment.

use std::fmt;

use crate::model::{Job, Pipeline};

/// The longest name of an environment. The generated module refuses a longer one.
pub const MAX_ENVIRONMENT: usize = 16;

/// A name on AWS without the hyphen and the environment in which it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The part that is the same in every environment.
    pub fn base(&self) -> &str {
        &self.0
    }

    /// The whole name.
    pub fn in_environment(&self, environment: &str) -> String {
        format!("{}-{environment}", self.0)
    }
}

/// The name as it is shown to people.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-<environment>", self.0)
    }
}

/// A name as a Terraform label and a Rust path: hyphens become underscores.
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
    /// All else.
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

    /// The function, and the role that it runs with. Without a function: what the events are delivered to, or the role
    /// that EventBridge takes on for it.
    pub fn function_name(self) -> Name {
        Name::new(self.prefix())
    }

    /// The queue that keeps the events which could not be delivered.
    pub fn dead_letter_queue(self) -> Name {
        self.named("dlq")
    }

    /// The queue that keeps the runs that failed for good.
    pub fn failure_queue(self) -> Name {
        self.named("on-failure")
    }

    /// The role that EventBridge Scheduler takes on to invoke the function.
    pub fn scheduler_role(self) -> Name {
        self.named("scheduler")
    }

    pub(crate) fn named(self, what: &str) -> Name {
        Name::new(format!("{}-{what}", self.prefix()))
    }
}
