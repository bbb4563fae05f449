//! What an event to publish is made of.

use std::path::PathBuf;

/// The event to publish.
#[derive(Debug, clap::Args)]
pub(crate) struct EventArgs {
    /// The name of an event that the spec declares
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,

    /// Whom or what the event is about: the value of the field that `subject:` in the spec names
    #[arg(long, value_name = "VALUE", requires = "event")]
    pub(crate) subject: Option<String>,

    /// A field of its detail, such as `customer.id=c-1`; may be repeated
    ///
    /// The field's type says how the value is read: a list, an object or any other JSON value is written as JSON.
    /// `--set` overrides `--subject`, and both override `--detail`. Timestamps that nothing gives are now.
    #[arg(long, value_name = "FIELD=VALUE", requires = "event", value_parser = field)]
    pub(crate) set: Vec<(String, String)>,

    /// Fields of its detail, as a JSON object
    #[arg(long, value_name = "JSON", requires = "event")]
    pub(crate) detail: Option<String>,

    /// What `--subject` was called before: only its error is left
    #[arg(long, value_name = "VALUE", hide = true)]
    pub(crate) user: Option<String>,

    /// A JSON file with `source`, `detail-type` and `detail` instead
    ///
    /// An event that the spec declares is checked like one of `--event`; any other is published as it is.
    #[arg(long, value_name = "FILE", conflicts_with = "event")]
    pub(crate) file: Option<PathBuf>,

    /// The bus that receives the event, such as `default`; the pipeline's without it
    #[arg(long, value_name = "NAME")]
    pub(crate) bus: Option<String>,
}

pub(super) fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok((field.to_owned(), value.to_owned())),
        _ => Err("a field is written FIELD=VALUE, as in `order_id=o-1`".to_owned()),
    }
}
