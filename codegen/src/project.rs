//! The spec on the disk, and the files around it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use pipeline::{Parsed, Pipeline, Surroundings};

use generated_files::GeneratedFile;

use crate::packages::{MANIFEST, Packages};

/// A spec with its text and folder.
pub(crate) struct Project {
    /// The path as the user wrote it, for messages.
    pub(crate) path: PathBuf,
    /// The folder that generated files are relative to.
    pub(crate) folder: PathBuf,
    pub(crate) text: String,
    pub(crate) parsed: Parsed,
}

impl Project {
    /// Reads and checks a spec, as of now.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        Self::load_with(path, &mut Packages::default(), Timestamp::now())
    }

    /// Reads and checks a spec as of a time, with what an earlier check learned of the Cargo workspace.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8.
    pub(crate) fn load_with(
        path: &Path,
        packages: &mut Packages,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| {
            let hint = "name another file with `--spec`";
            format!("cannot read the spec {} ({hint})", path.display())
        })?;
        let Ok(text) = String::from_utf8(bytes) else {
            bail!("{} is not UTF-8: save it in that encoding", path.display());
        };
        let folder = match path.parent() {
            // The parent of a bare file name is the empty path, in which no command can run.
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let surroundings = Surroundings {
            packages: packages.beside(&folder),
            now: Some(now),
        };
        let parsed = pipeline::parse(&text, &surroundings);
        Ok(Self {
            path: path.to_owned(),
            folder,
            text,
            parsed,
        })
    }

    /// Returns the pipeline, for commands that need a spec without errors.
    ///
    /// # Errors
    /// A spec with findings of level error.
    pub(crate) fn pipeline(&self) -> anyhow::Result<&Pipeline> {
        match &self.parsed.pipeline {
            Some(pipeline) if !self.parsed.has_errors() => Ok(pipeline),
            _ => bail!(
                "the spec {} has errors: `codegen check` shows them",
                self.path.display()
            ),
        }
    }

    /// Returns the spec's file name, for headers: it is the same in whichever folder the command is called.
    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().map_or_else(
            || "the spec".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Lists the paths that a check depends on beside the spec. For generated files their folder is enough, as they are
    /// written by renaming, which changes the folder. People may write files of the root module in place.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        let mut paths = vec![self.folder.join(MANIFEST)];
        if let Some(pipeline) = &self.parsed.pipeline {
            let output = &pipeline.output;
            paths.push(self.folder.join(output.in_root_module("")));
            // If the folder cannot be read, the check itself reports that.
            let root_module = terraform::root_module::paths(pipeline, &self.folder);
            paths.extend(root_module.unwrap_or_default());
            paths.push(self.folder.join(&output.terraform.value));
            paths.push(self.folder.join(terraform::backend_file(pipeline)));
            let events = output.events.as_ref();
            paths.extend(events.map(|events| self.folder.join(&events.value)));
        }
        paths
    }

    /// Turns a path relative to the spec's folder into one relative to where the command was called.
    pub(crate) fn shown(&self, path: &str) -> String {
        let folder = self.folder.strip_prefix(".").unwrap_or(&self.folder);
        folder.join(path).display().to_string()
    }

    /// Makes all files of the spec.
    ///
    /// # Errors
    /// Events whose names would be the same in Rust.
    pub(crate) fn render(&self, pipeline: &Pipeline) -> anyhow::Result<Vec<GeneratedFile>> {
        let spec = self.file_name();
        let mut files = terraform::render(pipeline, &spec);
        if let Some(events) = &pipeline.output.events {
            files.push(GeneratedFile {
                path: events.value.clone(),
                text: typed_events::render(pipeline, &spec)?,
            });
        }
        Ok(files)
    }
}
