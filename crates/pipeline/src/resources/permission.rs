//! How EventBridge is permitted to invoke a job's function.

use std::collections::BTreeSet;

use super::lengths::{MAX_FUNCTION, MAX_STATEMENT};
use super::name::{JobRef, MAX_ENVIRONMENT, Name, RULE_MAX, label};
use super::rule::{Rule, RuleBus};
use crate::model::{Bus, Work};
use crate::platform::ALIAS;
use crate::spec::bus::EXISTING_BUS_MAX;
use crate::values::Text;

/// The most bytes of a function's resource policy:
/// [Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub const POLICY_BYTES_MAX: usize = 20_480;

/// A statement of a function's resource policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission<'p> {
    /// The statement's id. Terraform puts a time behind one that the spec does not keep: AWS takes no second statement of
    /// one id, and the new one has to be there before the old one goes.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// Which rules may invoke the function.
    pub source: Permitted<'p>,
}

/// The rules that a permission is for. A schedule of EventBridge Scheduler needs none: it invokes with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permitted<'p> {
    /// One rule, by its label.
    Rule(String),
    /// Every rule of a bus whose name matches: one permission for each would not fit into the policy.
    Rules {
        /// The bus.
        bus: RuleBus<'p>,
        /// The pattern of their names.
        names: Name,
    },
}

/// The permissions of a job's function for its rules.
pub(crate) fn permissions<'p>(job: JobRef<'p>, rules: &[Rule<'p>]) -> Vec<Permission<'p>> {
    // Rules deliver to the queue of a buffer, which lets them in by its policy.
    if matches!(job.job.work, Work::DeliverTo(_)) || job.job.buffer.is_some() {
        return Vec::new();
    }
    if is_folded(job, rules) {
        return folded(job, rules);
    }
    // EventBridge Scheduler invokes with a role and needs no permission.
    let on_bus = rules.iter().filter(|rule| rule.bus().is_some());
    on_bus.map(of_rule).collect()
}

/// Builds the permission of one rule.
fn of_rule<'p>(rule: &Rule<'p>) -> Permission<'p> {
    Permission {
        name: rule.statement.clone(),
        label: rule.label.clone(),
        source: Permitted::Rule(rule.label.clone()),
    }
}

/// Builds one permission for the rules of each bus. It names no single rule: Terraform would replace the permission
/// together with that rule, and meanwhile Lambda would refuse the events of all other rules. A rule whose name the spec
/// keeps does not match the pattern of names, and has a permission of its own, as has one whose statement it keeps.
fn folded<'p>(job: JobRef<'p>, rules: &[Rule<'p>]) -> Vec<Permission<'p>> {
    // A set: all rules of one kind share one statement, and the order is always the same.
    let (kept, made): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.stands_alone());
    let kinds = made.iter().filter_map(|rule| fold(job, rule));
    let kinds: BTreeSet<Folded<'p>> = kinds.collect();
    let kept = kept.into_iter().filter(|rule| rule.bus().is_some());
    let mut others = 0_u32;
    let kinds = kinds.into_iter().map(|kind| {
        others += u32::from(matches!(kind, Folded::Others(_)));
        (kind, kind.word(others))
    });
    let kinds = kinds.map(|(kind, word)| Permission {
        name: job.named(&word),
        label: format!("{}_{}", job.label(), label(&word)),
        source: Permitted::Rules {
            bus: kind.bus(),
            names: job.named("*"),
        },
    });
    kinds.chain(kept.map(of_rule)).collect()
}

/// The rules that a folded permission is for. The ARN of a rule on the default bus does not name the bus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Folded<'p> {
    Events,
    /// Schedules, and events of AWS's services.
    Schedules,
    Others(&'p Text),
}

impl<'p> Folded<'p> {
    /// What tells its statement from the others; a bus of others has a number.
    fn word(self, number: u32) -> String {
        match self {
            Self::Events => "events".to_owned(),
            Self::Schedules => "schedules".to_owned(),
            Self::Others(_) => format!("others-{number}"),
        }
    }

    fn bus(self) -> RuleBus<'p> {
        match self {
            Self::Events => RuleBus::Pipeline,
            Self::Schedules => RuleBus::Default,
            Self::Others(bus) => RuleBus::Existing(bus),
        }
    }
}

fn fold<'p>(job: JobRef<'p>, rule: &Rule<'p>) -> Option<Folded<'p>> {
    Some(match (rule.bus()?, &job.pipeline.bus) {
        (RuleBus::Default, Bus::Custom(_) | Bus::Existing(_)) => Folded::Schedules,
        (RuleBus::Default, Bus::Default) | (RuleBus::Pipeline, _) => Folded::Events,
        (RuleBus::Existing(bus), _) => Folded::Others(bus),
    })
}

/// Whether a job's permissions are folded: one for each rule would not fit.
///
/// What Terraform puts behind an id is not counted: a job whose permissions were folded for that would lose the old ones
/// before it has the new one. There is room for it unless the names of environment, region and partition are all the longest.
fn is_folded(job: JobRef<'_>, rules: &[Rule<'_>]) -> bool {
    policy_bytes(job, rules) > POLICY_BYTES_MAX
}

