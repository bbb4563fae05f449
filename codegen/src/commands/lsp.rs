//! `codegen lsp`: the editor's server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use editor::around::Around;
use editor::server::{self, End};
use jiff::Timestamp;
use pipeline::model::Used;
use pipeline::{Pipeline, Setting};

use crate::packages::Packages;
use crate::session::Outcome;
use crate::{project, used};

/// The files around a spec, and the clock.
#[derive(Default)]
struct Disk {
    /// By the folders of the specs.
    packages: BTreeMap<PathBuf, Packages>,
}

impl Around for Disk {
    fn packages(&mut self, folder: &Path) -> Option<Vec<String>> {
        let packages = self.packages.entry(folder.to_owned());
        packages.or_default().beside(folder)
    }

    fn environments(&mut self, pipeline: &Pipeline, folder: &Path) -> Result<Vec<Setting>, String> {
        project::environments(pipeline, folder).map_err(|error| format!("{error:#}"))
    }

    fn used(&mut self, folder: &Path, text: &str) -> Option<Arc<Used>> {
        Some(used::read(folder, text))
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

pub(crate) fn run() -> anyhow::Result<Outcome> {
    let end = server::serve_stdio(Box::new(Disk::default()))
        .context("a message of the editor cannot be read")?;
    Ok(match end {
        End::Clean => Outcome::Fine,
        End::Abrupt => Outcome::Findings,
    })
}
