//! `codegen dev`: runs the pipeline on this machine while somebody works on it.

mod building;
mod live;
mod ready;
pub(super) mod sources;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use emulator::{Build, Config, Emulator, Time, TraceKeeping};
use pipeline::Pipeline;
use pipeline::model::Output;
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::{Dev, Format};
use crate::local::Here;
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use crate::{faults, local, render, signals, workbench};
use building::{Built, Running};
use live::Live;
use ready::ReadyFile;
use sources::Sources;

/// The number of steps that the page can show.
const STEPS: usize = 40_000;
/// The most bytes of events and texts in them.
const BYTES: usize = 64 << 20;

pub(crate) fn run(session: &mut Session, args: &Dev) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(session, args));
    // A function may hang, so do not wait for it.
    runtime.shutdown_background();
    outcome
}

async fn serve(session: &mut Session, args: &Dev) -> anyhow::Result<Outcome> {
    let bus = start(args).await?;
    let ready = ReadyFile::new(args.ready_file.as_deref())?;
    session.write_in_background()?;
    say_where(session, &bus)?;
    let mut stop = std::pin::pin!(signals::first()?);
    let mut live = Live::new(&bus, args.verbose);
    let mut sources = Sources::new(&session.spec);
    let mut building = begin(session, args, &bus, &mut sources)?;
    loop {
        tokio::select! {
            status = &mut stop => return Ok(Outcome::Stopped(status)),
            () = live.more() => {
                live.show(session, &bus)?;
                show_notes(session, &bus)?;
            }
            // This drops the build that still runs, which stops it.
            written = sources.changed() => {
                say_written(session, &written)?;
                building = begin(session, args, &bus, &mut sources)?;
            }
            built = building::ended(&mut building) => {
                building = None;
                finish(session, &bus, (built, &args.here.here()), &mut sources)?;
                if bus.is_ready() {
                    say_ready(session, &bus, &ready)?;
                }
            }
        }
    }
}

async fn start(args: &Dev) -> anyhow::Result<Emulator> {
    let address = ("127.0.0.1", args.port);
    let listener = TcpListener::bind(address).await.with_context(|| {
        let port = args.port;
        format!("cannot listen on 127.0.0.1:{port}: choose another with `--port`, or `--port 0` for a free one")
    })?;
    let config = Config {
        trace: TraceKeeping {
            most: Some(STEPS),
            bytes: Some(BYTES),
            file: args.trace.clone(),
            report: false,
        },
        // What comes before the functions are built waits for them.
        is_ready: false,
        faults: faults::read(&args.faults, None)?,
        state: args.state.clone(),
        ..Config::new(Time::Real, local::nothing(&args.here.here()))
    };
    Emulator::start(config, listener)
}

fn say_where(session: &mut Session, bus: &Emulator) -> anyhow::Result<()> {
    let endpoint = bus.endpoint();
    if session.format == Format::Json {
        return session.say(json!({ "endpoint": endpoint, "page": format!("{endpoint}/_/") }));
    }
    session.say(format_args!(
        "listening on {endpoint}, for any AWS SDK: AWS_ENDPOINT_URL={endpoint}\npage: {endpoint}/_/"
    ))
}

/// Says what the bus has noted since the last time.
fn show_notes(session: &mut Session, bus: &Emulator) -> anyhow::Result<()> {
    for note in bus.take_notes() {
        session.note(format_args!("note: {note}"))?;
    }
    Ok(())
}

/// Says which files are no longer watched.
fn say_written(session: &mut Session, files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        let file = file.display();
        session.note(format_args!(
            "note: {file} changes whenever the functions start anew, so it is no longer watched: after a change of yours, save the spec"
        ))?;
    }
    Ok(())
}

/// Tells programs that events can be published from now on.
fn say_ready(session: &mut Session, bus: &Emulator, file: &ReadyFile<'_>) -> anyhow::Result<()> {
    let endpoint = bus.endpoint();
    let ready = json!({ "ready": true, "endpoint": endpoint, "page": format!("{endpoint}/_/") });
    file.write(&ready.to_string())?;
    if session.format == Format::Json {
        session.say(ready)?;
    }
    Ok(())
}

