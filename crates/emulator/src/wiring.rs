//! Puts a configuration on the running bus.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use eventbridge::arn::DEFAULT_BUS;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::Call;
use crate::config::{EventSourceMapping, Rule, RuleSource, Target, TargetInput, To, Wiring};
use crate::control::{
    self, BUS_NAME, Bus, Input, KeptRule, RULE_NAME, Reach, Source, Timetable, check_name,
    merge_rules,
};
use crate::function;
use crate::local_bus::{Installed, LocalBus, Said};
use crate::queue::Queues;
use crate::refusal::Answer;
use crate::state::{SAID, STARTS};
use crate::subject::SubjectPath;

/// Takes over the rules and functions of a spec, and adds the queues that are missing. Queues keep their messages. What
/// was changed over the API stays, as long as the spec says of it what it said before.
///
/// # Errors
/// A rule that EventBridge would refuse, or a queue that SQS would refuse. Then nothing has changed.
pub(crate) fn install(bus: &Arc<LocalBus>, wiring: &Wiring) -> anyhow::Result<()> {
    let now = bus.clock.now();
    let before = bus.installed();
    let mut control = bus.control();
    // All rules are built before anything changes, so that a bad one leaves the bus as it was.
    let rules = wiring.rules.iter().map(|rule| {
        let built = build(&control, wiring, rule, now);
        built.with_context(|| format!("the rule {}", rule.name))
    });
    let rules = rules.collect::<anyhow::Result<Vec<_>>>()?;
    for queue in &wiring.queues {
        let checked = Queues::check(&queue.name, &queue.attributes(wiring));
        checked.with_context(|| format!("the queue {}", queue.name))?;
    }
    let there: Vec<_> = control
        .buses
        .values()
        .flat_map(Bus::rules)
        .cloned()
        .collect();
    let (merged, notes) = merge_rules(&before.said.rules, &there, rules.clone())?;
    let buses = wiring.rules.iter().map(|rule| &rule.bus);
    for bus in buses.chain([&wiring.bus]) {
        if !control.has_bus(bus) {
            control.create_bus(bus, now)?;
        }
    }
    control.subject = Arc::new(SubjectPath::parse(wiring.subject.as_deref()));
    // All under one lock, so that no event meets a bus without its rules.
    control.replace_rules(merged)?;
    control.merge_sources(&before.said.mappings, &wiring.mappings, now);
    let mappings = control.enabled_mappings();
    // Released early: the queues and the functions have their own locks, and one at a time is enough.
    drop(control);
    for note in notes {
        bus.note(note);
    }
    let queues = wiring.queues.iter();
    let queues = queues.map(|queue| (queue.name.clone(), queue.attributes(wiring)));
    let queues: BTreeMap<_, _> = queues.collect();
    for (name, attributes) in &queues {
        if before.said.queues.get(name) != Some(attributes) || !bus.queues.has(name) {
            bus.queues.put(name, attributes.clone(), now)?;
        }
    }
    bus.mappings.replace(&mappings);
    install_functions(bus, wiring);
    bus.functions.change_again(&before.said.functions);
    let said = rules.iter();
    let said = Said {
        rules: said
            .map(|rule| (rule.arn.to_string(), KeptRule::timeless(rule)))
            .collect(),
        mappings: by_id(&wiring.mappings),
        queues: queues.clone(),
        functions: bus.functions.installed(),
    };
    bus.store.put(&[SAID], &said);
    bus.set_installed(Installed {
        said,
        bus: wiring.bus.clone(),
        rules,
        queues,
        mappings: wiring.mappings.clone(),
    });
    bus.look_at_all();
    Ok(())
}

fn by_id(mappings: &[EventSourceMapping]) -> BTreeMap<String, EventSourceMapping> {
    let mappings = mappings.iter();
    mappings
        .map(|settings| (Source::id_of(settings), settings.clone()))
        .collect()
}

fn install_functions(bus: &Arc<LocalBus>, wiring: &Wiring) {
    let output = bus.output();
    let functions = wiring.functions.iter();
    bus.functions.replace(functions.map(|(name, function)| {
        function::Settings {
            name: name.clone(),
            arn: wiring.function_arn(name),
            region: wiring.region.clone(),
            bus: function.bus.as_ref().unwrap_or(&wiring.bus).clone(),
            endpoint: bus.endpoint.clone(),
            failure_queue: function
                .failure_queue
                .as_ref()
                .map(|queue| bus.queue_url(queue)),
            function: function.clone(),
            stub: bus.config.stubs.get(name).cloned(),
            output: Arc::clone(&output),
        }
    }));
}

