//! Events to publish: from the command line, from a file, or from the page of the local bus.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use eventbridge::put_events::Entry;
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::detail::{self, EVENT_TYPE, Problem, ProblemKind};
use pipeline::model::{Discriminator, Event, FieldType};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::args::EventArgs;
use crate::session::Session;

/// An entry in a file: one as PutEvents takes it, or an envelope, of which only these fields count.
#[derive(Deserialize)]
struct EntryFile {
    #[serde(alias = "Source")]
    source: String,
    #[serde(rename = "detail-type", alias = "DetailType")]
    detail_type: String,
    #[serde(alias = "Detail")]
    detail: Map<String, Value>,
}

impl EventArgs {
    /// The bus that receives an event: the one that is named, or its own.
    pub(crate) fn bus_for(&self, entry: &Entry, pipeline: &Pipeline, environment: &str) -> String {
        let named = self.bus.clone();
        named.unwrap_or_else(|| bus_of(entry, pipeline, environment))
    }
}

/// The pipeline whose event the arguments name: the one that has it rather than one that uses it, and else the first.
pub(crate) fn pipeline_of<'p>(pipelines: &[&'p Pipeline], args: &EventArgs) -> &'p Pipeline {
    let name = args.event.as_deref().unwrap_or_default();
    let has = |own: bool| {
        let has = move |pipeline: &&&'p Pipeline| {
            let event = pipeline.events.get(name);
            event.is_some_and(|event| !own || event.used.is_none())
        };
        pipelines.iter().find(has)
    };
    has(true).or_else(|| has(false)).unwrap_or(&pipelines[0])
}

/// The bus that an event comes to.
pub(crate) fn bus_of(entry: &Entry, pipeline: &Pipeline, environment: &str) -> String {
    let detail = serde_json::from_str(&entry.detail).unwrap_or_default();
    let event = (entry.source.as_str(), entry.detail_type.as_str());
    pipeline::bus_of(pipeline, event, &detail, environment)
}

/// Makes the entry that the arguments ask for. Timestamps that are not given become `now`.
///
/// # Errors
/// An event that the spec does not declare, everything that is wrong with its detail, or a file that cannot be read.
pub(crate) fn build(
    session: &mut Session,
    pipeline: &Pipeline,
    args: &EventArgs,
    now: Timestamp,
) -> anyhow::Result<Entry> {
    if let Some(subject) = &args.user {
        bail!("`--user` is now `--subject`: write `--subject {subject}`");
    }
    match (&args.file, &args.event) {
        (Some(path), _) => {
            let (entry, is_declared) = from_file(pipeline, path)?;
            if !is_declared {
                session.remark(format_args!(
                    "note: the spec declares no event `{}` of `{}`: its detail is not checked",
                    entry.detail_type, entry.source
                ))?;
            }
            Ok(entry)
        }
        (None, Some(name)) => from_arguments(pipeline, name, args, now),
        (None, None) => bail!("name an event with `--event`, or a file with `--file`"),
    }
}

/// Reads the entry in a file. Also returns whether the spec declares its event.
fn from_file(pipeline: &Pipeline, path: &Path) -> anyhow::Result<(Entry, bool)> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the event {}", path.display()))?;
    let file: EntryFile = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not an event with `source`, `detail-type` and `detail`",
            path.display()
        )
    })?;
    let problems = match detail::declared(pipeline, &file.source, &file.detail_type, &file.detail) {
        Ok(None) => None,
        Ok(Some((_, event))) => Some(detail::problems(event, &file.detail)),
        Err(problem) => Some(vec![problem]),
    };
    let is_declared = problems.is_some();
    let problems = problems.unwrap_or_default();
    if !problems.is_empty() {
        let event = format!("the event in {}", path.display());
        bail!(refusal(&event, &problems, |_| None));
    }
    let entry = Entry {
        source: file.source,
        detail_type: file.detail_type,
        detail: Value::Object(file.detail).to_string(),
        ..Entry::default()
    };
    Ok((entry, is_declared))
}