/// The longest name of a function that exists already, in bytes, in the environment in which it is longest.
const EXISTING_MAX: usize = 140;
/// The longest name of an alias: `Name` of
/// [`CreateAlias`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html).
const ALIAS_MAX: usize = 128;

/// The size of a policy with a permission for each rule, with the longest name of an environment, region and
/// partition.
pub(crate) fn policy_bytes(job: JobRef<'_>, rules: &[Rule<'_>]) -> usize {
    const FRAME: usize = r#"{"Version":"2012-10-17","Id":"default","Statement":[]}"#.len();
    const STATEMENT: usize = r#"{"Sid":"","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws-us-gov:lambda:ap-southeast-1:123456789012:function:","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws-us-gov:events:ap-southeast-1:123456789012:rule/"}}},"#.len();
    if job.job.buffer.is_some() {
        return 0;
    }
    let environment = 1 + MAX_ENVIRONMENT;
    let own = || job.function_name().longest(MAX_FUNCTION);
    // A permission for an alias has the name of the alias in its ARN, which takes room too.
    let (function, alias) = match &job.job.work {
        Work::Function(function) if function.platform.versions => (own(), 1 + ALIAS.len()),
        Work::Function(_) => (own(), 0),
        Work::Existing(existing) => {
            let alias = existing.qualifier.as_ref();
            let alias = alias.map_or(0, |alias| 1 + alias.longest(ALIAS_MAX));
            (existing.function.longest(EXISTING_MAX) + environment, alias)
        }
        Work::DeliverTo(_) => return 0,
    };
    let of_rule = |rule: &Rule<'_>| {
        let bus = match (rule.bus(), &job.pipeline.bus) {
            (None, _) => return 0,
            (Some(RuleBus::Pipeline), Bus::Custom(bus)) => bus.value.len() + environment + 1,
            (Some(RuleBus::Pipeline), Bus::Existing(bus)) | (Some(RuleBus::Existing(bus)), _) => {
                bus.longest(EXISTING_BUS_MAX) + 1
            }
            (Some(_), _) => 0,
        };
        // The rule's name is in the condition.
        let id = rule.statement.longest(MAX_STATEMENT);
        let names = id + rule.name.longest(RULE_MAX) + function;
        STATEMENT + bus + names + alias
    };
    FRAME + rules.iter().map(of_rule).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::rules_of_job;

    fn with_triggers(triggers: usize, bus: &str) -> Vec<(String, String)> {
        let triggers: Vec<String> = (0..triggers)
            .map(|id| format!("{{ schedule: rate(1 hour), id: t{id} }}"))
            .collect();
        let pipeline = crate::testing::pipeline(&format!(
            "{bus}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e }}, {} ] }} }}",
            triggers.join(", ")
        ));
        let job = pipeline.job_ref("j").unwrap();
        let permissions = permissions(job, &rules_of_job(job)).into_iter();
        let seen = permissions.map(|one| (one.name.base().to_owned(), format!("{:?}", one.source)));
        seen.collect()
    }

    #[test]
    fn permissions_are_folded_if_they_do_not_fit() {
        assert_eq!(with_triggers(1, "").len(), 2);
        assert_eq!(with_triggers(54, "").len(), 55);
        let folded = with_triggers(64, "");
        let names = Name::new("p-j-*");
        let bus = RuleBus::Pipeline;
        assert_eq!(folded.len(), 1);
        assert_eq!(
            folded[0].1,
            format!("{:?}", Permitted::Rules { bus, names })
        );
    }

    #[test]
    fn rules_of_the_default_bus_have_a_permission_of_their_own_beside_another_bus() {
        let folded = with_triggers(64, "bus: own\n");
        let ids: Vec<&str> = folded.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(ids, ["p-j-events", "p-j-schedules"]);
    }

    #[test]
    fn a_rule_with_a_name_of_its_own_has_a_permission_of_its_own() {
        let triggers: Vec<String> = (0..70)
            .map(|id| format!("{{ schedule: rate(1 hour), id: t{id} }}"))
            .collect();
        let pipeline = crate::testing::pipeline(&format!(
            "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: e, name: 'a.b-${{environment}}' }}, {} ] }} }}",
            triggers.join(", ")
        ));
        let resources = crate::resources::JobResources::new(pipeline.job_ref("j").unwrap());
        let ids = resources.permissions.iter();
        let ids: Vec<String> = ids.map(|one| one.name.to_string()).collect();
        // Its id is made: it cannot have the dot.
        assert_eq!(ids, ["p-j-events-<environment>", "p-j-event-<environment>"]);
        let of = |rule: usize| {
            &resources
                .permission_of(&resources.rules[rule])
                .unwrap()
                .label
        };
        assert_eq!((of(0).as_str(), of(1).as_str()), ("j_event", "j_events"));
    }
}
