//! `serverless.yml` of the Serverless Framework, written out as the CloudFormation template that it makes.
//!
//! Sources: <https://www.serverless.com/framework/docs/providers/aws/events/event-bridge>,
//! <https://www.serverless.com/framework/docs/providers/aws/events/schedule>, and for names and ids
//! `lib/plugins/aws/lib/naming.js` and `lib/plugins/aws/package/compile/events/` of
//! <https://github.com/serverless/serverless>.

mod variables;

use std::path::Path;

use serde_json::{Map, Value, json};

use super::resolve::as_text;
use super::unknown::Unknowns;
use crate::import::note::{Kind, Note};
use variables::Variables;

/// The longest name of a rule. What would be longer gets a hash.
const LONGEST: usize = 64;

/// What the framework makes of a service.
pub(super) struct Service {
    /// The template.
    pub(super) template: Value,
    /// Where resources stand that are written as functions and events.
    pub(super) places: Vec<(String, String)>,
    pub(super) notes: Vec<Note>,
}

/// Whether a file is the configuration of a service.
pub(super) fn is_service(file: &Value) -> bool {
    file.get("Resources").is_none() && file.get("service").is_some() && file["provider"].is_object()
}

/// Writes out a service for a stage. Files that it names are looked for in its folder.
pub(super) fn write_out(
    file: &Value,
    folder: Option<&Path>,
    stage: &str,
    given: &[(String, String)],
    unknowns: &Unknowns,
) -> Service {
    let mut variables = Variables::new(file, folder, stage, given, unknowns);
    let file = variables.resolve(file);
    let mut service = Writer {
        prefix: prefix(&file, &variables.stage()),
        service: Service {
            template: template(&file["resources"]),
            places: Vec::new(),
            notes: Vec::new(),
        },
    };
    let message = format!(
        "it is read for the stage {}: names have it in them",
        variables.stage()
    );
    let note = Note::new(Kind::Remark, "service", message);
    service
        .service
        .notes
        .push(note.help("say another one with `--environment`, or with `--parameter stage=NAME`"));
    match &file["functions"] {
        Value::Null => {}
        Value::Object(functions) => {
            for (key, function) in functions {
                service.write_function(key, function);
            }
        }
        Value::Array(lists) => {
            for (key, function) in lists.iter().filter_map(Value::as_object).flatten() {
                service.write_function(key, function);
            }
        }
        other => service.left_out(
            "functions",
            format!("`{}` is no mapping", unknowns.plain(&other.to_string())),
        ),
    }
    for key in ["stepFunctions", "params-plugin"] {
        if file.get(key).is_some() {
            service.left_out(key, "a plugin makes resources of it".to_owned());
        }
    }
    if !file["resources"]["extensions"].is_null() {
        let why = "what they change in the resources of the framework is not read".to_owned();
        service.left_out("resources/extensions", why);
    }
    service.service
}

/// What the names of functions begin with.
fn prefix(file: &Value, stage: &str) -> String {
    let service = as_text(&file["service"]).or_else(|| as_text(&file["service"]["name"]));
    format!("{}-{stage}", service.unwrap_or_default())
}

/// The resources that a service writes itself, in one mapping or in a list of them.
fn template(resources: &Value) -> Value {
    let mut template = json!({ "Resources": {} });
    let all: Vec<&Value> = match resources {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    for (section, entries) in all.into_iter().filter_map(Value::as_object).flatten() {
        let Some(entries) = entries.as_object() else {
            continue;
        };
        let known = template[section.as_str()].as_object().cloned();
        let mut known = known.unwrap_or_default();
        known.extend(entries.clone());
        template[section.as_str()] = Value::Object(known);
    }
    template
}

struct Writer {
    prefix: String,
    service: Service,
}

/// A function of the service.
struct Function<'f> {
    key: &'f str,
    /// Its name on AWS.
    name: String,
    /// The first part of the ids of its resources.
    id: String,
    /// What its events invoke.
    target: Value,
}

impl Writer {
    fn left_out(&mut self, place: &str, why: String) {
        self.service.notes.push(Note::left_out(place, why));
    }

