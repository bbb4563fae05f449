//! The JSON Schema of the spec language, for editors, and [`page()`] for people: a file for each part of a
//! spec.
//!
//! Ranges, words and names come from [`pipeline::language`], which the reader uses too. The schema
//! accepts what the reader accepts; what only a look at the whole spec can tell, it leaves to `check`.

mod alarms;
mod allow;
mod api;
mod backend;
mod buffer;
mod delivery;
mod encryption;
mod event;
mod function;
mod guide;
mod job;
mod names;
mod node;
mod page;
mod pattern;
mod platform;
mod quantity;
mod removed;
mod retry;
mod rights;
mod spec;
mod text;
mod told;
mod trigger;
mod uses;
mod volumes;

pub use guide::{Guide, Key, Step};
pub use node::Schema;

/// The dialect in which the schema is written.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The whole schema.
pub fn document() -> Schema {
    spec::spec()
        .dialect(DIALECT)
        .comment("Written by `codegen schema`.")
        .title("Spec of a pipeline")
        .definitions(vec![
            ("value", spec::value()),
            ("use", uses::used()),
            ("removal", removed::removal()),
            ("event", event::event()),
            ("detail", event::detail()),
            ("field", event::field()),
            ("job", job::job()),
            ("function", function::function()),
            ("delivery", retry::delivery(None)),
            ("execution", retry::execution(None)),
            ("trigger", trigger::trigger()),
            ("schedule-trigger", trigger::schedule()),
            ("scheduled-detail", trigger::scheduled_detail()),
            ("event-trigger", trigger::event()),
            ("pattern-trigger", trigger::pattern()),
            ("trigger-names", names::names_of_trigger()),
            ("input", trigger::input()),
            ("pattern", pattern::pattern()),
            ("or-branch", pattern::or_branch()),
            ("values", pattern::values()),
            ("operator", pattern::operator()),
            ("allow", allow::allow()),
            ("permission", rights::permission()),
            ("secret", function::secret()),
        ])
}

/// The page of every key, docs/spec.md, in Markdown.
pub fn page() -> String {
    page::page(&document())
}
