//! Both matchers beside a reference that tries every combination of values, as the rules of the pattern
//! language say it. `PROPTEST_CASES` says how many cases there are.

use std::collections::BTreeMap;

use eventbridge::pattern::{Event, Pattern, RuleSet};
use proptest::prelude::*;

/// A JSON value as it is written, duplicate keys included.
#[derive(Clone, Debug)]
enum Json {
    Scalar(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    fn write(&self, text: &mut String) {
        match self {
            Self::Scalar(scalar) => text.push_str(scalar),
            Self::List(items) => {
                text.push('[');
                for (place, item) in items.iter().enumerate() {
                    text.push_str(if place > 0 { "," } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Self::Object(fields) => {
                text.push('{');
                for (place, (key, value)) in fields.iter().enumerate() {
                    text.push_str(if place > 0 { "," } else { "" });
                    text.extend(["\"", key, "\":"]);
                    value.write(text);
                }
                text.push('}');
            }
        }
    }
}

/// A value with its path, and the place that it has in every array around it.
#[derive(Clone, Debug)]
struct Leaf {
    path: String,
    scalar: String,
    elements: BTreeMap<usize, usize>,
}

#[derive(Default)]
struct Flat {
    leaves: Vec<Leaf>,
    arrays: usize,
}

impl Flat {
    fn read(&mut self, json: &Json, path: Option<&str>, elements: &BTreeMap<usize, usize>) {
        match json {
            Json::Scalar(scalar) => self.leaves.push(Leaf {
                path: path.unwrap_or_default().to_owned(),
                scalar: scalar.clone(),
                elements: elements.clone(),
            }),
            Json::Object(fields) => {
                for (key, value) in fields {
                    let path =
                        path.map_or_else(|| (*key).to_owned(), |path| format!("{path}.{key}"));
                    self.read(value, Some(&path), elements);
                }
            }
            Json::List(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, item) in items.iter().enumerate() {
                    let mut elements = elements.clone();
                    if !matches!(item, Json::Scalar(_)) {
                        elements.insert(array, index);
                    }
                    self.read(item, path, &elements);
                }
            }
        }
    }
}

/// A field of a pattern: its tests, each alone.
struct Field {
    path: String,
    tests: Vec<String>,
}

const ABSENT: &str = r#"{"exists":false}"#;

fn agree(one: &BTreeMap<usize, usize>, other: &BTreeMap<usize, usize>) -> bool {
    one.iter()
        .all(|(array, index)| other.get(array).is_none_or(|chosen| chosen == index))
}

/// Whether the fields can be matched, in order of their paths, in elements that agree.
fn matches(fields: &[Field], leaves: &[Leaf], chosen: &BTreeMap<usize, usize>) -> bool {
    let [field, later @ ..] = fields else {
        return true;
    };
    let fitting = leaves
        .iter()
        .filter(|leaf| leaf.path == field.path && agree(&leaf.elements, chosen));
    let fitting: Vec<&Leaf> = fitting.collect();
    if fitting.is_empty() && field.tests.iter().any(|test| test == ABSENT) {
        return matches(later, leaves, chosen);
    }
    fitting.iter().any(|leaf| {
        let mut chosen = chosen.clone();
        chosen.extend(leaf.elements.clone());
        field.tests.iter().any(|test| passes(test, &leaf.scalar)) && matches(later, leaves, &chosen)
    })
}

/// One test on one value. Other tests hold these against the conformance cases.
fn passes(test: &str, scalar: &str) -> bool {
    let pattern = Pattern::parse(&format!("{{\"v\":[{test}]}}")).expect(test);
    let event = Event::parse(&format!("{{\"v\":{scalar}}}")).expect(scalar);
    test != ABSENT && pattern.matches(&event)
}

const KEYS: [&str; 6] = ["a", "b", "c", "a.b", "b.c", ""];

fn json() -> impl Strategy<Value = Json> {
    let scalars = &[
        "1",
        "2",
        "1.0",
        "\"x\"",
        "\"x?\"",
        "\"x\\ud83d\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\ude00\"",
        "null",
        "true",
        "1e400",
    ];
    let scalar = prop::sample::select(&scalars[..]).prop_map(|text| Json::Scalar(text.to_owned()));
    let value = scalar.prop_recursive(5, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List);
        // A few levels more than anybody has.
        let deep =
            (inner.clone(), 0..50_usize, any::<bool>()).prop_map(|(mut json, depth, lists)| {
                for _ in 0..depth {
                    json = if lists {
                        Json::List(vec![json])
                    } else {
                        Json::Object(vec![("a", json)])
                    };
                }
                json
            });
        prop_oneof![4 => list, 4 => object(inner), 1 => deep]
    });
    object(value)
}

fn object(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    prop::collection::vec((prop::sample::select(&KEYS[..]), value), 0..4).prop_map(Json::Object)
}

fn field() -> impl Strategy<Value = Field> {
    let key = prop::sample::select(&KEYS[..]);
    let path = prop::collection::vec(key, 1..4).prop_map(|keys| keys.join("."));
    let tests = &[
        "1",
        "\"x\"",
        "\"x?\"",
        "\"\\ud83d\\ude00\"",
        "null",
        "1e400",
        r#"{"exists":true}"#,
        ABSENT,
        ABSENT,
        r#"{"prefix":"x"}"#,
        r#"{"suffix":"?"}"#,
        r#"{"anything-but":"x"}"#,
        r#"{"anything-but":[1,2]}"#,
        r#"{"numeric":[">",1]}"#,
    ];
    let test = prop::sample::select(&tests[..]).prop_map(str::to_owned);
    let tests = prop::collection::vec(test, 1..3);
    (path, tests).prop_map(|(path, tests)| Field { path, tests })
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?}", self.path, self.tests)
    }
}

/// The fields of one pattern, in UTF-16 order of their paths: the later of two with one path wins.
fn fields() -> impl Strategy<Value = Vec<Field>> {
    prop::collection::vec(field(), 1..6).prop_map(|fields| {
        let fields: BTreeMap<Vec<u16>, Field> = fields
            .into_iter()
            .map(|field| (field.path.encode_utf16().collect(), field))
            .collect();
        fields.into_values().collect()
    })
}

fn text(fields: &[Field]) -> String {
    let fields = fields
        .iter()
        .map(|field| format!("\"{}\":[{}]", field.path, field.tests.join(",")));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_matchers_say_what_trying_everything_says(
        patterns in prop::collection::vec(fields(), 1..9),
        events in prop::collection::vec(json(), 1..9),
    ) {
        let parsed: Vec<Pattern> =
            patterns.iter().map(|fields| Pattern::parse(&text(fields)).expect("a pattern")).collect();
        let set = RuleSet::new(&parsed);
        let mut matcher = set.matcher();
        for json in &events {
            let mut event = String::new();
            json.write(&mut event);
            let mut flat = Flat::default();
            flat.read(json, None, &BTreeMap::new());
            let read = Event::parse(&event).expect("an event");
            let mut wanted = Vec::new();
            for (place, fields) in patterns.iter().enumerate() {
                let matched = matches(fields, &flat.leaves, &BTreeMap::new());
                prop_assert_eq!(parsed[place].matches(&read), matched, "{} {}", parsed[place], event);
                wanted.extend(matched.then_some(place));
            }
            prop_assert_eq!(matcher.matches(&event), Ok(wanted.as_slice()), "{}", event);
            prop_assert!(matcher.undecided().is_empty());
        }
    }
}