    fn add(&mut self, id: &str, place: String, kind: &str, properties: Map<String, Value>) {
        let properties = Value::Object(properties);
        let resource = json!({ "Type": kind, "Properties": properties });
        self.service.template["Resources"][id] = resource;
        self.service.places.push((id.to_owned(), place));
    }

    fn write_function(&mut self, key: &str, function: &Value) {
        let id = normalized(key);
        let name = as_text(&function["name"]).unwrap_or_else(|| format!("{}-{key}", self.prefix));
        let logical = format!("{id}LambdaFunction");
        let mut properties = Map::new();
        properties.insert("FunctionName".to_owned(), json!(name));
        let place = format!("functions/{key}");
        self.add(&logical, place.clone(), "AWS::Lambda::Function", properties);
        let function_of = Function {
            key,
            name,
            target: self.target(&id, &logical, function),
            id,
        };
        let events = match &function["events"] {
            Value::Null => return,
            Value::Array(events) => events,
            _ => return self.left_out(&format!("{place}/events"), "it is no list".to_owned()),
        };
        let (mut schedules, mut watched) = (0, 0);
        for (index, event) in events.iter().enumerate() {
            let place = format!("{place}/events/{index}");
            let mut entries = event.as_object().into_iter().flatten();
            match entries.next() {
                Some((kind, event)) if kind == "eventBridge" => {
                    self.write_rule(&function_of, index + 1, place, event);
                }
                Some((kind, event)) if kind == "schedule" => {
                    self.write_schedules(&function_of, &mut schedules, &place, event);
                }
                Some((kind, event)) if kind == "cloudwatchEvent" => {
                    watched += 1;
                    self.write_watched(&function_of, watched, place, event);
                }
                Some((kind, _)) => {
                    let why = format!("its kind is {kind}: it is neither a rule nor a schedule");
                    self.left_out(&place, why);
                }
                None => {
                    let kind = as_text(event).unwrap_or_default();
                    let why = format!("its kind is {kind}: it is neither a rule nor a schedule");
                    self.left_out(&place, why);
                }
            }
        }
    }

    /// What events invoke: the function, or the alias that provisioned concurrency and snapshots have.
    fn target(&mut self, id: &str, logical: &str, function: &Value) -> Value {
        let is_set = |key: &str| !matches!(&function[key], Value::Null | Value::Bool(false));
        let alias = match function {
            _ if is_set("provisionedConcurrency") => "provisioned",
            _ if is_set("snapStart") => "snapstart",
            _ => return json!({ "Fn::GetAtt": [logical, "Arn"] }),
        };
        let name = format!("{id}{}LambdaAlias", normalized(alias));
        let properties = json!({ "Name": alias, "FunctionName": { "Ref": logical } });
        let properties = properties.as_object().cloned().unwrap_or_default();
        let place = format!("functions/{logical}/alias");
        self.add(&name, place, "AWS::Lambda::Alias", properties);
        json!({ "Ref": name })
    }

    /// Notes the keys of an event that are not read.
    fn note_others(&mut self, place: &str, event: &Value, known: &[&str]) {
        let keys = event.as_object().into_iter().flatten();
        for (key, _) in keys.filter(|(key, _)| !known.contains(&key.as_str())) {
            self.left_out(&format!("{place}/{key}"), "it is not read".to_owned());
        }
    }

