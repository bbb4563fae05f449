//! Environments whose rules wait for the same events on one bus.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Lint, Severity::Warning, one_of};
use crate::model::{Bus, Pipeline, TriggerBus};
use crate::resources::{RuleBus, RuleSource, rules_of_job};
use crate::span::Span;
use crate::syntax::Document;
use crate::values::Setting;
use crate::yaml::Kind;

pub(crate) static SHARED_BUS: Lint = Lint {
    id: "shared-bus",
    severity: Warning,
    summary: "environments whose rules wait for the same events on one bus",
    explanation: "\
The `default` bus, and one that is there already, is one for all environments of an account and region. An event of `prod`
then also starts the jobs of `dev`, with the code that is being tried there, and an event of `dev` those of `prod`. A bus
that the pipeline makes has the environment in its name, so each has its own:

```yaml
pipeline: shop
bus: shop   # `shop-dev`, `shop-prod`; with `bus: default` both wait on the same one
```

Whoever emits the events then sends them to that bus; the module's output `event_bus_name` says its name. For events of AWS's
own services, which are on the `default` bus alone, put a value into the pattern, such as the name of the bucket.

The finding compares the environments' files in the root module, with their values and their regions. Environments that differ
in the bus, the region or the pattern do not meet. The account is in no file: if each environment has one of its own, say so
with `allow`.
",
};

/// An environment, with the spec as it is read there.
pub(crate) struct Environment<'e> {
    pub(crate) setting: &'e Setting,
    pub(crate) pipeline: &'e Pipeline,
}

/// Whether a rule waits for events on a bus that the pipeline does not make.
pub(crate) fn may_share(pipeline: &Pipeline) -> bool {
    let triggers = || pipeline.jobs.values().flat_map(|job| &job.triggers);
    let is_shared = !matches!(pipeline.bus, Bus::Custom(_));
    triggers().any(|trigger| trigger.schedule().is_none() && (is_shared || trigger.bus.is_some()))
}

/// A trigger: its job, and its place in it.
type Place<'e> = (&'e str, usize);

/// What a rule waits for: the region and the bus, and the pattern on it.
type Awaited = (String, String);

/// Finds the buses that environments share.
pub(crate) fn check(document: &Document, environments: &[Environment<'_>]) -> Vec<Diagnostic> {
    let Some(first) = environments.first() else {
        return Vec::new();
    };
    let mut waiting: BTreeMap<Awaited, BTreeSet<&str>> = BTreeMap::new();
    let read: Vec<_> = environments.iter().map(awaited).collect();
    for (environment, awaited) in environments.iter().zip(&read) {
        for what in awaited.values() {
            let names = waiting.entry(what.clone()).or_default();
            names.insert(&environment.setting.name);
        }
    }
    // The environments that meet at a trigger.
    let mut meeting: BTreeMap<Place<'_>, BTreeSet<&str>> = BTreeMap::new();
    for (place, what) in read.iter().flatten() {
        let names = &waiting[what];
        if names.len() > 1 {
            meeting.entry(*place).or_default().extend(names);
        }
    }
    let (mut shared, mut count) = (BTreeSet::new(), 0);
    let mut found = Vec::new();
    for ((job, index), names) in meeting {
        let trigger = &first.pipeline.jobs[job].triggers[index];
        match &trigger.bus {
            None => {
                shared.extend(names);
                count += 1;
            }
            Some(bus) => {
                let span = match bus {
                    TriggerBus::Existing(name) => name.span,
                    TriggerBus::Default => trigger.span,
                };
                let message = format!("this trigger starts `{job}` in {}", every(&names));
                let help = "put a value into the pattern or the bus's name, so that each environment has its own, or allow it if each has an account of its own";
                let diagnostic = Diagnostic::new(&SHARED_BUS, span, message);
                found.push(diagnostic.with_note(SAME).with_help(help));
            }
        }
    }
    if count > 0 {
        let pipeline = first.pipeline;
        let triggers = match count {
            1 => "a trigger waits".to_owned(),
            count => format!("{count} triggers wait"),
        };
        let message = format!("{triggers} on one bus in {}", every(&shared));
        let help = match &pipeline.bus {
            Bus::Existing(_) => {
                "put `${environment}` into the bus's name, or allow it if each environment has an account of its own".to_owned()
            }
            Bus::Default | Bus::Custom(_) => format!(
                "write `bus: {}`, and each environment has a bus of its own, or allow it if each has an account of its own",
                pipeline.name.value
            ),
        };
        let place = place_of_bus(document).unwrap_or(pipeline.name.span);
        let diagnostic = Diagnostic::new(&SHARED_BUS, place, message);
        found.push(diagnostic.with_note(SAME).with_help(help));
    }
    found
}

const SAME: &str = "an event of one environment starts the jobs of the others, too";

/// Lists what the enabled triggers of an environment wait for on buses that the pipeline does not make.
fn awaited<'e>(environment: &Environment<'e>) -> BTreeMap<Place<'e>, Awaited> {
    let Environment { setting, pipeline } = environment;
    let mut awaited = BTreeMap::new();
    for job in pipeline.job_refs() {
        for rule in rules_of_job(job) {
            let RuleSource::Pattern(pattern) = &rule.source else {
                continue;
            };
            let bus = match (rule.bus(), &pipeline.bus) {
                (Some(RuleBus::Pipeline), Bus::Custom(_)) | (None, _) => continue,
                (Some(RuleBus::Pipeline), bus) => bus.name_in(&setting.environment),
                (Some(RuleBus::Default), _) => Bus::Default.name_in(&setting.environment),
                (Some(RuleBus::Existing(bus)), _) => bus.value.clone(),
            };
            let mut triggers = job.job.triggers.iter();
            let index = triggers.position(|trigger| std::ptr::eq(trigger, rule.trigger));
            if let Some(index) = index
                && rule.enabled.value
            {
                let bus = format!("{} {bus}", setting.region);
                let pattern = serde_json::Value::from(pattern.json.clone()).to_string();
                awaited.insert((job.name, index), (bus, pattern));
            }
        }
    }
    awaited
}

