//! A spec with patterns in which every test and every key knows its place.

use std::fmt::Write as _;

use pipeline::Parsed;
use serde_json::{Map, Value, json};

use super::tape::{DATES, STRINGS, TIMESTAMPS, Tape, number, scalar, whole};

/// Names of fields, few so that they meet.
const NAMES: [&str; 6] = ["a", "b", "n", "o", "l", "c.d"];
/// Names that no event has. Two are operators, which a branch of `$or` cannot have as fields.
const UNKNOWN: [&str; 4] = ["zz", "a.zz", "exists", "prefix"];
const SCALARS: [&str; 7] = [
    "string",
    "integer",
    "number",
    "boolean",
    "timestamp",
    "date",
    "json",
];

/// A part of a pattern.
pub(super) enum Node {
    Object(Vec<(String, Node)>),
    Tests(Vec<Value>),
    Or(Vec<Node>),
}

/// A test of a pattern, or a key with everything below it.
pub(super) struct Spot {
    /// Where it starts in the spec.
    pub(super) start: usize,
    pub(super) is_key: bool,
    /// Whether it stands in the filter of a trigger for the event `e`.
    pub(super) is_about_e: bool,
    /// Paths from the top of the event with the tests that they ask.
    pub(super) leaves: Vec<(String, Vec<Value>)>,
}

pub(super) struct Case {
    pub(super) spec: String,
    pub(super) spots: Vec<Spot>,
    /// The declared detail of the event `e`, as the spec writes it.
    pub(super) detail: Value,
    pub(super) is_discriminated: bool,
    pub(super) emits: bool,
    /// Whether the trigger that is being written has a filter for the event `e`.
    is_about_e: bool,
}

impl Case {
    fn spot(&mut self, is_key: bool, leaves: Vec<(String, Vec<Value>)>) {
        let start = self.spec.len();
        self.spots.push(Spot {
            start,
            is_key,
            is_about_e: self.is_about_e,
            leaves,
        });
    }

    /// The texts and numbers that the patterns ask for.
    pub(super) fn operands(&self) -> Vec<Value> {
        let tests = self.spots.iter().filter(|spot| !spot.is_key);
        let mut found = Vec::new();
        tests.for_each(|spot| collect(&spot.leaves[0].1[0], &mut found));
        found
    }

    pub(super) fn parse(&self) -> Parsed {
        pipeline::parse(&self.spec, &pipeline::Surroundings::default())
    }
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        Value::String(_) | Value::Number(_) => found.push(value.clone()),
        Value::Null | Value::Bool(_) => {}
    }
}

/// A declared type, as the spec writes it.
fn field_type(tape: &mut Tape, depth: usize) -> Value {
    match tape.below(if depth > 2 { 6 } else { 10 }) {
        8 | 6 => object_type(tape, depth + 1),
        9 | 7 => json!([field_type(tape, depth + 1)]),
        _ => {
            let optional = if tape.rarely(3) { "?" } else { "" };
            json!(format!("{}{optional}", tape.pick(&SCALARS)))
        }
    }
}

fn object_type(tape: &mut Tape, depth: usize) -> Value {
    let mut fields = Map::new();
    for _ in 0..=tape.below(3) {
        let name = if tape.rarely(12) {
            "a.b"
        } else {
            tape.pick(&NAMES)
        };
        fields.insert(name.to_owned(), field_type(tape, depth));
    }
    Value::Object(fields)
}

/// A test, half of the time one that suits the type of the field.
fn test(tape: &mut Tape, declared: Option<&Value>) -> Value {
    let word = declared.and_then(Value::as_str).unwrap_or_default();
    let word = word.trim_end_matches('?');
    if tape.below(2) == 0 {
        match word {
            "integer" => return numeric_test(tape, whole),
            "number" => return numeric_test(tape, number),
            "boolean" => return json!(tape.below(2) == 0),
            "timestamp" => return text_test(tape, &TIMESTAMPS),
            "date" => return text_test(tape, &DATES),
            "string" => return text_test(tape, &STRINGS),
            _ => {}
        }
    }
    match tape.below(6) {
        0 => json!({ "exists": false }),
        1 => json!({ "exists": true }),
        2 => numeric_test(tape, number),
        3 => text_test(tape, &STRINGS),
        4 => text_test(tape, &["2026", "01", "Jan", "20", "-0", "Z", "0"]),
        _ => scalar(tape),
    }
}

