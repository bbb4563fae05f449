//! Typed dictionaries of Python for each event: its detail, and its envelope as a function receives it.
//!
//! A text of the spec becomes only a string literal or a comment, and a name only an identifier.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::bail;
use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::model::{Discriminator, Event, Field, FieldType};

use super::names::type_name;
use super::rust::{described, line};

/// The words that cannot be a field in the form of a class:
/// [keywords](https://docs.python.org/3/reference/lexical_analysis.html#keywords).
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Names that mean something else in the generated file.
const TAKEN: [&str; 11] = [
    "Any",
    "DETAIL_TYPES",
    "False",
    "Final",
    "Literal",
    "None",
    "NotRequired",
    "PIPELINE",
    "SOURCE",
    "True",
    "TypedDict",
];

/// Writes the file of typed dictionaries, for Python 3.11 and later. `header` has the lines at its top.
///
/// # Errors
/// Two names of the spec that are one name in Python, or a name that leaves nothing for Python.
pub fn python(pipeline: &Pipeline, header: &[String]) -> anyhow::Result<String> {
    let mut source = Python::default();
    let name = literal(&pipeline.name.value);
    let origin = literal(&pipeline.source.value);
    let _infallible = write!(
        source.text,
        "PIPELINE: Final = {name}\nSOURCE: Final = {origin}\n"
    );
    source.comment("`DetailType` of each event, for PutEvents.");
    source
        .text
        .push_str("DETAIL_TYPES: Final[dict[str, str]] = {\n");
    for (name, event) in &pipeline.events {
        let (name, detail_type) = (literal(name), literal(&event.detail_type.value));
        let _infallible = writeln!(source.text, "    {name}: {detail_type},");
    }
    source.text.push_str("}\n");
    // Events claim their names before the objects in their details do: an error then names the event first.
    let mut idents = Vec::new();
    for name in pipeline.events.keys() {
        let origin = format!("the event `{name}`");
        let mut ident = type_name(name, "Detail");
        if TAKEN.contains(&ident.as_str()) {
            ident.push_str("Detail");
        }
        source.claim(&ident, &origin)?;
        source.claim(
            &format!("{ident}Event"),
            &format!("the envelope of {origin}"),
        )?;
        idents.push(ident);
    }
    for ((name, event), ident) in pipeline.events.iter().zip(idents) {
        source.event(name, event, &ident, pipeline.is_own(event))?;
    }
    Ok(with_imports(header, &source.text))
}

/// Puts the header and the imports before a text. A name that is imported and not used is a finding of linters.
fn with_imports(header: &[String], text: &str) -> String {
    let mut file = Python::default();
    for text in header {
        file.comment(text);
    }
    let words = ["Any", "Final", "Literal", "NotRequired", "TypedDict"];
    let used: Vec<&str> = words
        .into_iter()
        .filter(|word| text.contains(word))
        .collect();
    format!(
        "{}\nfrom typing import {}\n\n{text}",
        file.text,
        used.join(", ")
    )
}

/// The text of a file so far, and the names in it.
#[derive(Default)]
struct Python {
    text: String,
    taken: BTreeMap<String, String>,
}

/// A field, as the file has it: its name in JSON, and its type.
type Member = (String, String);

impl Python {
    fn comment(&mut self, text: &str) {
        let _infallible = writeln!(self.text, "#{}", line(text));
    }

    fn claim(&mut self, ident: &str, origin: &str) -> anyhow::Result<()> {
        if ident.is_empty() || TAKEN.contains(&ident) {
            bail!("{origin} has no name in Python: give it another name, with letters");
        }
        if let Some(first) = self.taken.insert(ident.to_owned(), origin.to_owned()) {
            bail!("{first} and {origin} would both be `{ident}` in Python: rename one of them");
        }
        Ok(())
    }

