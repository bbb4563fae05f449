//! No value of a template is lost silently: any of them is replaced by a function or by another word, and the import
//! says the same, or names what stands there now.
//!
//! `IMPORT_REPLACEMENTS` says how many replacements are tried.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};

use super::template::{Source, value_of};
use super::{Manner, Names, from_sources};

const NAMES: Names<'_> = Names {
    pipeline: "shop",
    environment: "dev",
};

/// A template, and what is imported of it.
struct Template {
    name: String,
    value: Value,
    before: Outcome,
    /// Where its values are.
    leaves: Vec<Vec<String>>,
}

/// The spec, and the notes: place and text of each.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    spec: String,
    notes: Vec<(String, String)>,
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = fs::read_dir(root.join("tests/import")).unwrap();
    let own = own.map(|file| file.unwrap().path());
    let others = fs::read_dir(root.join("../../codegen/tests/import")).unwrap();
    let others = others.flat_map(|folder| {
        let folder = folder.unwrap().path();
        ["template.json", "template.yaml"].map(|name| folder.join(name))
    });
    let mut files: Vec<PathBuf> = own.chain(others).filter(|file| file.is_file()).collect();
    files.sort();
    files
}

fn import(template: &Value) -> Outcome {
    let source = Source {
        name: "t".to_owned(),
        text: template.to_string(),
        folder: None,
    };
    match from_sources(&[source], &[], NAMES, Manner::default()) {
        Ok(imported) => Outcome {
            spec: imported.spec,
            notes: imported
                .notes
                .into_iter()
                .map(|note| {
                    (
                        note.place,
                        format!("{} {}", note.message, note.help.unwrap_or_default()),
                    )
                })
                .collect(),
        },
        // Why nothing could be imported is the same list as text.
        Err(error) => Outcome {
            spec: String::new(),
            notes: format!("{error:#}")
                .lines()
                .map(|line| {
                    let (place, text) = line.trim().split_once(": ").unwrap_or_default();
                    (place.to_owned(), text.to_owned())
                })
                .collect(),
        },
    }
}

fn add_leaves(value: &Value, path: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) {
    let mut inside = |key: String, value: &Value| {
        path.push(key);
        add_leaves(value, path, leaves);
        path.pop();
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, value)| inside(key.clone(), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inside(index.to_string(), value)),
        _ => leaves.push(path.clone()),
    }
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> &'v mut Value {
    path.iter().fold(value, |value, key| match value {
        Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        other => &mut other[key.as_str()],
    })
}

/// What stands for a value without changing it. A text may come from a parameter, too.
fn same(leaf: &Value) -> Vec<Value> {
    let mut all = vec![
        json!({ "Fn::If": ["ZqYes", leaf, "zq-no"] }),
        json!({ "Fn::Select": [1, ["zq-no", leaf]] }),
        json!({ "Fn::If": ["ZqEither", { "Fn::If": ["ZqNo", "zq-no", leaf] }, { "Ref": "AWS::NoValue" }] }),
        json!({ "Fn::ImportValue": { "Fn::Sub": "zq-${ZqKey}" } }),
    ];
    // Mappings hold no nulls.
    if !leaf.is_null() {
        all.push(json!({ "Fn::FindInMap": ["ZqMap", "a", { "Ref": "ZqKey" }] }));
    }
    if let Some(text) = leaf.as_str() {
        all.push(json!({ "Ref": "ZqSame" }));
        all.push(json!({ "Fn::Sub": "${ZqSame}" }));
        all.push(json!({ "Fn::Sub": ["${Own}", { "Own": { "Ref": "ZqSame" } }] }));
        all.push(json!({ "Fn::Join": ["", [text, { "Ref": "ZqEmpty" }]] }));
        all.push(json!({ "Fn::Select": [0, { "Fn::Split": ["|zq|", { "Fn::Sub": "${ZqSame}|zq|x" }] }] }));
    }
    all
}