fn numeric_test(tape: &mut Tape, draw: fn(&mut Tape) -> Value) -> Value {
    match tape.below(5) {
        0 => draw(tape),
        1 => {
            let comparison = tape.pick(&["<", "<=", "=", ">=", ">"]);
            json!({ "numeric": [comparison, draw(tape)] })
        }
        2 => {
            let low = [-1.0, 0.0, 1.0, 1.5][tape.below(4)];
            let high = low + [0.25, 0.5, 1.0, 2.0][tape.below(4)];
            let (from, to) = ([">", ">="][tape.below(2)], ["<", "<="][tape.below(2)]);
            json!({ "numeric": [from, low, to, high] })
        }
        3 => json!({ "anything-but": draw(tape) }),
        _ => json!({ "anything-but": [draw(tape), draw(tape)] }),
    }
}

fn text_test(tape: &mut Tape, texts: &[&str]) -> Value {
    let mut text = tape.pick(texts).to_owned();
    // A start of a text is more often the start of another.
    if text.len() > 4 && tape.below(2) == 0 {
        text.truncate(text.len() / 2);
    }
    let wildcard = [
        format!("{text}*").replace("**", "*"),
        "*".to_owned(),
        format!("*{}", text.trim_start_matches('*')),
        "a*b".to_owned(),
        text.replace('*', "\\*"),
    ][tape.below(5)]
    .clone();
    match tape.below(12) {
        0 | 1 => json!(text),
        2 => json!({ "prefix": text }),
        3 => json!({ "suffix": text }),
        4 => json!({ "equals-ignore-case": text }),
        5 => json!({ "wildcard": wildcard }),
        6 => json!({ "prefix": { "equals-ignore-case": text } }),
        7 => json!({ "anything-but": [text, tape.pick(texts)] }),
        8 => {
            let operator = tape.pick(&["prefix", "suffix", "equals-ignore-case"]);
            let text = if text.is_empty() {
                "a".to_owned()
            } else {
                text
            };
            json!({ "anything-but": { operator: [text, "b"] } })
        }
        9 => json!({ "anything-but": { "wildcard": wildcard } }),
        10 => json!({ "cidr": tape.pick(&["10.0.0.0/8", "10.0.0.0/31", "11.0.0.0/8", "::/64"]) }),
        _ => json!({ "exactly": text }),
    }
}

fn tests(tape: &mut Tape, declared: Option<&Value>) -> Node {
    let more = tape.below(3) / 2;
    Node::Tests((0..=more).map(|_| test(tape, declared)).collect())
}

/// Fields of a pattern over an object with declared fields.
fn object(tape: &mut Tape, fields: &Value, depth: usize) -> Node {
    let mut entries: Vec<(String, Node)> = Vec::new();
    let names: Vec<&String> = fields
        .as_object()
        .map(|fields| fields.keys().collect())
        .unwrap_or_default();
    for _ in 0..=tape.below(3) {
        let (key, node) = if depth < 3 && tape.rarely(5) {
            let alternatives = (0..2 + tape.below(2)).map(|_| object(tape, fields, depth + 1));
            ("$or".to_owned(), Node::Or(alternatives.collect()))
        } else if names.is_empty() || tape.rarely(8) {
            let unknown = [&UNKNOWN[..], &NAMES[..]].concat();
            (tape.pick(&unknown).to_owned(), tests(tape, None))
        } else {
            let name = names[tape.below(names.len())];
            field(tape, name, fields, depth)
        };
        if !entries.iter().any(|(known, _)| *known == key) {
            entries.push((key, node));
        }
    }
    Node::Object(entries)
}

