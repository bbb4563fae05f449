//! One file per verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod export;
mod fix;
pub(crate) mod generate;
pub(crate) mod graph;
#[cfg(feature = "aws")]
pub(crate) mod import;
pub(crate) mod lsp;
pub(crate) mod man;
pub(crate) mod matching;
pub(crate) mod new;
pub(crate) mod package;
pub(crate) mod publish;
#[cfg(feature = "aws")]
pub(crate) mod redrive;
#[cfg(feature = "aws")]
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod schema;
#[cfg(feature = "aws")]
pub(crate) mod send;
pub(crate) mod test;
#[cfg(feature = "aws")]
pub(crate) mod trace;
#[cfg(feature = "aws")]
pub(crate) mod verify;
mod watch;

#[cfg(feature = "aws")]
use crate::args::Values;
#[cfg(feature = "aws")]
use crate::project::{Chosen, Project};
#[cfg(feature = "aws")]
use crate::session::Session;

/// Refuses what needs AWS, in a command that was built without it.
#[cfg(not(feature = "aws"))]
pub(crate) fn refuse_aws(verb: &str) -> anyhow::Result<crate::session::Outcome> {
    anyhow::bail!(
        "`codegen {verb}` needs AWS, and this command was built without it, as `make demo` does: \
         build it with `cargo build --package codegen`"
    )
}

/// Reads and checks a spec for an environment on AWS.
#[cfg(feature = "aws")]
fn load_deployed(
    session: &Session,
    environment: &str,
    values: &Values,
    config: &deployed::Config,
    runtime: &tokio::runtime::Runtime,
) -> anyhow::Result<Project> {
    let mut chosen = Chosen {
        environment: Some(environment),
        ..Chosen::local(values)
    };
    let project = Project::load_for(&session.spec, &chosen)?;
    if !project.pipeline()?.names_its_place() {
        return Ok(project);
    }
    let place = runtime.block_on(deployed::place(config))?;
    chosen.region = Some(place.region);
    chosen.account = Some(place.account);
    Project::load_for(&session.spec, &chosen)
}

/// Where a verb works: on AWS and its stand-ins, or on the bus of `codegen dev`.
#[cfg(feature = "aws")]
struct Connected<'a> {
    runtime: tokio::runtime::Runtime,
    config: deployed::Config,
    project: Project,
    environment: &'a str,
    /// The clock of the local bus may be ahead.
    now: jiff::Timestamp,
}

#[cfg(feature = "aws")]
impl<'a> Connected<'a> {
    /// Reads and checks the spec for the place that an endpoint leads to.
    fn open(
        session: &Session,
        environment: &'a str,
        values: &Values,
        place: &crate::args::Place,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (config, local) = runtime.block_on(async {
            let endpoint = place.endpoint_url.as_deref();
            let config = deployed::Config::load(endpoint, place.region.as_deref(), false).await?;
            let local = crate::dev_server::state(config.endpoint_url()).await;
            anyhow::Ok((config, local))
        })?;
        let (project, environment) = match &local {
            Some(_) => (
                Project::load_for(&session.spec, &Chosen::local(values))?,
                crate::local::ENVIRONMENT,
            ),
            None => (
                load_deployed(session, environment, values, &config, &runtime)?,
                environment,
            ),
        };
        Ok(Self {
            runtime,
            config,
            project,
            environment,
            now: local.map_or_else(jiff::Timestamp::now, |state| state.now),
        })
    }
}

/// Refuses names of jobs that the spec does not have.
#[cfg(feature = "aws")]
fn check_jobs(pipeline: &pipeline::Pipeline, jobs: &[String]) -> anyhow::Result<()> {
    let unknown = jobs.iter().find(|name| !pipeline.jobs.contains_key(*name));
    if let Some(name) = unknown {
        let declared: Vec<&str> = pipeline.jobs.keys().map(String::as_str).collect();
        anyhow::bail!(
            "the spec has no job `{name}`: it has {}",
            declared.join(", ")
        );
    }
    Ok(())
}