    fn write_rule(&mut self, function: &Function<'_>, number: usize, place: String, event: &Value) {
        let known = [
            "deadLetterQueueArn",
            "description",
            "enabled",
            "eventBus",
            "input",
            "inputPath",
            "inputTransformer",
            "name",
            "pattern",
            "retryPolicy",
            "schedule",
        ];
        if !event.is_object() {
            return self.left_out(&place, "the rule is no mapping".to_owned());
        }
        self.note_others(&place, event, &known);
        let made = format!("{}-rule-{number}", function.name);
        let name = as_text(&event["name"]).unwrap_or_else(|| made.clone());
        let mut rule = Map::new();
        let fits = |name: &str| name.chars().count() <= LONGEST;
        if fits(&name) {
            rule.insert("Name".to_owned(), json!(name));
        }
        let id = format!("{name}-target");
        let id = if fits(&id) { id } else { "target".to_owned() };
        copy(event, "pattern", "EventPattern", &mut rule);
        copy(event, "schedule", "ScheduleExpression", &mut rule);
        copy(event, "description", "Description", &mut rule);
        rule.insert("State".to_owned(), state(&event["enabled"]));
        let bus = self.bus(&event["eventBus"], &place);
        if !bus.is_null() {
            rule.insert("EventBusName".to_owned(), bus);
        }
        let mut target = self.target_of(function, &id, event, &place);
        let retry = &event["retryPolicy"];
        if !retry.is_null() {
            self.note_others(
                &format!("{place}/retryPolicy"),
                retry,
                &["maximumEventAge", "maximumRetryAttempts"],
            );
            let mut policy = Map::new();
            copy(
                retry,
                "maximumEventAge",
                "MaximumEventAgeInSeconds",
                &mut policy,
            );
            copy(
                retry,
                "maximumRetryAttempts",
                "MaximumRetryAttempts",
                &mut policy,
            );
            // What is unknown as a whole is noted by who reads it.
            let policy = retry
                .as_object()
                .map_or(retry.clone(), |_| Value::Object(policy));
            target.insert("RetryPolicy".to_owned(), policy);
        }
        let queue = &event["deadLetterQueueArn"];
        if !queue.is_null() {
            target.insert("DeadLetterConfig".to_owned(), json!({ "Arn": queue }));
        }
        rule.insert("Targets".to_owned(), json!([target]));
        let bare: String = made.chars().filter(char::is_ascii_alphanumeric).collect();
        self.add(
            &format!("{bare}EventBridgeRule"),
            place,
            "AWS::Events::Rule",
            rule,
        );
    }

    /// The bus of a rule. One that is a name, and not the default one, is made.
    fn bus(&mut self, bus: &Value, place: &str) -> Value {
        if let Some(name) = bus.as_str()
            && name != "default"
            && !name.starts_with("arn")
        {
            let id = format!("{}EventBridgeEventBus", normalized(name));
            let mut properties = Map::new();
            properties.insert("Name".to_owned(), bus.clone());
            let place = format!("{place}/eventBus");
            self.add(&id, place, "AWS::Events::EventBus", properties);
        }
        bus.clone()
    }

    /// The target of a rule, with what it receives.
    fn target_of(
        &mut self,
        function: &Function<'_>,
        id: &str,
        event: &Value,
        place: &str,
    ) -> Map<String, Value> {
        let mut target = Map::new();
        target.insert("Arn".to_owned(), function.target.clone());
        target.insert("Id".to_owned(), json!(id));
        if !event["input"].is_null() {
            target.insert("Input".to_owned(), input(&event["input"]));
        }
        copy(event, "inputPath", "InputPath", &mut target);
        let transformer = &event["inputTransformer"];
        if !transformer.is_null() {
            let known = ["inputPathsMap", "inputTemplate"];
            self.note_others(&format!("{place}/inputTransformer"), transformer, &known);
            let mut written = Map::new();
            copy(transformer, "inputPathsMap", "InputPathsMap", &mut written);
            copy(transformer, "inputTemplate", "InputTemplate", &mut written);
            target.insert("InputTransformer".to_owned(), Value::Object(written));
        }
        target
    }