fn field(tape: &mut Tape, name: &str, fields: &Value, depth: usize) -> (String, Node) {
    let mut declared = &fields[name];
    while let Value::Array(items) = declared {
        declared = &items[0];
    }
    let is_open = matches!(declared, Value::Object(_)) || declared == "json";
    match (is_open && !tape.rarely(4), tape.below(2)) {
        (true, 0) => (name.to_owned(), object(tape, declared, depth + 1)),
        (true, _) => match object(tape, declared, depth + 1) {
            // The first field below, with a dotted key.
            Node::Object(mut entries) => match entries.swap_remove(0) {
                (key, node) if key != "$or" => (format!("{name}.{key}"), node),
                (key, node) => (name.to_owned(), Node::Object(vec![(key, node)])),
            },
            other => (name.to_owned(), other),
        },
        (false, _) if tape.rarely(10) => (
            name.to_owned(),
            Node::Object(vec![("zz".to_owned(), tests(tape, None))]),
        ),
        _ => (name.to_owned(), tests(tape, Some(declared))),
    }
}

/// A whole pattern.
fn pattern(tape: &mut Tape, detail: &Value, depth: usize) -> Node {
    let mut entries: Vec<(String, Node)> = Vec::new();
    let values = |values: Value| Node::Tests(vec![values]);
    match tape.below(6) {
        0..3 => entries.push(("source".to_owned(), values(json!("s")))),
        3 => entries.push(("source".to_owned(), values(json!({ "prefix": "s" })))),
        4 => entries.push(("source".to_owned(), values(json!("t")))),
        _ => {}
    }
    match tape.below(4) {
        0 | 1 => entries.push(("detail-type".to_owned(), values(json!("E")))),
        2 => entries.push(("detail-type".to_owned(), values(json!("F")))),
        _ => {}
    }
    let envelope = json!({
        "account": "string", "time": "timestamp", "resources": ["string"], "replay-name": "string?", "id": "string",
        "detail": "object", "source": "string", "detail-type": "string"
    });
    if tape.rarely(3) {
        let names: Vec<&str> = envelope
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let name = if tape.rarely(5) {
            "zz"
        } else {
            tape.pick(&names)
        };
        if !entries.iter().any(|(known, _)| known == name) {
            entries.push((name.to_owned(), tests(tape, Some(&envelope[name]))));
        }
    }
    if depth < 2 && tape.rarely(4) {
        let alternatives = (0..2).map(|_| pattern(tape, detail, depth + 1)).collect();
        entries.push(("$or".to_owned(), Node::Or(alternatives)));
    }
    if tape.rarely(4) {
        let event_type = tape.pick(&["e", "f", "x"]);
        entries.push(("detail.event_type".to_owned(), values(json!(event_type))));
    }
    if !entries.iter().any(|(key, _)| key == "detail") && tape.below(4) < 3 {
        entries.push(("detail".to_owned(), object(tape, detail, depth)));
    }
    if entries.is_empty() {
        entries.push(("source".to_owned(), values(json!("s"))));
    }
    Node::Object(entries)
}

impl Node {
    fn json(&self) -> Value {
        match self {
            Self::Object(entries) => {
                let entries = entries.iter();
                Value::Object(
                    entries
                        .map(|(key, node)| (key.clone(), node.json()))
                        .collect(),
                )
            }
            Self::Tests(tests) => Value::from(tests.clone()),
            Self::Or(alternatives) => alternatives.iter().map(Self::json).collect(),
        }
    }

    /// Where `$or` cannot be the operator, it is a field like any other.
    fn with_or_as_field(self) -> Self {
        match self {
            Self::Or(_) => match self.json() {
                Value::Array(tests) => Self::Tests(tests),
                other => panic!("{other}"),
            },
            Self::Object(entries) => {
                let entries = entries.into_iter();
                Self::Object(
                    entries
                        .map(|(key, node)| (key, node.with_or_as_field()))
                        .collect(),
                )
            }
            Self::Tests(tests) => Self::Tests(tests),
        }
    }

    fn leaves(&self, path: &str, found: &mut Vec<(String, Vec<Value>)>) {
        match self {
            Self::Tests(tests) => found.push((path.to_owned(), tests.clone())),
            Self::Or(alternatives) => {
                for alternative in alternatives {
                    alternative.leaves(path, found);
                }
            }
            Self::Object(entries) => {
                for (key, node) in entries {
                    node.leaves(&below(path, key, node), found);
                }
            }
        }
    }

