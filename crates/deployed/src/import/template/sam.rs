//! Templates of AWS SAM, written out as CloudFormation.
//!
//! Sources: the resources that SAM makes are under
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>,
//! and events under
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>.
//! Ids of targets and of queues are in `samtranslator/model/eventsources/push.py` and `scheduler.py` of
//! <https://github.com/aws/serverless-application-model>.

use serde_json::{Map, Value, json};

use super::parts::{Part, cannot_read, place};
use super::resolve::{Resolver, as_text};
use super::stack::World;
use crate::import::found::Found;
use crate::import::note::Note;

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

/// Writes out the functions and state machines of a stack, with the rules and schedules that are their events.
pub(super) fn write_out(world: &mut World, index: usize, found: &mut Found) {
    let resources = world.stacks[index].resources.clone();
    let is_own = |kind: &Value| kind == FUNCTION || kind == STATE_MACHINE;
    let own = resources
        .iter()
        .filter(|(_, resource)| is_own(&resource["Type"]));
    let own: Vec<(String, Value)> = own.map(|(id, one)| (id.clone(), one.clone())).collect();
    let globals = world.stacks[index].template["Globals"].clone();
    // References to them are resolved as those to what they become.
    let mut aliases = Vec::new();
    for (id, resource) in &own {
        let alias = retype(world, index, id, resource, &globals);
        aliases.extend(alias.map(|alias| (id.clone(), alias)));
    }
    for (id, alias) in &aliases {
        for resource in world.stacks[index].resources.values_mut() {
            *resource = with_alias(resource, id, alias);
        }
    }
    for (id, _) in &own {
        let alias = aliases.iter().find(|(of, _)| of == id);
        let alias = alias.map(|(_, alias)| alias.as_str());
        let made = events(world.resolver(index), id, alias, found);
        let places = made.keys().filter_map(|made| {
            let event = made.strip_prefix(id.as_str())?;
            Some((made.clone(), format!("Resources/{id}/Events/{event}")))
        });
        world.stacks[index].places.extend(places);
        world.stacks[index].resources.extend(made);
    }
    note_connectors(world, index, found);
}

/// Makes a resource what it is to CloudFormation. Returns the id of the alias that its events invoke.
fn retype(
    world: &mut World,
    index: usize,
    id: &str,
    resource: &Value,
    globals: &Value,
) -> Option<String> {
    let is_function = resource["Type"] == FUNCTION;
    let section = if is_function {
        "Function"
    } else {
        "StateMachine"
    };
    let mut properties = merged(&globals[section], &resource["Properties"]);
    let mut alias = Value::Null;
    if let Value::Object(entries) = &mut properties {
        alias = entries.remove("AutoPublishAlias").unwrap_or_default();
        for code in ["CodeUri", "ImageUri", "InlineCode"] {
            if let Some(code) = entries.remove(code) {
                entries.insert("Code".to_owned(), code);
            }
        }
    }
    let mut resource = resource.clone();
    resource["Type"] = Value::from(if is_function {
        "AWS::Lambda::Function"
    } else {
        "AWS::StepFunctions::StateMachine"
    });
    resource["Properties"] = properties;
    let condition = resource.get("Condition").cloned();
    world.stacks[index]
        .resources
        .insert(id.to_owned(), resource);
    if alias.is_null() || !is_function {
        return None;
    }
    let known = world.resolver(index).known_text(&alias).unwrap_or_default();
    let known: String = known.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("{id}Alias{known}");
    let made = json!({ "Name": alias, "FunctionName": { "Ref": id } });
    let made = resource_of("AWS::Lambda::Alias", &made, condition);
    world.stacks[index].resources.insert(name.clone(), made);
    Some(name)
}

/// What `Globals` say, and over it what the resource says. Source:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>:
/// mappings are merged, lists put together. Of processors a function has one, so its own counts.
fn merged(global: &Value, own: &Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) if !is_call(global) && !is_call(own) => {
            let mut all = global.clone();
            for (key, value) in own {
                let merged = match all.get(key) {
                    Some(global) if key != "Architectures" => merged(global, value),
                    _ => value.clone(),
                };
                all.insert(key.clone(), merged);
            }
            Value::Object(all)
        }
        (Value::Array(global), Value::Array(own)) => {
            Value::Array(global.iter().chain(own).cloned().collect())
        }
        (global, Value::Null) => global.clone(),
        (_, own) => own.clone(),
    }
}

fn is_call(object: &Map<String, Value>) -> bool {
    let is_function = |key: &String| key == "Ref" || key.starts_with("Fn::");
    object.len() == 1 && object.keys().all(is_function)
}