/// What may be anything, with a word by which it is known.
fn other(leaf: &Value) -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "Ref": "ZqOpen" }), "zqopen"),
        (json!({ "Fn::Sub": "x-${ZqOpen}" }), "zqopen"),
        (
            json!({ "Fn::Join": ["-", ["x", { "Ref": "ZqOpen" }]] }),
            "zqopen",
        ),
        (json!({ "Fn::If": ["ZqMaybe", leaf, "zq-no"] }), "zqopen"),
        (json!({ "Fn::ImportValue": "zq-far" }), "zqfar"),
        (json!({ "Fn::Zqf": leaf }), "zqf"),
        (json!({ "Ref": "ZqStored" }), "zqstored"),
        (json!({ "Ref": "ZqHidden" }), "zqhidden"),
        (json!({ "Ref": "ZqNobody" }), "zqnobody"),
        (json!("{{resolve:ssm:/zq/far}}"), "zqfar"),
        (json!("{{resolve:secretsmanager:zq-far}}"), "zqfar"),
        (json!("ZqWord"), "zqword"),
    ]
}

/// Adds what the replacements refer to.
fn prepare(template: &mut Value, leaf: &Value) {
    let text = leaf.as_str().unwrap_or_default();
    let parameters = json!({
        "ZqSame": { "Type": "String", "Default": text }, "ZqOpen": { "Type": "String" }, "ZqEmpty": { "Default": "" },
        "ZqKey": { "Default": "key" }, "ZqHidden": { "NoEcho": true, "Default": "zq" },
        "ZqStored": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/zq" },
    });
    let conditions = json!({
        "ZqYes": { "Fn::Equals": [{ "Ref": "ZqKey" }, "key"] }, "ZqNo": { "Fn::Not": [{ "Condition": "ZqYes" }] },
        "ZqMaybe": { "Fn::Equals": [{ "Ref": "ZqOpen" }, "a"] },
        "ZqEither": { "Fn::Or": [{ "Condition": "ZqMaybe" }, { "Condition": "ZqYes" }] },
    });
    let mappings = json!({ "ZqMap": { "a": { "key": leaf } } });
    let outputs = json!({ "Zq": { "Value": leaf, "Export": { "Name": "zq-key" } } });
    let sections = [
        ("Parameters", parameters),
        ("Conditions", conditions),
        ("Mappings", mappings),
        ("Outputs", outputs),
    ];
    for (section, entries) in sections {
        let mut all = template[section].as_object().cloned().unwrap_or_default();
        all.extend(entries.as_object().cloned().unwrap_or_default());
        template[section] = Value::Object(all);
    }
}

/// What an import does not say, with the reason.
fn is_not_said(template: &Value, path: &[String]) -> bool {
    let [_, id, section, rest @ ..] = path else {
        return true;
    };
    let resource = &template["Resources"][id];
    let kind = resource["Type"].as_str().unwrap_or_default();
    if kind == "AWS::CDK::Metadata" {
        return true;
    }
    if section != "Properties" {
        // Order, life and metadata of resources are CloudFormation's.
        return matches!(
            section.as_str(),
            "DependsOn" | "DeletionPolicy" | "Metadata" | "UpdateReplacePolicy"
        );
    }
    let first = rest.first().map_or("", String::as_str);
    let last = rest.last().map_or("", String::as_str);
    match kind {
        // One that has a name stays whose it is, with all that it has.
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
            let is_named = resource["Properties"].get("FunctionName").is_some();
            let is_code = [
                "Code",
                "CodeUri",
                "Description",
                "Handler",
                "Role",
                "Runtime",
                "Tags",
            ];
            (is_named && !["FunctionName", "AutoPublishAlias", "Events"].contains(&first))
                || is_code.contains(&first)
                || (first == "Events" && (last == "Id" || last == "Description"))
        }
        "AWS::Lambda::Alias" => !["FunctionName", "Name"].contains(&first),
        // The module has its own.
        "AWS::Lambda::Permission" => first != "Principal",
        "AWS::SQS::Queue" => first != "QueueName",
        "AWS::SQS::QueuePolicy" => first != "Queues",
        // Descriptions and tags become those of the module; ids of targets are the module's.
        "AWS::Events::Rule" => {
            ["Description", "Tags"].contains(&first) || (first == "Targets" && last == "Id")
        }
        "AWS::Events::EventBus" => first == "Tags",
        // The role is the module's, and so are descriptions.
        "AWS::Scheduler::Schedule" => {
            first == "Description" || rest.iter().any(|part| part == "RoleArn")
        }
        _ => false,
    }
}

fn bare(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_lowercase()
}

