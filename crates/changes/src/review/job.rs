//! What a spec says of a job, and what that comes to on AWS.

use pipeline::language::show_duration;
use pipeline::model::{Job, Provision};
use pipeline::resources::{Alarm, JobResources, Limit};

use super::fact::Fact;
use super::pipeline::allowed;
use super::receiver::{add_queue, add_role};
use super::{receiver, trigger};

pub(super) fn facts(job: &JobResources<'_>) -> Vec<Fact> {
    let JobResources {
        job: of,
        label: _,
        rules,
        receiver,
        // Each rule that is let in is told.
        permissions: _,
        dead_letters,
        scheduler_role,
        // With what the spec says instead of the two.
        given: _,
    } = job;
    let mut facts = Vec::new();
    receiver::add(receiver, &mut facts);
    trigger::add(rules, &mut facts);
    add_spec(of.job, &mut facts);
    if let Some(queue) = dead_letters {
        add_queue("dead letters", queue, &mut facts);
    }
    if let Some(role) = scheduler_role {
        add_role(role, &mut facts);
    }
    for alarm in &job.alarms() {
        facts.push(show_alarm(alarm));
    }
    facts
}

/// Adds what AWS has no resource for.
fn add_spec(job: &Job, facts: &mut Vec<Fact>) {
    let Job {
        name_span: _,
        // With the function; nothing else has one.
        description: _,
        // In the receiver and the rules.
        work: _,
        triggers,
        emits,
        execution: _,
        buffer: _,
        alarms: _,
        loop_guard,
        dead_letters,
        delivery_role,
        names: _,
        // The group has the earlier name.
        renamed_from: _,
        allow,
    } = job;
    for event in emits {
        facts.push(Fact::main("", format!("emits `{}`", event.value), ""));
    }
    let guard = loop_guard.iter();
    facts.extend(guard.map(|text| Fact::new("", "what ends its loop", text)));
    facts.extend(given("dead letters", dead_letters));
    facts.extend(given("role that delivers", delivery_role));
    facts.extend(allowed("", allow));
    for trigger in triggers {
        let part = trigger::part(trigger);
        facts.extend(allowed(&part, &trigger.allow));
    }
}

/// Tells of something that the module does not make.
fn given(key: &str, provision: &Provision) -> Option<Fact> {
    let value = match provision {
        // It is told as what it is.
        Provision::Made => return None,
        Provision::None(_) => "none".to_owned(),
        Provision::Existing(address) => {
            format!("{}, there already", receiver::show_address(address))
        }
    };
    Some(Fact::new("", key, value))
}

fn show_alarm(alarm: &Alarm) -> Fact {
    let Alarm {
        key: _,
        name: _,
        kind,
        of_kind: _,
        description: _,
        limit,
        statistic,
        period_seconds,
        // They are the kind's, of rules and queues that are told.
        metrics: _,
    } = alarm;
    let limit = match limit {
        Limit::Above(most) => format!("above {most}"),
        Limit::ShareOfTimeout {
            percent,
            // The timeout is told.
            timeout: _,
        } => format!("at {percent} % of the timeout"),
    };
    let period = show_duration(*period_seconds);
    let value = format!("{limit} in {period} ({statistic})");
    Fact::new("", format!("alarm `{kind}`"), value)
}