/// A value in which `Function.Alias` is the alias that SAM makes.
fn with_alias(value: &Value, function: &str, alias: &str) -> Value {
    let of_function = format!("{function}.Alias");
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let is_it = key == "Ref" && value == of_function.as_str();
                let value = if is_it {
                    Value::from(alias)
                } else {
                    with_alias(value, function, alias)
                };
                (key.clone(), value)
            });
            Value::Object(entries.collect())
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| with_alias(item, function, alias));
            Value::Array(items.collect())
        }
        Value::String(text) => {
            let named = format!("${{{of_function}}}");
            Value::from(text.replace(&named, &format!("${{{alias}}}")))
        }
        other => other.clone(),
    }
}

fn resource_of(kind: &str, properties: &Value, condition: Option<Value>) -> Value {
    let mut resource = json!({ "Type": kind, "Properties": properties });
    if let Some(condition) = condition {
        resource["Condition"] = condition;
    }
    resource
}

/// The rules and schedules that the events of a function or a state machine are.
fn events(
    resolver: Resolver<'_>,
    id: &str,
    alias: Option<&str>,
    found: &mut Found,
) -> Map<String, Value> {
    let resource = &resolver.world.stacks[resolver.stack].resources[id];
    let is_function = resource["Type"] == "AWS::Lambda::Function";
    let properties = resolver.resolve(&resource["Properties"]);
    let events = properties.map(|mut all| all["Events"].take());
    let place = format!("{}/Events", place(resolver, id));
    let events = Part::of(resolver, place, events.as_ref(), found);
    let target = match alias {
        Some(alias) => json!({ "Ref": alias }),
        None if is_function => json!({ "Fn::GetAtt": [id, "Arn"] }),
        None => json!({ "Ref": id }),
    };
    let mut made = Map::new();
    let names: Vec<String> = events.keys().cloned().collect();
    for name in names {
        let mut event = events.inner(&name, found);
        let Some(kind) = event.text("Type", found) else {
            continue;
        };
        let logical = format!("{id}{name}");
        let properties = event.inner("Properties", found);
        let one = Event {
            logical: &logical,
            target: &target,
            target_id: format!(
                "{logical}{}",
                if is_function {
                    "LambdaTarget"
                } else {
                    "StepFunctionsTarget"
                }
            ),
            properties,
        };
        let written = match kind.as_str() {
            "EventBridgeRule" | "CloudWatchEvent" | "Schedule" => one.rule(&kind, &mut made, found),
            "ScheduleV2" => one.schedule(&mut made, found),
            kind => {
                let message = format!("its kind is {kind}: it is neither a rule nor a schedule");
                found.notes.push(Note::left_out(event.place, message));
                continue;
            }
        };
        let (kind, properties) = written;
        let condition = resource.get("Condition").cloned();
        made.insert(logical.clone(), resource_of(kind, &properties, condition));
    }
    made
}

/// An event of a function or a state machine.
struct Event<'e> {
    logical: &'e str,
    target: &'e Value,
    target_id: String,
    properties: Part<'e>,
}

