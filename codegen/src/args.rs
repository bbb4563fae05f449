//! The command line.

mod cost;
mod diff;
mod event;
mod export;
mod here;
mod import;
mod install;
mod local;
mod new;
mod redrive;
mod replay;
mod schedule;
mod test;
mod trace;
mod values;

use std::path::PathBuf;

use crate::deny::{self, Deny};
use clap::{Parser, Subcommand, ValueEnum};
pub(crate) use cost::CostArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use event::EventArgs;
pub(crate) use export::{ExportArgs, ExportForm};
pub(crate) use import::Import;
pub(crate) use install::{CompletionsArgs, ManArgs};
pub(crate) use local::{Dev, FaultArgs, Run};
pub(crate) use new::{JobSource, New, Template};
pub(crate) use redrive::Redrive;
pub(crate) use replay::ReplayArgs;
pub(crate) use schedule::{ScheduleArgs, ScheduleKind};
pub(crate) use test::{Denied, TestArgs};
pub(crate) use trace::TraceArgs;
pub(crate) use values::Values;

/// Event-driven jobs on AWS from one file: check pipeline.yaml, write its Terraform and typed
/// events, and run the pipeline on this machine.
#[derive(Debug, Parser)]
#[command(name = "codegen", version = env!("CODEGEN_VERSION"), max_term_width = 100)]
pub struct Args {
    /// The spec; generated files go to folders beside it. `-` is standard input, for verbs that write nothing
    ///
    /// `dev`, `run` and `graph` take several, for pipelines that use each other's events.
    #[arg(
        long,
        global = true,
        default_value = "pipeline.yaml",
        value_name = "FILE"
    )]
    pub(crate) spec: Vec<PathBuf>,

    /// How findings and results are shown
    #[arg(long, global = true, value_enum, default_value_t = Format::Full)]
    pub(crate) format: Format,

    /// When to use colour
    ///
    /// `auto` asks the environment, then the terminal: `NO_COLOR` turns colour off, `CLICOLOR_FORCE` on, and `CLICOLOR=0`
    /// off, in this order.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,

    /// Show findings and results only, no notes and no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the part of the spec that each is about
    Full,
    /// One line for each finding
    Concise,
    /// One JSON document a line, on standard output
    Json,
    /// Findings as annotations of GitHub's workflows, on standard output
    Github,
    /// Findings as one SARIF 2.1.0 document, on standard output
    Sarif,
    /// Markdown for a comment, on standard output
    Markdown,
}

