//! What is kept of a rule, how it comes back, and what becomes of a rule that both the spec and the API have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eventbridge::Dialect;
use eventbridge::schedule::Lifetime;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rule::{Reach, Rule, Target, Timetable, pattern};
use crate::refusal::Answer;

/// A rule as it is kept, and compared with another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptRule {
    name: Arc<str>,
    bus: Arc<str>,
    arn: Arc<str>,
    description: Option<String>,
    role_arn: Option<String>,
    enabled: bool,
    pattern: Option<Arc<str>>,
    schedule: Option<KeptTimetable>,
    made: Timestamp,
    targets: Vec<KeptTarget>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptTimetable {
    expression: String,
    zone: String,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptTarget {
    json: Value,
    /// Whether it is not on this machine.
    is_elsewhere: bool,
}

impl KeptTarget {
    fn of(target: &Target) -> Self {
        Self {
            json: target.json.clone(),
            is_elsewhere: matches!(target.reach, Reach::Elsewhere),
        }
    }

    /// Makes the target again. `given` are those that the spec has, which know more than what is kept: a URL.
    fn into_target(self, given: &[Target]) -> Answer<Target> {
        if let Some(same) = given.iter().find(|target| Self::of(target) == self) {
            return Ok(same.clone());
        }
        let mut target = Target::read(&self.json)?;
        if self.is_elsewhere {
            target.reach = Reach::Elsewhere;
        }
        Ok(target)
    }
}

impl KeptRule {
    pub(crate) fn of(rule: &Rule) -> Self {
        let Rule {
            name,
            bus,
            arn,
            description,
            role_arn,
            enabled,
            pattern,
            schedule,
            made,
            targets,
        } = rule;
        let schedule = schedule.as_ref().map(|timetable| KeptTimetable {
            expression: timetable.expression.clone(),
            zone: timetable.zone_name().to_owned(),
            start: timetable.lifetime.start,
            end: timetable.lifetime.end,
        });
        Self {
            name: Arc::clone(name),
            bus: Arc::clone(bus),
            arn: Arc::clone(arn),
            description: description.clone(),
            role_arn: role_arn.clone(),
            enabled: *enabled,
            pattern: pattern.as_ref().map(|(text, _)| Arc::clone(text)),
            schedule,
            made: *made,
            targets: targets.iter().map(KeptTarget::of).collect(),
        }
    }

    /// Returns it without the time at which it was made, in which two that are the same may differ.
    pub(crate) fn timeless(rule: &Rule) -> Self {
        Self {
            made: Timestamp::UNIX_EPOCH,
            ..Self::of(rule)
        }
    }

    /// Makes the rule again.
    ///
    /// # Errors
    /// What this version of the bus refuses.
    pub(crate) fn into_rule(self, spec: Option<&Rule>) -> Answer<Rule> {
        let Self {
            name,
            bus,
            arn,
            description,
            role_arn,
            enabled,
            pattern: text,
            schedule,
            made,
            targets,
        } = self;
        let given = spec.map_or(&[][..], |spec| &spec.targets);
        let targets = targets.into_iter().map(|kept| kept.into_target(given));
        Ok(Rule {
            name,
            bus,
            arn,
            description,
            role_arn,
            enabled,
            pattern: text.map(|text| pattern(&text)).transpose()?,
            schedule: schedule.map(KeptTimetable::into_timetable).transpose()?,
            made,
            targets: targets.collect::<Answer<_>>()?,
        })
    }
}

impl KeptTimetable {
    fn into_timetable(self) -> Answer<Arc<Timetable>> {
        let Self {
            expression,
            zone,
            start,
            end,
        } = self;
        // The Scheduler takes every expression that a rule takes.
        let timetable = Timetable::parse(&expression, &zone, Dialect::Scheduler)?;
        Ok(Arc::new(timetable.within(Lifetime { start, end })))
    }
}

/// Decides which rules there are after a spec was taken over: those of the spec, and what was changed over the API as long
/// as the spec says of the rule what it said before. `before` is what it said, by ARN. Returns what was given up, too.
pub(crate) fn merge_rules(
    before: &BTreeMap<String, KeptRule>,
    there: &[Arc<Rule>],
    spec: Vec<Rule>,
) -> Answer<(Vec<Rule>, Vec<String>)> {
    let there: BTreeMap<&str, &Arc<Rule>> = there.iter().map(|rule| (&*rule.arn, rule)).collect();
    let mut spec: BTreeMap<String, Rule> = spec
        .into_iter()
        .map(|rule| (rule.arn.to_string(), rule))
        .collect();
    let arns: BTreeSet<String> = there
        .keys()
        .map(|arn| (*arn).to_owned())
        .chain(spec.keys().cloned())
        .collect();
    let (mut merged, mut notes) = (Vec::new(), Vec::new());
    for arn in arns {
        let (before, own) = (before.get(&arn), there.get(&*arn).copied());
        let mut given = spec.remove(&arn);
        if let (Some(given), Some(own)) = (&mut given, own)
            && given.has_schedule_of(own)
        {
            // A rate goes on counting, whatever else of its rule has changed.
            given.made = own.made;
        }
        let said = given.as_ref().map(KeptRule::timeless);
        let is = own.map(|own| KeptRule::timeless(own));
        if said == is {
            merged.extend(given);
        } else if said.as_ref() == before {
            let own = own.map(|own| KeptRule::of(own).into_rule(given.as_ref()));
            merged.extend(own.transpose()?);
        } else {
            if is.as_ref() != before {
                notes.push(format!(
                    "the rule {arn} was changed over the API and then in the spec: it is as the spec says"
                ));
            }
            merged.extend(given);
        }
    }
    Ok((merged, notes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(pattern_of: &str, targets: &[&str]) -> Rule {
        let pattern_text = json!({ "source": [pattern_of] }).to_string();
        let targets = targets.iter().map(|id| {
            let json = json!({ "Id": id, "Arn": "arn:aws:sqs:r:1:q" });
            Target::read(&json).unwrap()
        });
        Rule {
            name: "n".into(),
            bus: "default".into(),
            arn: "arn".into(),
            description: None,
            role_arn: None,
            enabled: true,
            pattern: Some(pattern(&pattern_text).unwrap()),
            schedule: None,
            made: Timestamp::UNIX_EPOCH,
            targets: targets.collect(),
        }
    }

    /// Merges one rule, as each side has it.
    fn merged(
        before: Option<&Rule>,
        own: Option<&Rule>,
        spec: Option<&Rule>,
    ) -> (Option<KeptRule>, usize) {
        let before = before.map(|rule| ("arn".to_owned(), KeptRule::timeless(rule)));
        let own: Vec<Arc<Rule>> = own.into_iter().cloned().map(Arc::new).collect();
        let spec = spec.cloned().into_iter().collect();
        let (rules, notes) = merge_rules(&before.into_iter().collect(), &own, spec).unwrap();
        (rules.first().map(KeptRule::timeless), notes.len())
    }

    #[test]
    fn a_rule_is_as_the_api_made_it_until_the_spec_says_another_thing() {
        let [a, b, c] = [rule("a", &["x"]), rule("b", &["x"]), rule("a", &["x", "y"])];
        let is = |rule: &Rule| Some(KeptRule::timeless(rule));
        // Made over the API alone, changed over it, deleted over it.
        assert_eq!(merged(None, Some(&a), None), (is(&a), 0));
        assert_eq!(merged(Some(&a), Some(&c), Some(&a)), (is(&c), 0));
        assert_eq!(merged(Some(&a), None, Some(&a)), (None, 0));
        // New in the spec, changed there, gone from there.
        assert_eq!(merged(None, None, Some(&a)), (is(&a), 0));
        assert_eq!(merged(Some(&a), Some(&a), Some(&b)), (is(&b), 0));
        assert_eq!(merged(Some(&a), Some(&a), None), (None, 0));
        // Both have changed it.
        assert_eq!(merged(Some(&a), Some(&c), Some(&b)), (is(&b), 1));
        assert_eq!(merged(Some(&a), Some(&c), None), (None, 1));
        assert_eq!(merged(None, Some(&a), Some(&b)), (is(&b), 1));
        assert_eq!(merged(Some(&a), Some(&b), Some(&b)), (is(&b), 0));
    }

    #[test]
    fn a_rule_comes_back_as_it_was() {
        let mut rule = rule("a", &["x", "y"]);
        let timetable = Timetable::parse("rate(5 minutes)", "Europe/Berlin", Dialect::Scheduler);
        let lifetime = Lifetime {
            start: Some(Timestamp::UNIX_EPOCH),
            end: None,
        };
        rule.schedule = Some(Arc::new(timetable.unwrap().within(lifetime)));
        rule.targets[1].reach = Reach::Elsewhere;
        let kept = serde_json::to_string(&KeptRule::of(&rule)).unwrap();
        let read: KeptRule = serde_json::from_str(&kept).unwrap();
        let again = read.into_rule(None).unwrap();
        assert!(again.has_schedule_of(&rule));
        assert!(matches!(again.targets[1].reach, Reach::Elsewhere));
        assert_eq!(KeptRule::of(&again), KeptRule::of(&rule));
    }
}
