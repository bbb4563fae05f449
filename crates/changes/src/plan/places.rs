//! Where what a plan names has its place in the spec.

use std::collections::BTreeMap;

use pipeline::resources::{JobResources, Resources, RuleSource, label};
use pipeline::{Pipeline, Span};

use crate::compare::place_of_bus;
use crate::model::{Purpose, What};
use crate::thing;

/// Where everything of a spec has its place, by its address in the generated module.
#[derive(Debug)]
pub struct Places<'p> {
    pub(super) pipeline: &'p Pipeline,
    by_address: BTreeMap<String, Place>,
}

/// The place of a resource, and what it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) job: Option<String>,
    pub(super) span: Span,
    pub(super) what: What,
    /// Whether the spec has no such job, or no archive, any more.
    pub(super) has_left: bool,
}

impl<'p> Places<'p> {
    /// Lists the places of a spec.
    pub fn new(pipeline: &'p Pipeline) -> Self {
        let resources = Resources::new(pipeline);
        let mut by_address = BTreeMap::new();
        for made in thing::of_pipeline(&resources, "") {
            let span = match (made.resource.what, &pipeline.archive_days) {
                (What::Archive, Some(days)) => days.span,
                _ => place_of_bus(pipeline),
            };
            let what = made.resource.what;
            let place = Place {
                job: None,
                span,
                what,
                has_left: false,
            };
            by_address.insert(made.resource.address, place);
        }
        for job in &resources.jobs {
            add_job(job, &mut by_address);
        }
        Self {
            pipeline,
            by_address,
        }
    }

    /// Whether the spec has an address.
    pub(super) fn has(&self, address: &str) -> bool {
        self.by_address.contains_key(address)
    }

    /// Finds the place of an address; of one that left the spec, that of its job in `removed`.
    pub(super) fn of(&self, kind: &str, name: &str) -> Place {
        let address = format!("{kind}.{name}");
        if let Some(place) = self.by_address.get(&address) {
            return place.clone();
        }
        let what = what(kind, name);
        let removed = &self.pipeline.removed;
        if what == What::Archive {
            let span = removed.place_of_archive();
            return Place {
                job: None,
                span,
                what,
                has_left: true,
            };
        }
        let belongs = |job: &&String| {
            let own = label(job);
            name == own
                || name
                    .strip_prefix(&own)
                    .is_some_and(|rest| rest.starts_with('_'))
        };
        // The longest name: `bill-late` has what begins with `bill` too.
        let gone = removed
            .entries
            .keys()
            .filter(belongs)
            .max_by_key(|job| job.len());
        let here = self
            .pipeline
            .jobs
            .keys()
            .filter(belongs)
            .max_by_key(|job| job.len());
        let length = |job: Option<&String>| job.map(String::len);
        let is_gone = length(gone) > length(here);
        match (gone, here) {
            (_, Some(job)) if !is_gone => Place {
                job: Some(job.clone()),
                span: self.pipeline.jobs[job].name_span,
                what,
                has_left: false,
            },
            (Some(job), _) => Place {
                job: Some(job.clone()),
                span: removed.place_of_job(job),
                what,
                has_left: true,
            },
            _ => Place {
                job: None,
                span: removed.span,
                what,
                has_left: true,
            },
        }
    }
}

fn add_job(job: &JobResources<'_>, by_address: &mut BTreeMap<String, Place>) {
    let span = job.spec().name_span;
    let name = Some(job.name().to_owned());
    let place = |span: Span, what: What| Place {
        job: name.clone(),
        span,
        what,
        has_left: false,
    };
    for made in thing::of_job(job, "") {
        let what = made.resource.what;
        by_address.insert(made.resource.address, place(span, what));
    }
    for rule in &job.rules {
        let at = rule.trigger.id.span;
        if matches!(rule.source, RuleSource::Scheduler(_)) {
            let address = format!("aws_scheduler_schedule.{}", rule.label);
            by_address.insert(address, place(at, What::Schedule));
            continue;
        }
        let address = format!("aws_cloudwatch_event_rule.{}", rule.label);
        by_address.insert(address, place(at, What::Rule));
        for target in &rule.targets {
            let address = format!("aws_cloudwatch_event_target.{}", target.label);
            by_address.insert(address, place(at, What::Target));
        }
    }
    for permission in &job.permissions {
        let address = format!("aws_lambda_permission.{}", permission.label);
        by_address.insert(address, place(span, What::Function));
    }
}

/// Tells what a resource is by its kind and its label.
fn what(kind: &str, name: &str) -> What {
    match kind {
        "aws_cloudwatch_event_archive" => What::Archive,
        "aws_cloudwatch_event_bus" => What::Bus,
        "aws_cloudwatch_event_rule" => What::Rule,
        "aws_cloudwatch_event_target" => What::Target,
        "aws_cloudwatch_log_group" => What::LogGroup,
        "aws_iam_role" => What::Role,
        "aws_scheduler_schedule" => What::Schedule,
        "aws_sns_topic" => What::Topic,
        "aws_sqs_queue" => What::Queue(if name.ends_with("_dlq") {
            Purpose::DeadLetters
        } else if name.ends_with("_on_failure") {
            Purpose::FailedRuns
        } else if name.ends_with("_buffer") {
            Purpose::Waiting
        } else {
            Purpose::Unknown
        }),
        _ => What::Function,
    }
}