    /// A `schedule` event: an expression, or a mapping with one or several.
    fn write_schedules(
        &mut self,
        function: &Function<'_>,
        count: &mut usize,
        place: &str,
        event: &Value,
    ) {
        let known = [
            "description",
            "enabled",
            "input",
            "inputPath",
            "inputTransformer",
            "method",
            "name",
            "rate",
            "roleArn",
            "timezone",
        ];
        let event = match event {
            Value::Object(_) => event.clone(),
            other => json!({ "rate": [other] }),
        };
        self.note_others(place, &event, &known);
        let rates = match &event["rate"] {
            Value::Array(rates) => rates.clone(),
            one => vec![one.clone()],
        };
        let is_single = rates.len() == 1;
        for rate in rates {
            *count += 1;
            let id = format!("{}EventsRuleSchedule{count}", function.id);
            let mut written = Map::new();
            written.insert("ScheduleExpression".to_owned(), rate);
            written.insert("State".to_owned(), state(&event["enabled"]));
            copy(&event, "description", "Description", &mut written);
            if is_single {
                copy(&event, "name", "Name", &mut written);
            }
            match event["method"].as_str() {
                None | Some("eventBus") => {
                    if event.get("timezone").is_some() {
                        let why = "a rule has no time zone".to_owned();
                        self.left_out(&format!("{place}/timezone"), why);
                    }
                    let target = format!("{}Schedule", function.key);
                    let target = self.target_of(function, &target, &event, place);
                    written.insert("Targets".to_owned(), json!([target]));
                    self.add(&id, place.to_owned(), "AWS::Events::Rule", written);
                }
                Some("scheduler") => {
                    copy(
                        &event,
                        "timezone",
                        "ScheduleExpressionTimezone",
                        &mut written,
                    );
                    let mut target = Map::new();
                    target.insert("Arn".to_owned(), function.target.clone());
                    copy(&event, "roleArn", "RoleArn", &mut target);
                    if !event["input"].is_null() {
                        target.insert("Input".to_owned(), input(&event["input"]));
                    }
                    written.insert("FlexibleTimeWindow".to_owned(), json!({ "Mode": "OFF" }));
                    written.insert("Target".to_owned(), Value::Object(target));
                    self.add(&id, place.to_owned(), "AWS::Scheduler::Schedule", written);
                }
                Some(_) => {
                    let why = "it is neither eventBus nor scheduler".to_owned();
                    self.left_out(&format!("{place}/method"), why);
                }
            }
        }
    }

    /// The older kind of a rule with a pattern.
    fn write_watched(
        &mut self,
        function: &Function<'_>,
        count: usize,
        place: String,
        event: &Value,
    ) {
        let known = [
            "description",
            "enabled",
            "event",
            "input",
            "inputPath",
            "inputTransformer",
            "name",
        ];
        if !event.is_object() {
            return self.left_out(&place, "the rule is no mapping".to_owned());
        }
        self.note_others(&place, event, &known);
        let mut rule = Map::new();
        copy(event, "event", "EventPattern", &mut rule);
        copy(event, "description", "Description", &mut rule);
        copy(event, "name", "Name", &mut rule);
        rule.insert("State".to_owned(), state(&event["enabled"]));
        let id = format!("{}CloudWatchEvent", function.key);
        let target = self.target_of(function, &id, event, &place);
        rule.insert("Targets".to_owned(), json!([target]));
        let id = format!("{}EventsRuleCloudWatchEvent{count}", function.id);
        self.add(&id, place, "AWS::Events::Rule", rule);
    }
}

fn copy(from: &Value, key: &str, name: &str, into: &mut Map<String, Value>) {
    if let Some(value) = from.get(key).filter(|value| !value.is_null()) {
        into.insert(name.to_owned(), value.clone());
    }
}

/// The state of a rule. What is neither `true` nor `false` is refused by who reads the state.
fn state(enabled: &Value) -> Value {
    match as_text(enabled).as_deref() {
        None if enabled.is_null() => json!("ENABLED"),
        Some("true") => json!("ENABLED"),
        Some("false") => json!("DISABLED"),
        _ => enabled.clone(),
    }
}

/// A constant input. Text under `body` is JSON itself.
fn input(input: &Value) -> Value {
    let body = input["body"]
        .as_str()
        .and_then(|body| serde_json::from_str(body).ok());
    match (input, body) {
        (Value::Object(_), Some(body)) => {
            let body: Value = body;
            let mut input = input.clone();
            input["body"] = body;
            input
        }
        (input, _) => input.clone(),
    }
}

/// A name as ids of resources begin with it.
fn normalized(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
