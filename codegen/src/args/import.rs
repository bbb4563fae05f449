//! Arguments of `import`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;

use super::{Place, environment};

/// Arguments of `import`. The spec is written to `--spec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The name of the pipeline: the first part of every name
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: String,

    /// The environment to read: the last part of every name
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = environment)]
    pub(crate) environment: String,

    /// The event bus, by its whole name on AWS; of several, the first is the pipeline's
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) bus: Vec<String>,

    /// Read only rules and schedules whose names begin with this; without it all rules of the buses, and the pipeline's
    /// schedules
    #[arg(long, value_name = "TEXT", conflicts_with = "template")]
    pub(crate) prefix: Option<String>,

    /// Read only schedules whose names begin with this, instead of `--prefix`; all of them if it is empty
    #[arg(long, value_name = "TEXT", conflicts_with = "template")]
    pub(crate) schedules: Option<String>,

    #[command(flatten)]
    pub(crate) manner: Manner,

    /// A template of `CloudFormation`, CDK or SAM, or a `serverless.yml`, to read instead of a live bus; several that
    /// import from each other may be given
    #[arg(long, value_name = "FILE", conflicts_with = "bus")]
    pub(crate) template: Vec<PathBuf>,

    /// The value of one of the template's parameters
    #[arg(long, value_name = "NAME=VALUE", requires = "template", value_parser = parameter)]
    pub(crate) parameter: Vec<(String, String)>,

    /// A JSON file with the template's parameters, in any shape that the AWS CLI takes; `--parameter` wins over it
    #[arg(long, value_name = "FILE", requires = "template")]
    pub(crate) parameter_file: Vec<PathBuf>,

    /// A state of Terraform to read instead of a live bus: `terraform.tfstate`, or what `terraform show -json` prints of a
    /// state or a plan
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "bus"])]
    pub(crate) state: Option<PathBuf>,

    /// The pipeline gets a state of its own, and the one that is read forgets what the pipeline takes over; without it the
    /// pipeline's module is called by the root module that has the state
    #[arg(long, requires = "state")]
    pub(crate) own_state: bool,

    /// The file of the import blocks, below the spec's folder; of the moved blocks, if the root module has the state
    #[arg(long, value_name = "FILE", default_value = "terraform/imports.tf", default_value_ifs([
        ("own_state", ArgPredicate::from("true"), "terraform/imports.tf"),
        ("state", ArgPredicate::IsPresent, "terraform/moved.tf"),
    ]))]
    pub(crate) imports: PathBuf,

    /// The file of the removed blocks with `--own-state`, below the spec's folder
    #[arg(long, value_name = "FILE", default_value = "removed.tf")]
    pub(crate) removed: PathBuf,

    /// The file of the list of notes, if that is long, below the spec's folder
    #[arg(long, value_name = "FILE", default_value = "import-report.txt")]
    pub(crate) report: PathBuf,

    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// What an import does beside taking over what is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Manner {
    /// Only take over what is there, and add nothing: this is the default
    #[arg(long, conflicts_with = "harden")]
    pub(crate) adopt: bool,

    /// Add what is missing, too: a queue of dead letters for each job, alarms and a dashboard
    #[arg(long)]
    pub(crate) harden: bool,

    /// Make rules for what cannot be taken over, which then run beside the old ones
    #[arg(long)]
    pub(crate) anew: bool,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a parameter is written NAME=VALUE".to_owned()),
    }
}
