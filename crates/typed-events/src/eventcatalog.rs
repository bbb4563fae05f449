//! A pipeline's folder of an [EventCatalog](https://www.eventcatalog.dev/docs/development/guides/events/introduction): a page for
//! each event with its schema, and one for each job with what it receives and sends.

use std::fmt::Write as _;

use pipeline::Pipeline;
use pipeline::model::TriggerKind;

use super::json::literal;
use super::json_schema::json_schemas;

/// A file of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its path in the catalog, with `/` between the parts.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Writes the files of a pipeline, in the order of the spec. `version` is that of every page: a spec has none.
///
/// # Errors
/// Two events whose schemas would be one file where capitals do not count.
pub fn eventcatalog(
    pipeline: &Pipeline,
    version: &str,
    comment: &str,
) -> anyhow::Result<Vec<CatalogFile>> {
    let mut files = Vec::new();
    let schemas = json_schemas(pipeline, comment)?;
    for ((name, event), schema) in pipeline.events.iter().zip(schemas) {
        let folder = format!("events/{name}");
        let mut page = Page::new(name, name, version, event.description.as_deref());
        page.line("schemaPath: schema.json");
        page.line("badges:");
        page.badge(&format!("source: {}", event.source.value));
        page.badge(&format!("detail-type: {}", event.detail_type.value));
        files.push(CatalogFile {
            path: format!("{folder}/index.mdx"),
            text: page.ended(comment, "<Schema file=\"schema.json\" />\n"),
        });
        files.push(CatalogFile {
            path: format!("{folder}/schema.json"),
            text: schema.text,
        });
    }
    for (name, job) in &pipeline.jobs {
        let id = format!("{}-{name}", pipeline.name.value);
        let mut page = Page::new(&id, name, version, job.description.as_deref());
        let received = job
            .triggers
            .iter()
            .filter_map(|trigger| match &trigger.kind {
                TriggerKind::Event { event, .. } => Some(event.value.as_str()),
                TriggerKind::Schedule(_) | TriggerKind::Pattern(_) => None,
            });
        page.messages("receives", received, version);
        page.messages("sends", job.emitted(), version);
        files.push(CatalogFile {
            path: format!("services/{id}/index.mdx"),
            text: page.ended(comment, "<NodeGraph />\n"),
        });
    }
    Ok(files)
}

/// A page that is being written: what stands before its text.
struct Page(String);

impl Page {
    fn new(id: &str, name: &str, version: &str, summary: Option<&str>) -> Self {
        let mut page = Self("---\n".to_owned());
        let fields = [("id", id), ("name", name), ("version", version)];
        // A literal of JSON is one of YAML, too.
        for (key, value) in fields {
            page.line(&format!("{key}: {}", literal(value)));
        }
        if let Some(summary) = summary {
            page.line(&format!("summary: {}", literal(summary)));
        }
        page
    }

    fn line(&mut self, line: &str) {
        let _infallible = writeln!(self.0, "{line}");
    }

    fn badge(&mut self, content: &str) {
        self.line(&format!("  - content: {}", literal(content)));
        self.line("    backgroundColor: blue");
        self.line("    textColor: blue");
    }

    fn messages<'m>(
        &mut self,
        key: &str,
        messages: impl IntoIterator<Item = &'m str>,
        version: &str,
    ) {
        let mut known: Vec<&str> = Vec::new();
        for message in messages {
            if known.contains(&message) {
                continue;
            }
            if known.is_empty() {
                self.line(&format!("{key}:"));
            }
            known.push(message);
            self.line(&format!("  - id: {}", literal(message)));
            self.line(&format!("    version: {}", literal(version)));
        }
    }

    /// Closes what stands before the text. The comment is in it as a field of no meaning: the text would show it.
    fn ended(mut self, comment: &str, text: &str) -> String {
        self.line(&format!("x-generated: {}", literal(comment)));
        self.line("---");
        self.0 + "\n" + text
    }
}
