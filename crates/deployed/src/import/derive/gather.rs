//! What may become triggers: rules and schedules, by what they start.

use std::collections::BTreeSet;

use eventbridge::schedule::Lifetime;
use serde_json::Map;

use super::runs::{self, Run};
use super::to::{Home, To};
use super::triggers::{Candidate, Fate, RuleSource};
use crate::aws::Reading;
use crate::aws::deployed::{DEFAULT_GROUP, Input, Rule, Schedule, Target};
use crate::import::draft::Origin;
use crate::import::found::{Found, Placed};
use crate::import::note::Note;

/// Everything that may become a trigger; what cannot is noted.
pub(super) fn candidates(found: &Found, notes: &mut Vec<Note>) -> Vec<Candidate> {
    let arns = found.rules.iter().map(|rule| rule.item.arn.as_str());
    let home = Home::new(arns);
    let mut candidates = Vec::new();
    for rule in &found.rules {
        add_rule(rule, home, &mut candidates, notes);
    }
    for schedule in &found.schedules {
        add_schedule(schedule, home, &mut candidates, notes);
    }
    candidates
}

fn add_rule(
    rule: &Placed<Rule>,
    home: Home<'_>,
    candidates: &mut Vec<Candidate>,
    notes: &mut Vec<Note>,
) {
    let Placed {
        place,
        item,
        is_named,
    } = rule;
    let (waits, targets) = match read_rule(item) {
        Ok(read) => read,
        Err(why) => {
            notes.push(Note::left_out(place, why));
            return;
        }
    };
    let mut new = Vec::new();
    for target in targets {
        let place = format!("{place}, target {}", target.id);
        match of_target(item, target, &waits, home) {
            Ok(candidate) => new.push(Candidate { place, ..candidate }),
            Err(why) => notes.push(Note::left_out(place, why)),
        }
    }
    // A spec gives each rule one target, or the parts of one run.
    let of_one_run: BTreeSet<Option<u32>> = new
        .iter()
        .map(|candidate| (candidate.shards > 1).then_some(candidate.shards))
        .collect();
    let is_one = new.len() == targets.len()
        && (new.len() == 1 || (of_one_run.len() == 1 && !of_one_run.contains(&None)));
    let fate = match (is_named, is_one) {
        (false, _) => Fate::Unnamed,
        (true, true) => Fate::Adopted,
        (true, false) => Fate::Shared(targets.len()),
    };
    for candidate in new {
        add_candidate(candidates, Candidate { fate, ..candidate });
    }
}

/// What a rule waits for, and its targets.
///
/// # Errors
/// Why it makes no trigger.
fn read_rule(rule: &Rule) -> Result<(RuleSource, &[Target]), String> {
    if let Some(service) = &rule.managed_by {
        return Err(format!("{service} made the rule, and keeps it"));
    }
    if rule.role.is_some() {
        return Err("it has a role of its own, which would be taken from it".to_owned());
    }
    if rule.sees_all_calls {
        return Err("its state is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, so that it receives read-only calls, too: a spec cannot say that".to_owned());
    }
    let waits = match (&rule.pattern, &rule.schedule) {
        (Some(_), Some(_)) => {
            return Err(
                "the rule has both a pattern and a schedule: make two of it first".to_owned(),
            );
        }
        (None, None) => return Err("the rule waits for nothing".to_owned()),
        (Some(pattern), None) => serde_json::from_str(pattern)
            .map(RuleSource::Pattern)
            .map_err(|error| format!("its pattern is not JSON: {error}"))?,
        (None, Some(expression)) => RuleSource::Schedule {
            expression: expression.clone(),
            timezone: None,
            lifetime: Lifetime::default(),
            group: None,
            window_minutes: None,
        },
    };
    let targets: &[Target] = match &rule.targets {
        Reading::Found(targets) => targets,
        Reading::Absent => &[],
        Reading::Refused(why) => return Err(format!("its targets cannot be read: {why}")),
    };
    if targets.is_empty() {
        return Err("the rule has no targets".to_owned());
    }
    Ok((waits, targets))
}

