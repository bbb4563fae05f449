//! The rules that a queue's policy lets in, by their names.
//!
//! A policy that listed the ARNs of the present rules would wait for each new rule, and shut the old one out before the new
//! one delivers. So it has a pattern that fits every rule of the job, the one that an apply is about to remove included.

use super::name::{JobRef, Name, RULE_MAX};
use super::rule::Rule;
use crate::model::Pipeline;

/// The most bytes of a queue's policy:
/// [policy quotas of SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html).
pub const QUEUE_POLICY_BYTES_MAX: usize = 8_192;

/// The rules that a queue's policy lets in, on whichever bus they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// The rules of a job.
    OfJob {
        /// The pattern of the names that are made for the job's rules.
        names: Name,
        /// The patterns of other jobs' names which that pattern fits too: `bill-*` fits a rule of `bill-late`.
        others: Vec<Name>,
        /// The rules that the pattern does not fit, or that are like those of another job: each by its whole name.
        alone: Vec<Name>,
    },
    /// Every rule of the account: the names do not fit into a policy.
    All,
}

impl Admitted {
    pub(super) fn new(
        job: JobRef<'_>,
        rules: &[Rule<'_>],
        namesakes: &Namesakes<'_>,
    ) -> Option<Self> {
        let on_bus = || rules.iter().filter(|rule| rule.bus().is_some());
        on_bus().next()?;
        let others = namesakes.behind(job);
        let alone = |others: &[JobRef<'_>]| -> Vec<Name> {
            let is_like = |name: &Name, other: &JobRef<'_>| {
                let rest = name.base().strip_prefix(other.prefix().as_str());
                rest.is_some_and(|rest| rest.starts_with('-'))
            };
            let names = on_bus().map(|rule| &rule.name);
            let alone = names.filter(|name| {
                name.kept().is_some() || others.iter().any(|other| is_like(name, other))
            });
            alone.cloned().collect()
        };
        // Without the others first: a policy that is too long lets nothing in at all.
        for others in [others, Vec::new()] {
            let admitted = Self::OfJob {
                names: job.named("*"),
                alone: alone(&others),
                others: others.iter().map(|other| other.named("*")).collect(),
            };
            if admitted.fits() {
                return Some(admitted);
            }
        }
        Some(Self::All)
    }

    /// Whether a policy has room for it, with the longest name of an environment, region and partition.
    fn fits(&self) -> bool {
        /// A pattern of a rule on the default bus, and of one on another bus.
        const PATTERNS: usize = r#""arn:aws-us-gov:events:ap-southeast-1:123456789012:rule/","arn:aws-us-gov:events:ap-southeast-1:123456789012:rule/*/","#.len();
        /// Two statements that let in, and the one that refuses plain HTTP.
        const FRAME: usize = 3 * 400;
        let Self::OfJob {
            names,
            others,
            alone,
        } = self
        else {
            return true;
        };
        let names = others.iter().chain(alone).chain([names]);
        let bytes = names.map(|name| PATTERNS + 2 * name.longest(RULE_MAX));
        FRAME + bytes.sum::<usize>() <= QUEUE_POLICY_BYTES_MAX
    }
}

/// The jobs of a pipeline by their names on AWS, to find those whose names begin alike.
pub(super) struct Namesakes<'p> {
    /// Each with its place in the spec, in the order of the names.
    sorted: Vec<(usize, JobRef<'p>)>,
}

impl<'p> Namesakes<'p> {
    pub(super) fn new(pipeline: &'p Pipeline) -> Self {
        let mut sorted: Vec<_> = pipeline.job_refs().enumerate().collect();
        sorted.sort_by_key(|(_, job)| job.on_aws());
        Self { sorted }
    }