impl Format {
    /// Whether what is no finding is shown as well.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a pipeline of one's own: a spec, functions with tests, and the Terraform around them
    ///
    /// Overwrites nothing: if a file is there already, nothing is written. With `--job-only` it adds a job to the spec.
    New(New),
    /// Check the spec, then write the Terraform module and the typed events
    ///
    /// Only files that changed are written, all of them or none. Files that an earlier run wrote and
    /// that are no longer needed are removed; files of others are left alone.
    Generate(Generate),
    /// Check the spec and whether the generated files are fresh, without writing
    Check(Check),
    /// Say what a change of the spec means: what starts what, whom it breaks, where recorded events go
    ///
    /// Compares the spec with the one of a git revision, and lists what changes job by job. The exit status is 1 if the
    /// change breaks readers or writers of an event, or destroys, replaces or leaves unserved what is on AWS.
    Diff(DiffArgs),
    /// Estimate what the pipeline costs on AWS in a month, from volumes and prices
    ///
    /// How many events there are is said under `volumes` in the spec, or counted in recordings. The estimate says what it
    /// assumes, and what it does not count.
    Cost(CostArgs),
    /// Say what a finding means, why it matters, and how to fix it
    Explain(Explain),
    /// Print the JSON Schema of the spec, with which an editor completes and checks it
    Schema(SchemaArgs),
    /// Serve an editor: findings, completion and more in pipeline.yaml as one types
    ///
    /// Speaks the Language Server Protocol on standard input and output; the editor starts it. Every text that the
    /// editor opens is a spec, whatever `--spec` says.
    Lsp {
        /// What editors add, and what it does without being told
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Run the pipeline on this machine: the real functions on an embedded bus
    ///
    /// Publishes an event and follows it until nothing is in flight, or lets the schedules between two
    /// instants fire in virtual time; then prints what happened as a tree.
    Run(Run),
    /// Try the cases of a pipeline: which triggers match, which functions run, what is emitted and where it lands
    ///
    /// Cases are YAML in the folder `tests` beside the spec. One that only matches triggers needs no functions; in others
    /// the functions run on an embedded bus in virtual time, or stubs instead of them. The exit status is 1 if a case
    /// fails.
    Test(TestArgs),
    /// Run the pipeline on this machine until interrupted: a bus for any AWS SDK, and a page to look at
    ///
    /// Serves EventBridge's API, and as much of Lambda's and SQS's as a pipeline needs, on loopback. Schedules fire in
    /// real time. Checks the spec and builds the functions again when they change; an event that is on its way is
    /// handled to its end as before.
    Dev(Dev),
    /// Publish an event to AWS, or to an endpoint that stands in for it
    Send(Send),
    /// Send what failed again: dead letters to their targets, failed runs to their functions
    ///
    /// Reads the queues of failures of each job, on AWS, on an endpoint that stands in for it, or on a bus of `codegen dev`.
    /// A message is deleted once its receiver has taken it. The exit status is 1 if one stays that was to be sent.
    Redrive(Redrive),
    /// Let events of the archive come to chosen rules once more, and wait until they have
    ///
    /// Only rules of the pipeline get them, whoever else listens on the bus. The exit status is 1 if the replay fails.
    Replay(ReplayArgs),
    /// Draw the way of an event, or of all that is about a subject, from the logs of the functions
    ///
    /// The functions of the workspace write which event each line is about. The exit status is 1 if there is none.
    Trace(TraceArgs),
    /// Compare what is deployed with the spec, without changing anything
    ///
    /// Reads rules, schedules, targets, permissions, functions and queues from AWS, or from an endpoint that stands in
    /// for it, and says what differs, how it should be, and how to fix it. The exit status is 1 if anything differs.
    Verify(Verify),
    /// Make a spec and Terraform `import` blocks of what is deployed already
    ///
    /// Reads a live bus, or a CloudFormation or CDK-synthesised template, and writes the spec that comes closest. Lists
    /// what it cannot carry over and what the first plan changes; the exit status is 1 if there is any of it.
    Import(Import),
    /// Say which rules an event matches, and for each other rule which field does not match
    ///
    /// The rules are the spec's, unless `--pattern` or `--rules` names others. The exit status is 1 if
    /// the event of `--event` matches no rule.
    Match(MatchArgs),
    /// Say when triggers run next, in UTC and in their own zones
    Schedule(ScheduleArgs),
    /// Draw the pipeline: what starts each job, and what it emits
    ///
    /// Prints an SVG, which follows the reader's light or dark scheme and needs nothing else, or text for
    /// Mermaid or Graphviz. What is disabled is dashed.
    Graph(Graph),
    /// Write the events and jobs for other tools: `AsyncAPI`, JSON Schemas, `EventCatalog`
    ///
    /// An `AsyncAPI` document goes to standard output, or into a folder; the others are several files.
    Export(ExportArgs),
    /// Build the functions for Lambda and zip them, for Terraform to deploy
    ///
    /// Each becomes `<job>-<hash>.zip` in the folder `artifacts` beside the generated module: a binary for
    /// `provided.al2023`, checked for its processor and its glibc. The same sources give the same zip, in every folder.
    Package(Package),
    /// Build and zip the functions, and put the zips in S3, for runs of Terraform that see only what is in git
    ///
    /// Each becomes `<prefix>/<pipeline>/<job>/<hash>.zip` of a bucket, uploaded by the AWS CLI unless it is there.
    /// Where they are is written to `artifacts.auto.tfvars.json` of the root module, for every environment, or for one to
    /// `environments/<environment>.artifacts.tfvars.json`. The file belongs in git.
    Publish(Publish),
    /// Print what completes the command in a shell
    Completions(CompletionsArgs),
    /// Print the manual page of the command or of a verb, or write all pages into a folder
    Man(ManArgs),
}

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Check again whenever the spec or what is generated from it changes, until interrupted
    #[arg(long)]
    pub(crate) watch: bool,

    /// Say what the change since a git revision destroys, replaces or leaves unserved on AWS
    ///
    /// Reads the spec of that revision, with what its environments say: `origin/main`, `HEAD~1`, a tag. The file of
    /// another spec does as well. Each finding is an error unless the spec allows it at its place.
    #[arg(long, value_name = "REV", conflicts_with = "watch")]
    pub(crate) against: Option<String>,

    /// Say the same of what Terraform wants to do: the JSON of `terraform show -json PLAN`; `-` is standard input
    ///
    /// `--against` then only tells which module was applied last.
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub(crate) plan: Option<PathBuf>,

    /// Mend the spec first, as far as findings know how and leave no choice
    ///
    /// The rest of the text stays as it is. A change that would make another error is not written.
    #[arg(long, conflicts_with = "watch")]
    pub(crate) fix: bool,

    /// Findings that count as errors: `warnings`, or an id such as `wide-pattern`; may be repeated
    ///
    /// The exit status is 1 if there is one. What an `allow` of the spec keeps on purpose is no finding.
    #[arg(long, value_name = "FINDINGS", value_parser = deny::parse)]
    pub(crate) deny: Vec<Deny>,

    /// The time of the check, which tells whether a schedule has run for the last time; now without it
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<jiff::Timestamp>,
}

/// Arguments of `generate`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Generate {
    /// Write one step of a change that takes several, each applied before the next
    ///
    /// `check --against REV` says how many there are. The last one is the module without this flag.
    #[arg(long, value_name = "N", requires = "from")]
    pub(crate) step: Option<usize>,

    /// The git revision, or the file of a spec, that is deployed before the first step
    #[arg(long, value_name = "REV", requires = "step")]
    pub(crate) from: Option<String>,
}

