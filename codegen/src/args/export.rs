//! Arguments of `export`.

use std::path::PathBuf;

use clap::ValueEnum;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// What to write
    #[arg(value_enum)]
    pub(crate) form: ExportForm,

    /// The version that the documents are to say of themselves: a spec has none
    #[arg(long, value_name = "VERSION", default_value = "0.0.0")]
    pub(crate) release: String,

    /// The folder to write into, for what is several files; files of others in it stay
    #[arg(long, value_name = "FOLDER", required_if_eq_any = [("form", "schemas"), ("form", "eventcatalog")])]
    pub(crate) out: Option<PathBuf>,
}

/// What a pipeline is written as, for other tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// `AsyncAPI` 3.0: channels, messages and operations, as one JSON document
    Asyncapi,
    /// A JSON Schema for each event, as `<event>.json`
    Schemas,
    /// Pages of `EventCatalog`, for events and jobs
    Eventcatalog,
    /// What other pipelines may use, for their `uses`: one JSON document, `contract.json`
    Contract,
}