impl Event<'_> {
    /// A rule of EventBridge.
    fn rule(
        mut self,
        kind: &str,
        made: &mut Map<String, Value>,
        found: &mut Found,
    ) -> (&'static str, Value) {
        let known = [
            "DeadLetterConfig",
            "Description",
            "Enabled",
            "EventBusName",
            "Input",
            "InputPath",
            "InputTransformer",
            "Name",
            "Pattern",
            "RetryPolicy",
            "RoleArn",
            "RuleName",
            "Schedule",
            "State",
            "Target",
        ];
        self.properties.note_others(&known, found);
        let mut rule = Map::new();
        let name = if kind == "Schedule" {
            "Name"
        } else {
            "RuleName"
        };
        self.copy(&mut rule, name, "Name");
        for key in ["Description", "EventBusName", "State"] {
            self.copy(&mut rule, key, key);
        }
        self.copy(&mut rule, "Pattern", "EventPattern");
        self.copy(&mut rule, "Schedule", "ScheduleExpression");
        self.enabled(&mut rule);
        let mut target = Map::new();
        for key in ["Input", "InputPath", "InputTransformer", "RetryPolicy"] {
            self.copy(&mut target, key, key);
        }
        let inner = self.properties.inner("Target", found);
        inner.note_others(&["Id"], found);
        let id = inner.get("Id").cloned();
        target.insert(
            "Id".to_owned(),
            id.unwrap_or_else(|| Value::from(self.target_id.as_str())),
        );
        target.insert("Arn".to_owned(), self.target.clone());
        self.dead_letters(&mut target, made, found);
        rule.insert("Targets".to_owned(), json!([target]));
        ("AWS::Events::Rule", Value::Object(rule))
    }

    /// A schedule of EventBridge Scheduler. Its name is its id in the template, unless the event says otherwise.
    fn schedule(self, made: &mut Map<String, Value>, found: &mut Found) -> (&'static str, Value) {
        let of_schedule = [
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "GroupName",
            "KmsKeyArn",
            "Name",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
        ];
        let of_target = ["Input", "RetryPolicy", "RoleArn"];
        let own = ["DeadLetterConfig", "OmitName", "PermissionsBoundary"];
        let known = [&of_schedule[..], &of_target, &own].concat();
        self.properties.note_others(&known, found);
        let mut schedule = Map::new();
        for key in of_schedule {
            self.copy(&mut schedule, key, key);
        }
        let omits = self.properties.get("OmitName").and_then(as_text);
        if omits.is_none_or(|omits| omits == "false") {
            let name = Value::from(self.logical);
            schedule.entry("Name").or_insert(name);
        }
        let mut target = Map::new();
        for key in of_target {
            self.copy(&mut target, key, key);
        }
        target.insert("Arn".to_owned(), self.target.clone());
        self.dead_letters(&mut target, made, found);
        schedule.insert("Target".to_owned(), Value::Object(target));
        ("AWS::Scheduler::Schedule", Value::Object(schedule))
    }

    fn copy(&self, into: &mut Map<String, Value>, key: &str, name: &str) {
        if let Some(value) = self.properties.get(key) {
            into.insert(name.to_owned(), value.clone());
        }
    }

    /// `Enabled` is the older word for the state.
    fn enabled(&mut self, rule: &mut Map<String, Value>) {
        let Some(enabled) = self.properties.get("Enabled") else {
            return;
        };
        let state = match as_text(enabled).as_deref() {
            Some("true") => Value::from("ENABLED"),
            Some("false") => Value::from("DISABLED"),
            // What is unknown or another word is refused by who reads the state.
            _ => enabled.clone(),
        };
        rule.insert("State".to_owned(), state);
    }

    /// The queue of dead letters, which SAM makes if the event says only its type.
    fn dead_letters(
        &self,
        target: &mut Map<String, Value>,
        made: &mut Map<String, Value>,
        found: &mut Found,
    ) {
        if self.properties.get("DeadLetterConfig").is_none() {
            return;
        }
        let mut config = self.properties.inner("DeadLetterConfig", found);
        config.note_others(&["Arn", "QueueLogicalId", "Type"], found);
        // Topics are for functions alone; what is neither is noted.
        config.word("Type", &[("SQS", ())], found);
        let arn = config.get("Arn").cloned().unwrap_or_else(|| {
            let default = format!("{}Queue", self.logical);
            let queue = config.text("QueueLogicalId", found).unwrap_or(default);
            made.insert(queue.clone(), json!({ "Type": "AWS::SQS::Queue" }));
            json!({ "Fn::GetAtt": [queue, "Arn"] })
        });
        target.insert("DeadLetterConfig".to_owned(), json!({ "Arn": arn }));
    }
}

/// Connectors from rules to functions are permissions that the module has. All others are noted.
///
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>.
fn note_connectors(world: &mut World, index: usize, found: &mut Found) {
    let resources = world.stacks[index].resources.clone();
    let kind = |id: &Value| {
        let resource = id.as_str().and_then(|id| resources.get(id));
        resource.and_then(|found| found["Type"].as_str())
    };
    let is_permission = |source: &Value, connector: &Value| {
        let destination = &connector["Destination"];
        let all = destination
            .as_array()
            .map_or_else(|| vec![destination], |all| all.iter().collect());
        let is_rule = matches!(
            kind(source),
            Some("AWS::Events::Rule" | "AWS::Scheduler::Schedule")
        );
        is_rule
            && connector["Permissions"] == json!(["Write"])
            && all
                .iter()
                .all(|to| kind(&to["Id"]) == Some("AWS::Lambda::Function"))
    };
    for (id, resource) in &resources {
        let properties = &resource["Properties"];
        if resource["Type"] == "AWS::Serverless::Connector"
            && is_permission(&properties["Source"]["Id"], properties)
        {
            world.stacks[index].resources.remove(id);
        }
        let place = format!("{}/Connectors", place(world.resolver(index), id));
        match &resource["Connectors"] {
            Value::Null => {}
            Value::Object(connectors) => {
                for (name, connector) in connectors {
                    let to = &connector["Properties"];
                    if !is_permission(&Value::from(id.as_str()), to) {
                        let message = "a permission that the spec does not say";
                        found
                            .notes
                            .push(Note::left_out(format!("{place}/{name}"), message));
                    }
                }
            }
            other => {
                let note = cannot_read(world.resolver(index), place, other, "a mapping");
                found.notes.push(note);
            }
        }
    }
}