fn of_target(
    rule: &Rule,
    target: &Target,
    waits: &RuleSource,
    home: Home<'_>,
) -> Result<Candidate, String> {
    let to = To::new(
        &target.arn,
        target.group.as_deref(),
        target.partition_key.as_deref(),
        home,
    )?;
    if let Some(settings) = target.others.first() {
        return Err(format!(
            "its {settings} are not read, and would be taken from it"
        ));
    }
    let to = to.starting(target.starts.as_ref(), home)?;
    let is_schedule = matches!(waits, RuleSource::Schedule { .. });
    // Only functions are told of runs: anything else receives what an input says.
    let run = (is_schedule && to.is_function()).then(|| runs::run_of_rule(&target.input));
    let (run, input) = match run.flatten() {
        Some(run) => (run, None),
        // The event as it is: a schedule sends a detail of its own unless its input says otherwise.
        None if is_schedule && target.input == Input::Event => {
            (Run::default(), Some(Input::Path("$".to_owned())))
        }
        None => (Run::default(), Some(target.input.clone())),
    };
    let Run { shard, detail } = run;
    let id = match shard {
        Some(shard) => target.id.strip_suffix(&format!("-{}", shard.index)),
        None => Some(target.id.as_str()),
    };
    Ok(Candidate {
        to,
        job: id.map(str::to_owned),
        target_id: Some(id.unwrap_or(&target.id).to_owned()),
        origins: vec![Origin::Rule {
            bus: rule.bus.clone(),
            name: rule.name.clone(),
        }],
        place: String::new(),
        fate: Fate::Adopted,
        enabled: rule.enabled,
        waits: waits.clone(),
        input,
        retry: target.retry,
        shards: shard.map_or(1, |shard| shard.of),
        detail,
        dead_letters: target.dead_letters.clone(),
        role: target.role.clone(),
    })
}

fn add_schedule(
    schedule: &Placed<Schedule>,
    home: Home<'_>,
    candidates: &mut Vec<Candidate>,
    notes: &mut Vec<Note>,
) {
    match of_schedule(schedule, home) {
        Ok(candidate) => add_candidate(candidates, candidate),
        Err(why) => notes.push(Note::left_out(&schedule.place, why)),
    }
}

fn of_schedule(schedule: &Placed<Schedule>, home: Home<'_>) -> Result<Candidate, String> {
    let Placed {
        place,
        item,
        is_named,
    } = schedule;
    let body = match &item.body {
        Reading::Found(body) => body,
        Reading::Absent => return Err("the schedule is not there any more".to_owned()),
        Reading::Refused(why) => return Err(format!("it cannot be read: {why}")),
    };
    if let Some(settings) = body.others.first() {
        return Err(format!(
            "its {settings} are not read, and would be taken from it"
        ));
    }
    if body.kms_key.is_some() {
        return Err(
            "it is encrypted with a key of its own, which would be taken from it".to_owned(),
        );
    }
    let to = To::new(&body.target, body.message_group.as_deref(), None, home)?;
    let to = to.starting(None, home)?;
    let run = to
        .is_function()
        .then(|| runs::run_of_schedule(body.input.as_deref()));
    let run = run.flatten();
    let input = match (&run, &body.input) {
        (None, Some(text)) => {
            if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
                return Err(format!("it sends a text that is no JSON: {text}"));
            }
            Some(Input::Constant(text.clone()))
        }
        _ => None,
    };
    let Run { shard, detail } = run.unwrap_or(Run {
        shard: None,
        detail: Map::new(),
    });
    Ok(Candidate {
        to,
        job: None,
        target_id: None,
        origins: vec![Origin::Schedule {
            group: item.group.clone(),
            name: item.name.clone(),
        }],
        place: place.clone(),
        fate: if *is_named {
            Fate::Adopted
        } else {
            Fate::Unnamed
        },
        enabled: body.enabled,
        waits: RuleSource::Schedule {
            expression: body.expression.clone(),
            timezone: Some(body.timezone.clone()),
            lifetime: body.lifetime,
            group: (item.group != DEFAULT_GROUP).then(|| item.group.clone()),
            window_minutes: body.window_minutes,
        },
        input,
        retry: body.retry,
        shards: shard.map_or(1, |shard| shard.of),
        detail,
        dead_letters: body.dead_letters.clone(),
        role: body.role.clone(),
    })
}

/// Adds a candidate, or the next part of a run that is split.
fn add_candidate(candidates: &mut Vec<Candidate>, new: Candidate) {
    match candidates
        .iter_mut()
        .find(|known| known.is_split_with(&new))
    {
        Some(known) => known.add_part(new),
        None => candidates.push(new),
    }
}