    /// Lists the jobs whose names begin with that of a job and a hyphen, but for those that another of them stands for, in
    /// the order of the spec.
    fn behind(&self, job: JobRef<'_>) -> Vec<JobRef<'p>> {
        let start = format!("{}-", job.on_aws());
        let from = self
            .sorted
            .partition_point(|(_, other)| other.on_aws() < start.as_str());
        let mut behind: Vec<(usize, JobRef<'p>)> = Vec::new();
        for (place, other) in &self.sorted[from..] {
            if !other.on_aws().starts_with(&start) {
                break;
            }
            let stands_for = |one: &(usize, JobRef<'_>)| {
                let rest = other.on_aws().strip_prefix(one.1.on_aws());
                rest.is_some_and(|rest| rest.starts_with('-'))
            };
            // A name is sorted before those that begin with it.
            if !behind.iter().any(stands_for) {
                behind.push((*place, *other));
            }
        }
        behind.sort_by_key(|(place, _)| *place);
        behind.into_iter().map(|(_, job)| job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::JobResources;
    use crate::testing::pipeline;

    /// What the dead-letter queue of the job `bill` lets in.
    fn admitted(jobs: &str) -> Option<Admitted> {
        let pipeline = pipeline(&format!("jobs: {{ {jobs} }}"));
        let job = JobResources::new(pipeline.job_ref("bill").unwrap());
        job.dead_letters?.admitted.map(|admitted| *admitted)
    }

    fn of_job(others: &[&str], alone: &[&str]) -> Admitted {
        let names = |names: &[&str]| names.iter().map(|name| Name::new(*name)).collect();
        Admitted::OfJob {
            names: Name::new("p-bill-*"),
            others: names(others),
            alone: names(alone),
        }
    }

    const BILL: &str = "bill: { function: { package: j }, triggers: [ { event: e } ] }";

    #[test]
    fn a_pattern_of_names_fits_every_rule_of_the_job_and_none_of_another() {
        assert_eq!(admitted(BILL), Some(of_job(&[], &[])));
        let beside = |name: &str| {
            format!("{name}: {{ function: {{ package: k }}, triggers: [ {{ event: e }} ] }}")
        };
        let jobs = [BILL.to_owned(), beside("bill-late"), beside("billing")].join(", ");
        assert_eq!(admitted(&jobs), Some(of_job(&["p-bill-late-*"], &[])));
        // One pattern fits both.
        let jobs = [jobs, beside("bill-late-again")].join(", ");
        assert_eq!(admitted(&jobs), Some(of_job(&["p-bill-late-*"], &[])));
    }

    #[test]
    fn a_thousand_rules_need_no_more_room_than_one() {
        let triggers: Vec<String> = (0..1_000)
            .map(|rule| format!("{{ event: e, id: t{rule} }}, "))
            .collect();
        let triggers = triggers.concat();
        let bill = format!("bill: {{ function: {{ package: j }}, triggers: [ {triggers} ] }}");
        assert_eq!(admitted(&bill), Some(of_job(&[], &[])));
    }

    #[test]
    fn a_job_that_keeps_its_first_name_is_known_by_it() {
        let jobs = format!(
            "{BILL}, other: {{ renamed_from: bill-late, function: {{ package: k }}, triggers: [ {{ event: e }} ] }}"
        );
        assert_eq!(admitted(&jobs), Some(of_job(&["p-bill-late-*"], &[])));
    }

    #[test]
    fn a_rule_that_is_like_another_jobs_stands_alone() {
        let jobs = "bill: { function: { package: j }, triggers: [ { event: e, id: late-event } ] }, \
            bill-late: { function: { package: k }, triggers: [ { event: e, id: again } ] }";
        assert_eq!(
            admitted(jobs),
            Some(of_job(&["p-bill-late-*"], &["p-bill-late-event"]))
        );
    }

    #[test]
    fn a_rule_that_keeps_its_name_stands_alone() {
        let jobs = "bill: { function: { package: j }, triggers: [ { event: e, name: 'x-${environment}' }, { event: e, id: again } ] }";
        let Some(Admitted::OfJob { alone, .. }) = admitted(jobs) else {
            panic!();
        };
        let alone: Vec<String> = alone.iter().map(ToString::to_string).collect();
        assert_eq!(alone, ["x-${environment}"]);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let others: Vec<String> = (0..40)
            .map(|other| {
                format!(
                    ", bill-{other}: {{ function: {{ package: k }}, triggers: [ {{ event: e }} ] }}"
                )
            })
            .collect();
        let others = others.concat();
        assert_eq!(admitted(&format!("{BILL}{others}")), Some(of_job(&[], &[])));
        let kept: Vec<String> = (0..100)
            .map(|rule| format!("{{ event: e, id: t{rule}, name: k{rule} }}, "))
            .collect();
        let kept = kept.concat();
        let bill = format!("bill: {{ deliver_to: queue, triggers: [ {kept} ] }}");
        assert_eq!(admitted(&bill), Some(Admitted::All));
    }

    #[test]
    fn schedules_of_eventbridge_scheduler_need_no_policy() {
        let jobs = "bill: { function: { package: j }, triggers: [ { schedule: rate(1 hour), timezone: Europe/Berlin } ] }";
        assert_eq!(admitted(jobs), None);
    }
}
