//! `codegen test`: tries the cases of a pipeline.

mod attempt;
mod files;
mod output;
mod stop;
mod update;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use cases::{Bench, Case, Place};
use pipeline::Pipeline;
use pipeline::model::Code;

use crate::args::{Format, TestArgs};
use crate::cargo::{self, Build};
use crate::local::{self, Here};
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use attempt::Attempts;
use files::Loaded;
use stop::Stop;

pub(crate) fn run(session: &mut Session, args: &TestArgs) -> anyhow::Result<Outcome> {
    if session.format == Format::Sarif {
        bail!(
            "`--format sarif` is one document about one spec: use `json` or `github`, or `--junit FILE`"
        );
    }
    if args.watch {
        return watch::run(session, args);
    }
    once(session, args, &*Stop::start()?)
}

/// A case that is to be tried.
#[derive(Clone, Copy)]
struct Picked<'f> {
    file: &'f Loaded,
    case: &'f Case,
}

impl Picked<'_> {
    /// `orders::a big order is checked`.
    fn name(&self) -> String {
        format!("{}::{}", self.file.name, self.case.name)
    }
}

/// Tries the cases once.
fn once(session: &mut Session, args: &TestArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let here = args.here.here();
    let project = Project::load_for(&session.spec, &Chosen::here(&args.values, &here))?;
    let pipeline = project.pipeline()?;
    let bench = Bench::new(pipeline, place(&here))?;
    let paths = files::find(&project.folder, &args.cases)?;
    let mut files = Vec::new();
    for path in paths {
        files.push(Loaded::read(&bench, path, args.update)?);
    }
    if files.iter().any(|file| !file.diagnostics.is_empty()) {
        return output::mistakes(session, files);
    }
    let all = files.iter().flat_map(|file| {
        let cases = file.cases.iter();
        cases.map(move |case| Picked { file, case })
    });
    let all: Vec<Picked<'_>> = all.collect();
    let total = all.len();
    let is_named = |one: &Picked<'_>| {
        let name = one.name();
        args.names.is_empty() || args.names.iter().any(|part| name.contains(part.as_str()))
    };
    let chosen: Vec<Picked<'_>> = all.into_iter().filter(is_named).collect();
    if args.list {
        return output::list(session, &chosen);
    }
    if chosen.is_empty() {
        bail!("{}", nothing(args, total, &project.folder));
    }
    let binaries = build(session, args, &bench, &project, &chosen)?;
    let attempts = Attempts {
        bench: &bench,
        project: &project,
        binaries: &binaries,
        here: &here,
        seed: args.seed,
        threads: args.jobs.map(usize::from),
        stop,
    };
    output::begin(session, chosen.len())?;
    let report = attempts.run(session, &chosen)?;
    if args.update {
        return update::write(session, &bench, &chosen, &report);
    }
    let filtered = total - chosen.len();
    output::end(
        session,
        args,
        &bench,
        &chosen,
        &report,
        (filtered, start.elapsed()),
    )
}

fn place(here: &Here) -> Place {
    let Here { account, region } = here.clone();
    Place {
        environment: local::ENVIRONMENT.to_owned(),
        account,
        region,
    }
}

/// Says why there is nothing to try.
fn nothing(args: &TestArgs, total: usize, folder: &Path) -> String {
    match args.names.as_slice() {
        [] => format!(
            "there are no cases in {}: write one, or name a file with `--cases`",
            files::folder(folder).display()
        ),
        names => format!(
            "none of {total} cases has `{}` in its name: `codegen test --list` lists them",
            names.join("` or `")
        ),
    }
}

/// Builds the functions that cases may run and do not stub. Returns the binary of each package.
fn build(
    session: &Session,
    args: &TestArgs,
    bench: &Bench<'_>,
    project: &Project,
    chosen: &[Picked<'_>],
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let pipeline = project.pipeline()?;
    let mut jobs = BTreeSet::new();
    for one in chosen {
        jobs.extend(bench.needs(one.case));
    }
    let packages: BTreeSet<&str> = jobs
        .iter()
        .filter_map(|job| package(pipeline, job))
        .collect();
    let packages: Vec<&str> = packages.into_iter().collect();
    cargo::build(&Build {
        folder: &project.folder,
        packages: &packages,
        profile: &args.profile,
        architecture: None,
        features: None,
        quiet: session.quiet,
    })
}

/// The package that a job's function is built from, if it is built.
fn package<'p>(pipeline: &'p Pipeline, job: &str) -> Option<&'p str> {
    let function = pipeline.jobs.get(job)?.work.function()?;
    match &function.code {
        Code::Package(package) => Some(&package.value),
        Code::Zip(_) | Code::Image(_) => None,
    }
}