/// Arguments of `send`.
#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) event: EventArgs,

    #[command(flatten)]
    pub(crate) values: Values,

    /// The environment whose bus receives the event
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(crate) environment: String,

    /// An endpoint to use instead of AWS; `AWS_ENDPOINT_URL` does the same
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// The AWS region; without it, as the AWS SDKs find it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// Follow the event, and say which functions received it and what came of it; on AWS from their logs
    #[arg(long)]
    pub(crate) wait: bool,

    /// How long to wait for all of them, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "wait")]
    pub(crate) timeout: u64,
}

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The environment to compare
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = environment)]
    pub(crate) environment: String,

    #[command(flatten)]
    pub(crate) values: Values,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// Where to look for what is deployed.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// An endpoint to use instead of AWS; `AWS_ENDPOINT_URL` does the same
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// The AWS region; without it, as the AWS SDKs find it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
}

/// Arguments of `match`. Files may be compressed with gzip; `-` is standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct MatchArgs {
    #[command(flatten)]
    pub(crate) values: Values,

    /// One event, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) event: Option<PathBuf>,

    /// A pattern to match instead of the spec's rules
    #[arg(long, value_name = "FILE", requires = "event")]
    pub(crate) pattern: Option<PathBuf>,

    /// A recording, one event a line; prints how many events each rule matches
    #[arg(long, value_name = "FILE", conflicts_with = "event")]
    pub(crate) events: Option<PathBuf>,

    /// Patterns by name, a JSON object, to match instead of the spec's rules
    #[arg(long, value_name = "FILE", requires = "events")]
    pub(crate) rules: Option<PathBuf>,

    /// Cases `{"id","pattern","event"}`, one a line; prints `{"id","valid","error","match"}` for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["event", "events"])]
    pub(crate) cases: Option<PathBuf>,
}

/// Arguments of `graph`.
#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) values: Values,

    /// The form of the picture
    #[arg(long = "as", value_enum, default_value_t = PictureForm::Svg, value_name = "FORM")]
    pub(crate) form: PictureForm,
}

/// What a picture is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PictureForm {
    /// A file for browsers and READMEs
    Svg,
    /// A flowchart that GitHub draws in Markdown
    Mermaid,
    /// Input for Graphviz
    Dot,
}

/// Arguments of `package`.
#[derive(Debug, clap::Args)]
pub(crate) struct Package {
    /// The processor to build for
    #[arg(long, value_enum, default_value_t = Processor::Spec)]
    pub(crate) architecture: Processor,

    /// The folder of the zips; one outside of the root module is meant to become its `artifacts`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `publish`.
#[derive(Debug, clap::Args)]
pub(crate) struct Publish {
    /// The bucket of the zips, in the region of the functions
    #[arg(long, value_name = "NAME", required_unless_present = "check")]
    pub(crate) bucket: Option<String>,

    /// Publish nothing, and compare what is published with what is built here
    ///
    /// The exit status is 1 if a zip has other bytes, or is not published. It needs no access to AWS.
    #[arg(long, conflicts_with_all = ["bucket", "prefix"])]
    pub(crate) check: bool,

    /// The environment that takes the zips, instead of all that have no choice of their own
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// What keys in the bucket begin with
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,

    /// The processor to build for
    #[arg(long, value_enum, default_value_t = Processor::Spec)]
    pub(crate) architecture: Processor,

    /// The file that tells Terraform where the zips are, instead of the one in the root module
    #[arg(long, value_name = "FILE", conflicts_with = "environment")]
    pub(crate) variables: Option<PathBuf>,
}

/// The processor that functions are built for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Processor {
    /// What the spec says
    Spec,
    /// This machine's
    Native,
    /// 64-bit ARM (Graviton)
    #[value(name = "arm64")]
    Arm64,
    /// 64-bit x86
    #[value(name = "x86_64")]
    X86_64,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// Print all findings as one page of Markdown: docs/diagnostics.md
    #[arg(long, conflicts_with = "id")]
    pub(crate) page: bool,

    /// A finding's id, such as `unknown-event`; without it, all ids are listed
    pub(crate) id: Option<String>,
}

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// Every key as one page of Markdown instead: docs/spec.md
    #[arg(long)]
    pub(crate) page: bool,

    /// The JSON Schema of files of cases instead, for `codegen test`
    #[arg(long, conflicts_with = "page")]
    pub(crate) cases: bool,
}

/// Reads an environment's name as the generated module wants it.
fn environment(text: &str) -> Result<String, String> {
    let most = pipeline::resources::MAX_ENVIRONMENT;
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    let is_word = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts && is_word && text.len() <= most {
        return Ok(text.to_owned());
    }
    Err(format!(
        "an environment has 1 to {most} small letters and digits, a letter first"
    ))
}
