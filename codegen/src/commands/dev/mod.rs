//! `codegen dev`: runs the pipeline on this machine while somebody works on it.

mod building;
mod live;
mod ready;
pub(super) mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use emulator::{Build, Config, Emulator, Time, TraceKeeping, Wiring};
use pipeline::Pipeline;
use pipeline::model::Output;
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::{Dev, Format};
use crate::local::Here;
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use crate::{faults, local, render, signals, used, workbench};
use building::{Built, Part, Running};
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
    let mut sources = Sources::new(std::iter::once(&session.spec).chain(&session.others));
    let mut building = begin(session, args, &bus, &mut sources)?;
    loop {
        tokio::select! {
            status = &mut stop => {
                bus.end_functions().await;
                return Ok(Outcome::Stopped(status));
            }
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
    let mut projects = match Project::load_all(session, &chosen) {
        Ok(projects) => projects,
        Err(error) => {
            session.fail(&error);
            bus.set_build(Build::Failed(format!("{error:#}")));
            return Ok(None);
        }
    };
    let missing = look_around(&projects, sources);
    for project in &projects {
        render::findings(session, project, &[])?;
    }
    let read: anyhow::Result<Vec<Pipeline>> = projects
        .iter()
        .map(|project| project.pipeline().cloned())
        .collect();
    let Ok(pipelines) = read else {
        let errors: Vec<String> = projects.iter().map(errors).collect();
        bus.set_build(Build::Failed(errors.concat()));
        session.note("the spec has errors: the bus stays as it was until they are mended")?;
        return Ok(None);
    };
    for reason in pipelines.iter().flat_map(local::elsewhere) {
        session.remark(format_args!("note: {reason}"))?;
    }
    if !missing.is_empty() {
        for reason in &missing {
            session.note(format_args!("error: {reason}"))?;
        }
        bus.set_build(Build::Failed(missing.join("\n")));
        return Ok(None);
    }
    for (project, pipeline) in projects.iter_mut().zip(&pipelines) {
        write_events(session, project, pipeline)?;
    }
    bus.set_workbench(workbench::workbench(&pipelines));
    bus.set_build(Build::Building);
    let parts = pipelines.into_iter().zip(projects);
    let parts = parts.map(|(pipeline, project)| Part {
        pipeline,
        folder: project.folder,
        binaries: BTreeMap::new(),
    });
    Running::begin(parts.collect(), &args.profile).map(Some)
}

/// Watches what the functions of every spec are made from. Returns what is missing to run them.
fn look_around(projects: &[Project], sources: &mut Sources) -> Vec<String> {
    let (mut programs, mut missing) = (Vec::new(), Vec::new());
    for project in projects {
        if let Some(pipeline) = &project.parsed.pipeline {
            let (folders, lacking) = local::programs(pipeline, &project.folder);
            programs.extend(folders);
            missing.extend(lacking);
        }
    }
    let folders: Vec<&Path> = projects.iter().map(|one| one.folder.as_path()).collect();
    sources.look_at(&folders, &programs);
    let used = projects
        .iter()
        .flat_map(|project| used::paths(&project.folder, &project.text));
    sources.add(used);
    missing
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
    let binaries = || built.parts.iter().flat_map(|part| part.binaries.values());
    sources.built(binaries().map(std::convert::AsRef::as_ref));
    match wire(&built, here) {
        Ok(wiring) => bus.rewire(&wiring)?,
        // Names may clash only now that another spec was changed.
        Err(error) if built.parts.len() > 1 => {
            bus.set_build(Build::Failed(format!("{error:#}")));
            return session.note(format_args!("error: {error:#}"));
        }
        Err(error) => return Err(error),
    }
    sources.started(Instant::now());
    show_notes(session, bus)?;
    bus.set_build(Build::Ok);
    let functions = binaries().count();
    session.remark(format_args!(
        "ready: {functions} function{} built in {:.1} s",
        if functions == 1 { "" } else { "s" },
        built.took.as_secs_f64()
    ))
}

/// Puts all pipelines on one bus.
fn wire(built: &Built, here: &Here) -> anyhow::Result<Wiring> {
    let parts = built.parts.iter().map(|part| {
        let wiring = local::wiring(&part.pipeline, &part.folder, &part.binaries, here)?;
        anyhow::Ok((&part.pipeline, wiring))
    });
    let all = local::together(parts.collect::<anyhow::Result<_>>()?)?;
    Ok(all.unwrap_or_else(|| local::nothing(here)))
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