/// Makes the entry of a declared event, with the detail that the arguments give.
fn from_arguments(
    pipeline: &Pipeline,
    name: &str,
    args: &EventArgs,
    now: Timestamp,
) -> anyhow::Result<Entry> {
    let Some(event) = pipeline.events.get(name) else {
        let declared: Vec<&str> = pipeline.events.keys().map(String::as_str).collect();
        bail!(
            "the spec declares no event `{name}`: it has {}",
            declared.join(", ")
        );
    };
    let mut detail = match &args.detail {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).context("`--detail` is not a JSON object")?,
    };
    let mut problems = Vec::new();
    let subject = match &args.subject {
        Some(value) => Some((subject_field(pipeline)?, value)),
        None => None,
    };
    let set = args
        .set
        .iter()
        .map(|(field, value)| (field.as_str(), value));
    // A later argument overrides an earlier one.
    for (field, value) in subject.into_iter().chain(set) {
        problems.extend(detail::set(event, &mut detail, field, value).err());
    }
    fill_in_times(event, &mut detail, now);
    let entry = match entry(name, event, detail) {
        Ok(entry) if problems.is_empty() => return Ok(entry),
        Ok(_) => Vec::new(),
        Err(found) => found,
    };
    problems.extend(entry);
    let event = format!("the event `{name}`");
    bail!(refusal(&event, &problems, |problem| way_out(
        pipeline, problem
    )))
}

/// Returns the path of the field that `--subject` sets.
pub(crate) fn subject_field(pipeline: &Pipeline) -> anyhow::Result<&str> {
    let subject = pipeline.subject.as_ref().context(
        "the spec does not say which field `--subject` is: add for example `subject: customer_id` at its top, or \
         set the field with `--set`",
    )?;
    Ok(&subject.value)
}

/// Sets timestamps that are not given to `now`.
fn fill_in_times(event: &Event, detail: &mut Map<String, Value>, now: Timestamp) {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    for (key, field) in &event.detail {
        if field.field_type == FieldType::Timestamp && !field.optional {
            let is_there = detail.contains_key(key);
            if !is_there {
                detail.insert(key.clone(), json!(now.to_string()));
            }
        }
    }
}

/// Makes an entry of a declared event and a detail, or returns everything that is wrong with the detail.
///
/// # Errors
/// Fields that are missing, not declared or of another type, or an event that is not declared.
pub(crate) fn checked(
    pipeline: &Pipeline,
    name: &str,
    detail: Map<String, Value>,
) -> Result<Entry, Vec<Problem>> {
    let Some(event) = pipeline.events.get(name) else {
        let help = format!("the spec has no event `{name}`");
        let kind = ProblemKind::Undeclared { help };
        let field = String::new();
        return Err(vec![Problem { field, kind }]);
    };
    entry(name, event, detail)
}

fn entry(name: &str, event: &Event, mut detail: Map<String, Value>) -> Result<Entry, Vec<Problem>> {
    if event.discriminator == Discriminator::EventType {
        detail.insert(EVENT_TYPE.to_owned(), json!(event.event_type(name)));
    }
    let problems = detail::problems(event, &detail);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Entry {
        source: event.source.value.clone(),
        detail_type: event.detail_type.value.clone(),
        detail: Value::Object(detail).to_string(),
        ..Entry::default()
    })
}

/// Writes all problems of an event, a line for each, with what to write instead if `way_out` knows it.
fn refusal(
    event: &str,
    problems: &[Problem],
    way_out: impl Fn(&Problem) -> Option<String>,
) -> String {
    let mut text = format!("{event} is not as the spec declares it");
    for problem in problems {
        let Problem { field, kind } = problem;
        let _ = write!(text, "\n  `{field}` {kind}");
        if let Some(way_out) = way_out(problem) {
            let _ = write!(text, ": {way_out}");
        }
    }
    text
}

