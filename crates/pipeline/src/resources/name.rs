//! Names on AWS, each of which ends in the environment, or behind that in the region, unless the spec keeps one.

use std::fmt;

use crate::model::{Job, JobNames, Pipeline};
use crate::values::{Part, Text};

/// The longest name of an environment. The generated module refuses a longer one.
pub const MAX_ENVIRONMENT: usize = 16;

/// The longest name of a [region](https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html):
/// `us-isof-south-1`.
pub(crate) const MAX_REGION: usize = 15;

/// The longest name on AWS: of a
/// [rule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html) and a
/// [schedule](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html) alike.
pub(crate) const RULE_MAX: usize = 64;

/// A name on AWS: made, without the hyphen and the environment behind it, or kept as the spec has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    base: String,
    /// The region behind the environment, if it stands there.
    region: Option<Box<Text>>,
    /// What AWS wants behind the environment.
    ending: &'static str,
    /// The name instead of it, as the spec has it. Few names are kept or say the region, and a pipeline has many: so both
    /// are apart.
    kept: Option<Box<Kept>>,
}

/// A name that the spec gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kept {
    /// The name.
    pub text: Text,
    /// What stands behind it: a number, if several things share the name.
    pub suffix: String,
}

impl Name {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            base: name.into(),
            region: None,
            ending: "",
            kept: None,
        }
    }

    /// Makes it the name of something that an account has once for all of its regions: it says the region, if the spec
    /// wants that.
    pub(super) fn once_in_account(self, pipeline: &Pipeline) -> Self {
        Self {
            region: pipeline.names.region.clone().map(Box::new),
            ..self
        }
    }

    /// Keeps the name that the spec gives, if it gives one.
    pub(super) fn or_kept(self, text: Option<&Text>, suffix: &str) -> Self {
        let kept = text.map(|text| {
            Box::new(Kept {
                text: text.clone(),
                suffix: suffix.to_owned(),
            })
        });
        Self { kept, ..self }
    }

    /// The name that the spec gives, if it gives one.
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_deref()
    }

    /// The number of bytes of the name in the environment in which it is longest, if a value there may have `most`.
    pub(crate) fn longest(&self, most: usize) -> usize {
        if let Some(kept) = &self.kept {
            return kept.text.longest(most) + kept.suffix.len();
        }
        let region = self.region.as_ref().map_or(0, |_| 1 + MAX_REGION);
        self.base.len() + 1 + MAX_ENVIRONMENT + region + self.ending.len()
    }

    /// What the name begins with in every environment, without hyphens at its end.
    pub fn stem(&self) -> String {
        let Some(Kept { text, suffix }) = self.kept() else {
            return self.base.clone();
        };
        let begin = match text.parts.as_deref() {
            None => format!("{}{suffix}", text.value),
            Some([Part::Literal(begin), ..]) => begin.clone(),
            Some(_) => String::new(),
        };
        begin.trim_end_matches('-').to_owned()
    }

    /// Adds a part that tells it from the name of what it stands beside.
    #[must_use]
    pub fn beside(&self, part: &str) -> Self {
        let mut name = self.clone();
        match &mut name.kept {
            Some(kept) => kept.suffix = format!("{}-{part}", kept.suffix),
            None => name.base = format!("{}-{part}", name.base),
        }
        name
    }

    /// Makes it the name of a FIFO queue.
    pub(super) fn of_fifo_queue(self) -> Self {
        Self {
            ending: ".fifo",
            ..self
        }
    }

    /// The part of a made name that is the same in every environment.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The region that stands behind the environment in a made name, if it does.
    pub fn region(&self) -> Option<&Text> {
        self.region.as_deref()
    }

    /// What stands behind the environment and the region: `.fifo`, or nothing.
    pub fn ending(&self) -> &'static str {
        self.ending
    }

    /// The whole name.
    ///
    /// A name that the spec gives is what it is in the setting that the spec was read for.
    pub fn in_environment(&self, environment: &str) -> String {
        if let Some(kept) = &self.kept {
            return format!("{}{}", kept.text.value, kept.suffix);
        }
        let (before, region) = match &self.region {
            Some(region) => ("-", region.value.as_str()),
            None => ("", ""),
        };
        let Self { base, ending, .. } = self;
        format!("{base}-{environment}{before}{region}{ending}")
    }
}

/// Shows the name to people.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kept) = &self.kept {
            return write!(f, "{}{}", kept.text.as_written(), kept.suffix);
        }
        let region = self.region.as_ref().map_or("", |_| "-<region>");
        write!(f, "{}-<environment>{region}{}", self.base, self.ending)
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

    /// The name of the function, or of what the events are delivered to without one.
    pub fn function_name(self) -> Name {
        Name::new(self.prefix()).or_kept(self.job.names.own.as_ref(), "")
    }

    /// The name of the role of the function, or of the one that EventBridge assumes to deliver.
    pub fn role_name(self) -> Name {
        Name::new(self.prefix())
            .once_in_account(self.pipeline)
            .or_kept(self.job.names.role.as_ref(), "")
    }

    /// The name of the function's log group. Lambda logs to `/aws/lambda/<function>` unless told otherwise.
    pub fn log_group(self) -> Name {
        const BEFORE: &str = "/aws/lambda/";
        let JobNames { own, log_group, .. } = &self.job.names;
        let of_function = own.as_ref().map(|name| name.within(BEFORE, ""));
        let made = Name::new(format!("{BEFORE}{}", self.prefix()));
        made.or_kept(log_group.as_ref().or(of_function.as_ref()), "")
    }

    /// The name of the log group that the events are delivered to. EventBridge delivers only to those below
    /// `/aws/events/`. The console uses that place too.
    pub(super) fn log_group_of_events(self) -> Name {
        let made = Name::new(format!("/aws/events/{}", self.prefix()));
        made.or_kept(self.job.names.own.as_ref(), "")
    }

    /// The pattern of the made names of the pipeline's log groups that events are delivered to.
    pub fn log_groups_of_events(self) -> Name {
        Name::new(format!("/aws/events/{}-*", self.pipeline.name.value))
    }

    /// The name of the queue that keeps dead letters.
    pub fn dead_letter_queue(self) -> Name {
        self.named("dlq")
            .or_kept(self.job.names.dead_letter_queue.as_ref(), "")
    }

    /// The name of the queue that keeps failed runs.
    pub fn failure_queue(self) -> Name {
        self.named("on-failure")
            .or_kept(self.job.names.failure_queue.as_ref(), "")
    }

    /// The name of the queue between the rules and the function.
    pub fn buffer_queue(self) -> Name {
        self.named("buffer")
    }

    /// The name of the role that EventBridge Scheduler assumes to invoke the function.
    pub fn scheduler_role(self) -> Name {
        self.named("scheduler").once_in_account(self.pipeline)
    }

    pub(crate) fn named(self, what: &str) -> Name {
        Name::new(format!("{}-{what}", self.prefix()))
    }
}