    fn event(
        &mut self,
        name: &str,
        event: &Event,
        ident: &str,
        is_own: bool,
    ) -> anyhow::Result<()> {
        let event_type = format!("Literal[{}]", literal(event.event_type(name)));
        let event_type = match event.discriminator {
            Discriminator::EventType => Some(event_type),
            // Every event of the pipeline has it. Others may have a field of that name, with texts of their own.
            Discriminator::None => is_own.then(|| format!("NotRequired[{event_type}]")),
        };
        let origin = format!("the event `{name}`");
        let event_type = event_type.map(|kind| ("event_type".to_owned(), kind));
        let mut members: Vec<_> = event_type.into_iter().collect();
        members.extend(self.members(ident, &origin, &event.detail)?);
        let summary = format!(
            "The detail of `{name}`{}",
            described(event.description.as_ref())
        );
        self.dictionary(ident, &summary, &members);
        let fixed = |text: &str| format!("Literal[{}]", literal(text));
        let envelope = [
            ("version", fixed("0")),
            ("id", "str".to_owned()),
            ("detail-type", fixed(&event.detail_type.value)),
            ("source", fixed(&event.source.value)),
            ("account", "str".to_owned()),
            ("time", "str".to_owned()),
            ("region", "str".to_owned()),
            ("resources", "list[str]".to_owned()),
            ("detail", ident.to_owned()),
        ];
        let envelope = envelope.map(|(name, kind)| (name.to_owned(), kind));
        let summary = format!("The event `{name}`, as a function receives it.");
        self.dictionary(&format!("{ident}Event"), &summary, &envelope);
        Ok(())
    }

    /// Lists the fields of an object. Objects in it are written first, as Python reads from above.
    fn members(
        &mut self,
        outer: &str,
        origin: &str,
        fields: &IndexMap<String, Field>,
    ) -> anyhow::Result<Vec<Member>> {
        let mut members = Vec::new();
        for (name, field) in fields {
            let inner = type_name(&format!("{outer} {name}"), "Detail");
            let origin = format!("the field `{name}` of {origin}");
            let kind = self.type_of(field, &inner, &origin)?;
            let kind = if field.optional {
                format!("NotRequired[{kind}]")
            } else {
                kind
            };
            members.push((name.clone(), kind));
        }
        Ok(members)
    }

    fn type_of(&mut self, field: &Field, inner: &str, origin: &str) -> anyhow::Result<String> {
        let plain = match &field.field_type {
            // Timestamps and days are texts in JSON, and nothing parses them on the way.
            FieldType::String | FieldType::Timestamp | FieldType::Date => "str".to_owned(),
            FieldType::Integer => "int".to_owned(),
            FieldType::Number => "float".to_owned(),
            FieldType::Boolean => "bool".to_owned(),
            FieldType::Enum(values) => {
                let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                format!("Literal[{}]", values.join(", "))
            }
            FieldType::Json => return Ok("Any".to_owned()),
            FieldType::List(item) => format!("list[{}]", self.type_of(item, inner, origin)?),
            FieldType::Object(fields) => {
                self.claim(inner, origin)?;
                let members = self.members(inner, origin, fields)?;
                let summary = origin.replacen("the ", "The ", 1);
                self.dictionary(inner, &format!("{summary}."), &members);
                inner.to_owned()
            }
        };
        Ok(if field.optional {
            format!("{plain} | None")
        } else {
            plain
        })
    }

    fn dictionary(&mut self, ident: &str, summary: &str, members: &[Member]) {
        self.text.push_str("\n\n");
        self.comment(summary);
        let as_class = members.iter().all(|(name, _)| is_identifier(name));
        let text = &mut self.text;
        let _infallible = if !as_class {
            // The form of a call takes any key.
            let entries = members.iter().fold(String::new(), |mut all, (name, kind)| {
                let _infallible = writeln!(all, "        {}: {kind},", literal(name));
                all
            });
            writeln!(
                text,
                "{ident} = TypedDict(\n    \"{ident}\",\n    {{\n{entries}    }},\n)"
            )
        } else if members.is_empty() {
            writeln!(text, "class {ident}(TypedDict):\n    pass")
        } else {
            let lines = members.iter().fold(String::new(), |mut all, (name, kind)| {
                let _infallible = writeln!(all, "    {name}: {kind}");
                all
            });
            write!(text, "class {ident}(TypedDict):\n{lines}")
        };
    }
}

/// Returns whether a name can be a field in the form of a class. One that begins with two underscores would get the name
/// of the class in front.
fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    starts && name.chars().all(allowed) && !name.starts_with("__") && !KEYWORDS.contains(&name)
}

/// Writes a text as a string literal: everything but printable ASCII is escaped.
fn literal(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        let _infallible = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            ' '..='~' => write!(out, "{c}"),
            c if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out.push('"');
    out
}