    /// Writes the node, and where its parts are.
    fn write(&self, path: &str, case: &mut Case) {
        let [open, close] = match self {
            Self::Object(_) => ['{', '}'],
            Self::Tests(_) | Self::Or(_) => ['[', ']'],
        };
        case.spec.push(open);
        match self {
            Self::Object(entries) => {
                for (key, node) in entries {
                    let path = below(path, key, node);
                    let mut leaves = Vec::new();
                    node.leaves(&path, &mut leaves);
                    case.spot(true, leaves);
                    write!(case.spec, "{}: ", json!(key)).unwrap();
                    node.write(&path, case);
                    case.spec.push_str(", ");
                }
            }
            Self::Tests(tests) => {
                for test in tests {
                    case.spot(false, vec![(path.to_owned(), vec![test.clone()])]);
                    write!(case.spec, "{test}, ").unwrap();
                }
            }
            Self::Or(alternatives) => {
                for alternative in alternatives {
                    alternative.write(path, case);
                    case.spec.push_str(", ");
                }
            }
        }
        case.spec.push(close);
    }
}

fn below(path: &str, key: &str, node: &Node) -> String {
    match (path, node) {
        (path, Node::Or(_)) => path.to_owned(),
        ("", _) => key.to_owned(),
        (path, _) => format!("{path}.{key}"),
    }
}

fn write_pattern(node: Node, root: &str, about: Option<&str>, case: &mut Case) {
    let json = node.json();
    let whole = if root.is_empty() {
        json
    } else {
        json!({ root: json })
    };
    let parsed = eventbridge::pattern::Pattern::parse(&whole.to_string());
    let or_is_field = parsed.is_ok_and(|parsed| {
        let mut fields = parsed.fields();
        fields.any(|field| field.path.split('.').any(|key| key == "$or"))
    });
    case.is_about_e = about == Some("e");
    let node = if or_is_field {
        node.with_or_as_field()
    } else {
        node
    };
    node.write(root, case);
}

pub(super) fn case(tape: &mut Tape) -> Case {
    // In half of the cases two triggers ask for one field, so that what they say of each other matters.
    let is_narrow = tape.below(2) == 1;
    let detail = if is_narrow {
        json!({ "a": field_type(tape, 2) })
    } else {
        object_type(tape, 0)
    };
    let is_discriminated = !tape.rarely(5);
    let emits = tape.rarely(3);
    let mut case = Case {
        spec: String::new(),
        spots: Vec::new(),
        detail,
        is_discriminated,
        emits,
        is_about_e: false,
    };
    let (discriminator, other_type) = if is_discriminated {
        ("event_type", ["E", "F"][tape.below(2)])
    } else {
        ("none", "F")
    };
    case.spec = format!(
        "pipeline: p\nsource: s\ndiscriminator: {discriminator}\nevents:\n  e: {{ detail_type: E, external: true, detail: {} }}\n  f: {{ detail_type: {other_type}, external: true }}\njobs:\n  j:\n    function: {{ package: j }}\n{}    triggers:\n",
        case.detail,
        if emits { "    emits: [e]\n" } else { "" }
    );
    for id in ["one", "two"] {
        match tape.below(6) {
            5 if !is_narrow => case.spec.push_str("      - pattern: "),
            kind => {
                let event = if tape.rarely(6) && !is_narrow {
                    "f"
                } else {
                    "e"
                };
                writeln!(case.spec, "      - event: {event}").unwrap();
                if kind < 4 || is_narrow {
                    case.spec.push_str("        where: ");
                    let detail = case.detail.clone();
                    let declared = if event == "e" { &detail } else { &Value::Null };
                    let node = object(tape, declared, 0);
                    write_pattern(node, "detail", Some(event), &mut case);
                    case.spec.push('\n');
                }
                writeln!(case.spec, "        id: {id}").unwrap();
                continue;
            }
        }
        let detail = case.detail.clone();
        let node = pattern(tape, &detail, 0);
        write_pattern(node, "", None, &mut case);
        writeln!(case.spec, "\n        id: {id}").unwrap();
    }
    case
}