/// Goes back to what was installed last, with nothing on the way, nothing kept and no change made since.
///
/// # Errors
/// A bus, a rule or a queue that was fine when it was installed, which cannot be.
pub(crate) fn restore(bus: &Arc<LocalBus>) -> Answer<()> {
    let installed = bus.installed();
    bus.store.remove_below(&[]);
    bus.store.put(&[STARTS], &bus.starts());
    bus.store.put(&[SAID], &installed.said);
    bus.clock.reset(bus.config.time);
    let now = bus.clock.now();
    let mut control = bus.control();
    control.forget_kept();
    control.reset(now);
    for rule in &installed.rules {
        if !control.has_bus(&rule.bus) {
            control.create_bus(&rule.bus, now)?;
        }
    }
    if !control.has_bus(&installed.bus) {
        control.create_bus(&installed.bus, now)?;
    }
    let rules = installed.rules.iter().cloned();
    control.replace_rules(
        rules
            .map(|rule| control::Rule { made: now, ..rule })
            .collect(),
    )?;
    control.merge_sources(&BTreeMap::new(), &installed.mappings, now);
    drop(control);
    bus.functions.reset();
    bus.queues.reset(&installed.queues, now)?;
    bus.mappings.reset(&installed.mappings);
    bus.fired().clear();
    bus.narrator.forget(bus.journal.count());
    bus.journal.clear();
    Ok(())
}

fn build(
    control: &control::ControlPlane,
    wiring: &Wiring,
    rule: &Rule,
    now: Timestamp,
) -> anyhow::Result<control::Rule> {
    let (pattern, schedule) = match &rule.source {
        RuleSource::Pattern(text) => (Some(control::pattern(text)?), None),
        RuleSource::Schedule {
            expression,
            timezone,
            dialect,
            lifetime,
        } => (
            None,
            Some(Arc::new(
                Timetable::parse(expression, timezone, *dialect)?.within(*lifetime),
            )),
        ),
    };
    check_name("name", &rule.name, RULE_NAME)?;
    check_name("eventBusName", &rule.bus, BUS_NAME)?;
    // EventBridge has schedules on the default bus only, whatever bus the pipeline names.
    let bus = if schedule.is_some() {
        DEFAULT_BUS
    } else {
        &rule.bus
    };
    Ok(control::Rule {
        name: rule.name.as_str().into(),
        bus: bus.into(),
        arn: control.rule_arn(bus, &rule.name).into(),
        description: None,
        role_arn: None,
        enabled: rule.enabled,
        pattern,
        schedule,
        made: now,
        targets: rule
            .targets
            .iter()
            .map(|to| target(wiring, to))
            .collect::<anyhow::Result<_>>()?,
    })
}

fn target(wiring: &Wiring, target: &Target) -> anyhow::Result<control::Target> {
    let arn = wiring.arn(&target.to);
    let dead_letter_arn = target
        .dead_letter_queue
        .as_ref()
        .map(|queue| wiring.queue_arn(queue));
    let mut listed = json!({
        "Id": target.id,
        "Arn": arn,
        "RetryPolicy": {
            "MaximumRetryAttempts": target.retry.max_attempts,
            "MaximumEventAgeInSeconds": target.retry.max_age.as_secs(),
        },
    });
    let (mut group, mut reach) = (None, Reach::Arn);
    match &target.to {
        To::Function(_) => {}
        To::Queue { group: of, .. } => group.clone_from(of),
        To::Http(call) => reach = Reach::Http(Arc::new(Call::new(call)?)),
        To::Elsewhere(_) => reach = Reach::Elsewhere,
    }
    if let Some(group) = &group {
        listed["SqsParameters"] = json!({ "MessageGroupId": group });
    }
    if let Some(arn) = &dead_letter_arn {
        listed["DeadLetterConfig"] = json!({ "Arn": arn });
    }
    let input = match &target.input {
        None => Input::Envelope,
        Some(TargetInput::Constant(text)) => {
            listed["Input"] = text.as_str().into();
            control::read_input(&target.id, &listed)?
        }
        Some(TargetInput::Path(path)) => {
            listed["InputPath"] = path.as_str().into();
            control::read_input(&target.id, &listed)?
        }
        Some(TargetInput::Transformer(input)) => {
            let paths: Value = input
                .paths
                .iter()
                .map(|(name, path)| (name.clone(), Value::from(path.as_str())))
                .collect();
            listed["InputTransformer"] =
                json!({ "InputPathsMap": paths, "InputTemplate": input.template });
            Input::Transformer(Arc::clone(&input.read))
        }
    };
    Ok(control::Target {
        id: target.id.as_str().into(),
        arn: arn.into(),
        input,
        retry: target.retry,
        dead_letter_arn,
        group,
        reach,
        json: listed,
    })
}
