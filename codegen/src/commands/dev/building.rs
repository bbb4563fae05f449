//! Building the functions while the bus runs on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pipeline::Pipeline;
use tokio::task::JoinHandle;

use crate::cargo::{self, Build};
use crate::local;

/// A build that runs. Dropping it stops the build.
pub(super) struct Running {
    task: JoinHandle<anyhow::Result<Built>>,
}

/// Functions after a build.
pub(super) struct Built {
    pub(super) parts: Vec<Part>,
    pub(super) took: Duration,
}

/// The functions of one pipeline.
pub(super) struct Part {
    pub(super) pipeline: Pipeline,
    /// The folder of the spec.
    pub(super) folder: PathBuf,
    /// The binaries, by the names of their packages; none before the build.
    pub(super) binaries: BTreeMap<String, PathBuf>,
}

impl Running {
    pub(super) fn begin(parts: Vec<Part>, profile: &str) -> anyhow::Result<Self> {
        let start = Instant::now();
        let commands = parts.iter().map(|part| {
            let packages = local::packages(&part.pipeline);
            let command = cargo::command(&Build {
                folder: &part.folder,
                packages: &packages,
                profile,
                architecture: None,
                features: None,
                quiet: false,
            })?;
            let packages = packages.into_iter().map(str::to_owned);
            anyhow::Ok((command, packages.collect::<Vec<_>>()))
        });
        let commands = commands.collect::<anyhow::Result<Vec<_>>>()?;
        let task = tokio::spawn(async move {
            let mut parts = parts;
            for (part, (command, packages)) in parts.iter_mut().zip(commands) {
                if !packages.is_empty() {
                    part.binaries = run(command, &packages).await?;
                }
            }
            Ok(Built {
                parts,
                took: start.elapsed(),
            })
        });
        Ok(Self { task })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The task owns the process of Cargo, which is killed when the task is dropped.
        self.task.abort();
    }
}

async fn run(
    command: std::process::Command,
    packages: &[String],
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut command = tokio::process::Command::from(command);
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot start `cargo`, which builds the functions")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("the functions do not build:\n{}", said.trim_end());
    }
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    cargo::binaries(&output.stdout, &packages)
}

/// Waits for the end of a build; for ever if there is none.
pub(super) async fn ended(running: &mut Option<Running>) -> anyhow::Result<Built> {
    match running {
        Some(running) => match (&mut running.task).await {
            Ok(built) => built,
            Err(_) => bail!("the build was given up"),
        },
        // A future that ended at once would make the loop that selects it run without a pause.
        None => std::future::pending().await,
    }
}