/// Returns the argument that gives a missing field.
fn way_out(pipeline: &Pipeline, problem: &Problem) -> Option<String> {
    if problem.kind != ProblemKind::Missing {
        return None;
    }
    let field = problem.field.as_str();
    let is_subject = pipeline
        .subject
        .as_ref()
        .is_some_and(|it| it.value == field);
    Some(if is_subject {
        "give it with `--subject`".to_owned()
    } else if field.contains('[') {
        "give it in `--detail`".to_owned()
    } else {
        format!("give it with `--set {field}=…`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "
pipeline: p
source: s
subject: customer.id
events:
  e:
    detail_type: E
    external: true
    detail: { customer: { id: string }, timestamp: timestamp, count: integer?, tags: [string] }
";

    fn pipeline(spec: &str) -> Pipeline {
        let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
        parsed.pipeline.unwrap()
    }

    fn built(args: &EventArgs) -> Result<Value, String> {
        let now = Timestamp::from_second(0).unwrap();
        let entry = from_arguments(&pipeline(SPEC), "e", args, now);
        let entry = entry.map_err(|error| error.to_string())?;
        Ok(serde_json::from_str(&entry.detail).unwrap())
    }

    fn args(subject: Option<&str>, set: &[(&str, &str)], detail: &str) -> EventArgs {
        let set = set.iter();
        EventArgs {
            event: None,
            subject: subject.map(str::to_owned),
            set: set
                .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
                .collect(),
            detail: Some(detail.to_owned()),
            user: None,
            bus: None,
            file: None,
        }
    }

    #[test]
    fn subject_and_time_are_filled_in() {
        let expected = json!({
            "event_type": "e", "customer": { "id": "c-1" }, "timestamp": "1970-01-01T00:00:00Z", "tags": [],
        });
        assert_eq!(
            built(&args(Some("c-1"), &[], r#"{"tags":[]}"#)),
            Ok(expected)
        );
    }

    #[test]
    fn set_overrides_the_subject_and_both_override_the_detail() {
        let detail = r#"{"customer":{"id":"detail"},"tags":["detail"],"count":1}"#;
        let said = |subject, set: &[(&str, &str)]| {
            let built = built(&args(subject, set, detail)).unwrap();
            let parts = [&built["customer"]["id"], &built["tags"], &built["count"]];
            json!(parts)
        };
        assert_eq!(said(None, &[]), json!(["detail", ["detail"], 1]));
        assert_eq!(said(Some("s"), &[]), json!(["s", ["detail"], 1]));
        let set = [("tags", "[]"), ("customer.id", "set"), ("count", "2")];
        assert_eq!(said(Some("s"), &set), json!(["set", [], 2]));
    }

    #[test]
    fn all_that_the_spec_does_not_allow_is_said_at_once() {
        let wrong = args(
            None,
            &[("cuont", "1"), ("timestamp", "noon")],
            r#"{"count":"x","customer":{},"taggs":[]}"#,
        );
        let expected = "the event `e` is not as the spec declares it
  `cuont` is not declared: did you mean `count`?
  `customer.id` is missing: give it with `--subject`
  `timestamp` cannot be \"noon\": it is a timestamp such as `2026-01-31T09:00:00Z`
  `count` cannot be \"x\": it is a whole number of at most 64 bits
  `tags` is missing: give it with `--set tags=…`
  `taggs` is not declared: did you mean `tags`?";
        assert_eq!(built(&wrong), Err(expected.to_owned()));
    }

    #[test]
    fn a_detail_that_is_no_object_is_refused() {
        let expected = Err("`--detail` is not a JSON object".to_owned());
        assert_eq!(built(&args(Some("u"), &[], "[]")), expected);
    }

    #[test]
    fn a_subject_needs_a_field_that_is_it() {
        let spec = SPEC.replace("subject: customer.id\n", "");
        let now = Timestamp::from_second(0).unwrap();
        let error = from_arguments(&pipeline(&spec), "e", &args(Some("c"), &[], "{}"), now);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("add for example `subject: customer_id`"),
            "{error}"
        );
    }
}