impl Outcome {
    fn has(&self, word: &str) -> bool {
        let notes = self.notes.iter();
        let notes: Vec<String> = notes
            .map(|(place, text)| format!("{place} {text}"))
            .collect();
        bare(&self.spec).contains(word) || notes.iter().any(|note| bare(note).contains(word))
    }

    /// Whether a note is about a value, or about a resource as a whole that is left behind.
    fn notes(&self, path: &[String]) -> bool {
        self.notes.iter().any(|(place, text)| {
            let place = place.split(", target ").next().unwrap_or_default();
            // Places of notes leave `Properties` out.
            let parts = path.iter().map(String::as_str);
            let whole: Vec<&str> = parts.filter(|part| *part != "Properties").collect();
            let whole = whole.join("/");
            let behind = whole.strip_prefix(place);
            let is_about =
                behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('/'));
            is_about && !place.is_empty() && !text.starts_with("the function's code")
        })
    }
}

fn templates() -> Vec<Template> {
    let mut templates = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        // A service of the Serverless Framework is another language, with variables of its own.
        if text.contains("\nservice: ") {
            continue;
        }
        let value = value_of(&text).unwrap();
        // Where nothing is imported, nothing is lost either.
        let before = import(&value);
        if before.spec.is_empty() {
            continue;
        }
        let mut leaves = Vec::new();
        let mut place = vec!["Resources".to_owned()];
        add_leaves(&value["Resources"], &mut place, &mut leaves);
        templates.push(Template {
            name: path.display().to_string(),
            before,
            value,
            leaves,
        });
    }
    templates
}

/// What is wrong with one replacement.
fn try_one(template: &Template, path: &[String], choice: usize) -> Option<String> {
    let mut changed = template.value.clone();
    let leaf = at(&mut changed, path).clone();
    prepare(&mut changed, &leaf);
    let is_in_function = path[3.min(path.len())..]
        .iter()
        .any(|key| key == "Ref" || key.starts_with("Fn::"));
    let is_literal = is_in_function
        || path.get(2).is_none_or(|section| section != "Properties")
        || template.value["Resources"][&path[1]]["Type"] == "AWS::Serverless::Connector"
        || is_not_said(&template.value, path);
    let (same, other) = (same(&leaf), other(&leaf));
    let choice = choice % (same.len() + other.len());
    let fail = |what: &Value, after: &Outcome| {
        Some(format!(
            "{}: {} = {what}\n{}\n{:#?}",
            template.name,
            path.join("/"),
            after.spec,
            after.notes
        ))
    };
    if let Some(what) = same.get(choice) {
        if is_literal {
            return None;
        }
        *at(&mut changed, path) = what.clone();
        let after = import(&changed);
        return (after != template.before)
            .then(|| fail(what, &after))
            .flatten();
    }
    let (what, word) = &other[choice - same.len()];
    *at(&mut changed, path) = what.clone();
    let after = import(&changed);
    // A branch that is not taken says nothing.
    let is_branch = path.iter().any(|part| part == "Fn::If") && after == template.before;
    let is_listed =
        is_branch || after.has(word) || after.notes(path) || is_not_said(&template.value, path);
    (!is_listed).then(|| fail(what, &after)).flatten()
}

#[test]
fn a_value_that_is_replaced_stays_the_same_or_is_listed() {
    let count = env::var("IMPORT_REPLACEMENTS").ok();
    let count: usize = count.map_or(400, |count| count.parse().unwrap());
    let templates = templates();
    let all: usize = templates.iter().map(|template| template.leaves.len()).sum();
    assert!(all > 400, "{all}");
    // A generator of SplitMix64: the same seed, the same replacements.
    let mut state: u64 = 7;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap()
    };
    let mut failed = Vec::new();
    for _ in 0..count {
        let mut leaf = next() % all;
        let template = templates.iter().find(|template| {
            let is_it = leaf < template.leaves.len();
            leaf -= if is_it { 0 } else { template.leaves.len() };
            is_it
        });
        let template = template.unwrap();
        failed.extend(try_one(template, &template.leaves[leaf], next()));
    }
    assert!(
        failed.is_empty(),
        "{} of {count}\n{}",
        failed.len(),
        failed[..failed.len().min(6)].join("\n\n")
    );
}