/// Checks the spec and starts to build its functions. Returns nothing if the spec has errors.
fn begin(
    session: &mut Session,
    args: &Dev,
    bus: &Emulator,
    sources: &mut Sources,
) -> anyhow::Result<Option<Running>> {
    let here = args.here.here();
    let chosen = Chosen::here(&args.values, &here);
    let mut project = match Project::load_for(&session.spec, &chosen) {
        Ok(project) => project,
        Err(error) => {
            session.fail(&error);
            bus.set_build(Build::Failed(format!("{error:#}")));
            return Ok(None);
        }
    };
    let (programs, missing) = match &project.parsed.pipeline {
        Some(pipeline) => local::programs(pipeline, &project.folder),
        None => (Vec::new(), Vec::new()),
    };
    sources.look_at(&project.folder, &programs);
    render::findings(session, &project, &[])?;
    let Ok(pipeline) = project.pipeline() else {
        bus.set_build(Build::Failed(errors(&project)));
        session.note("the spec has errors: the bus stays as it was until they are mended")?;
        return Ok(None);
    };
    let pipeline = pipeline.clone();
    for reason in local::elsewhere(&pipeline) {
        session.remark(format_args!("note: {reason}"))?;
    }
    if !missing.is_empty() {
        for reason in &missing {
            session.note(format_args!("error: {reason}"))?;
        }
        bus.set_build(Build::Failed(missing.join("\n")));
        return Ok(None);
    }
    write_events(session, &mut project, &pipeline)?;
    bus.set_workbench(workbench::workbench(&pipeline));
    bus.set_build(Build::Building);
    Running::begin(pipeline, &project.folder, &args.profile).map(Some)
}

/// Writes the typed events, as functions are built with them. Only `codegen generate` writes Terraform.
fn write_events(
    session: &mut Session,
    project: &mut Project,
    pipeline: &Pipeline,
) -> anyhow::Result<()> {
    let Output {
        terraform: _,
        events,
        schemas,
        python,
    } = &pipeline.output;
    let files = [events, python].into_iter().flatten();
    let files: Vec<&str> = files.map(|file| file.value.as_str()).collect();
    let folder = schemas.as_ref();
    let folder = folder.map(|folder| format!("{}/", folder.value.trim_end_matches('/')));
    if files.is_empty() && folder.is_none() {
        return Ok(());
    }
    let mut changes = super::check::compare(project, Ok)?;
    changes.stale.retain(|stale| {
        let in_folder = |folder: &String| stale.path.starts_with(folder);
        files.contains(&stale.path.as_str()) || folder.as_ref().is_some_and(in_folder)
    });
    let written: Vec<String> = changes
        .stale
        .iter()
        .map(|stale| stale.path.clone())
        .collect();
    changes.apply(&project.folder)?;
    for path in written {
        session.remark(format_args!("wrote {path}"))?;
    }
    Ok(())
}

/// Installs the functions that were built, or says why they were not.
fn finish(
    session: &mut Session,
    bus: &Emulator,
    (built, here): (anyhow::Result<Built>, &Here),
    sources: &mut Sources,
) -> anyhow::Result<()> {
    let built = match built {
        Ok(built) => built,
        Err(error) => {
            bus.set_build(Build::Failed(format!("{error:#}")));
            return session.note(format_args!("{error:#}"));
        }
    };
    sources.built(built.binaries.values().map(std::convert::AsRef::as_ref));
    bus.rewire(&local::wiring(
        &built.pipeline,
        &built.folder,
        &built.binaries,
        here,
    )?)?;
    sources.started(Instant::now());
    show_notes(session, bus)?;
    bus.set_build(Build::Ok);
    let functions = built.binaries.len();
    session.remark(format_args!(
        "ready: {functions} function{} built in {:.1} s",
        if functions == 1 { "" } else { "s" },
        built.took.as_secs_f64()
    ))
}

/// Writes the errors of a spec, a line for each.
fn errors(project: &Project) -> String {
    let errors = project.parsed.diagnostics.iter();
    let errors = errors.filter(|found| found.lint.severity == pipeline::Severity::Error);
    let lines = errors.map(|found| {
        let before = project
            .text
            .get(..found.span.start as usize)
            .unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("{}:{line}: {}", project.path.display(), found.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}