fn every(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    one_of(&names).replace(" or ", " and ")
}

/// Where the spec names the pipeline's bus.
fn place_of_bus(document: &Document) -> Option<Span> {
    let Kind::Mapping(entries) = &document.root.kind else {
        return None;
    };
    let mut entries = entries.iter();
    let is_bus =
        |key: &Kind| matches!(key, Kind::Scalar { text, plain: _ } if text.as_str() == "bus");
    let (_, value) = entries.find(|(key, _)| is_bus(&key.kind))?;
    Some(value.span)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use crate::everywhere;
    use crate::values::Setting;
    use crate::{Pipeline, Surroundings};

    /// Checks a spec whose environments say a region and the value `v`.
    fn found(spec: &str, environments: &[(&str, &str, &str)]) -> Vec<(&'static str, String)> {
        let settings = environments.iter().map(|(name, region, value)| Setting {
            region: (*region).to_owned(),
            values: [("v".to_owned(), (*value).to_owned())].into(),
            ..Setting::environment(name)
        });
        let settings: Vec<Setting> = settings.collect();
        let surroundings = Surroundings::default();
        let environments = |_: &Pipeline| Ok::<_, Infallible>(settings);
        let Ok(parsed) = everywhere::check(spec, &surroundings, environments);
        let found = parsed.diagnostics.into_iter();
        let found = found.filter(|found| found.lint.id != "unconsumed-event");
        found.map(|found| (found.lint.id, found.message)).collect()
    }

    const TWO: [(&str, &str, &str); 2] =
        [("dev", "eu-central-1", "a"), ("prod", "eu-central-1", "b")];

    fn spec(top: &str, trigger: &str) -> String {
        format!(
            "pipeline: p\nsource: s\n{top}\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ k: string }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
        )
    }

    #[test]
    fn environments_on_one_bus_meet() {
        let on_pipelines = "a trigger waits on one bus in `dev` and `prod`";
        let of_trigger = "this trigger starts `j` in `dev` and `prod`";
        let s3 = "pattern: { source: [aws.s3], detail: { bucket: { name: [b] } } }";
        for (top, trigger, expected) in [
            ("", "event: e", on_pipelines),
            ("bus: default", "event: e", on_pipelines),
            ("bus: { existing: shared }", "event: e", on_pipelines),
            ("bus: own", &format!("{s3}, bus: default"), of_trigger),
            ("bus: own", "event: e, bus: theirs", of_trigger),
        ] {
            let found = found(&spec(top, trigger), &TWO);
            assert_eq!(
                found,
                [("shared-bus", expected.to_owned())],
                "{top} {trigger}"
            );
        }
    }

    #[test]
    fn what_differs_does_not_meet() {
        let values = "values: { v: { local: x } }";
        for (top, trigger) in [
            ("bus: own", "event: e"),
            ("bus: { existing: \"b-${environment}\" }", "event: e"),
            (
                &format!("bus: {{ existing: \"b-${{v}}\" }}\n{values}"),
                "event: e",
            ),
            (values, "event: e, where: { k: [\"${v}\"] }"),
            ("", "schedule: rate(1 hour)"),
            ("", "event: e, enabled: false"),
        ] {
            let found = found(&spec(top, trigger), &TWO);
            assert_eq!(found, [], "{top} {trigger}");
        }
        let regions = [("dev", "eu-central-1", ""), ("prod", "us-east-1", "")];
        assert_eq!(found(&spec("", "event: e"), &regions), []);
        assert_eq!(found(&spec("", "event: e"), &TWO[..1]), []);
    }

    #[test]
    fn only_those_that_say_the_same_are_named() {
        let three = [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "x")];
        let top = "values: { v: { local: x } }";
        let found = found(&spec(top, "event: e, where: { k: [\"${v}\"] }"), &three);
        let message = "a trigger waits on one bus in `a` and `c`".to_owned();
        assert_eq!(found, [("shared-bus", message)]);
    }

    #[test]
    fn it_may_stay_on_purpose() {
        let allow = "allow: { shared-bus: an account each }";
        assert_eq!(found(&spec(allow, "event: e"), &TWO), []);
        let ids = found(&spec(&format!("bus: own\n{allow}"), "event: e"), &TWO);
        assert_eq!(ids[0].0, "unused-allow");
        // Nobody knows what other environments there are.
        assert_eq!(found(&spec(allow, "event: e"), &TWO[..1]), []);
    }
}
