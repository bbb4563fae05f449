//! The spec on the disk, and the files around it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use pipeline::syntax::Document;
use pipeline::{Diagnostic, Lint, Parsed, Pipeline, Setting, Severity, Surroundings, everywhere};

use generated_files::GeneratedFile;

use crate::args::Values;
use crate::deny::{self, Deny};
use crate::input;
use crate::local::Here;
use crate::packages::{MANIFEST, Packages};
use crate::session::Session;
use crate::used;

/// A spec with its text and folder.
pub(crate) struct Project {
    /// The path as the user wrote it, for messages.
    pub(crate) path: PathBuf,
    /// The folder that generated files are relative to.
    pub(crate) folder: PathBuf,
    pub(crate) text: String,
    surroundings: Surroundings,
    pub(crate) parsed: Parsed,
    /// Findings that count as errors when they are shown.
    pub(crate) denied: Vec<Deny>,
    /// Whether a change was judged, whose findings are among the others. They keep nothing from being generated.
    pub(crate) is_change_judged: bool,
}

/// The environment that a command is for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen<'a> {
    /// The environment, or this machine.
    pub(crate) environment: Option<&'a str>,
    /// Values that replace those of the environment.
    pub(crate) values: &'a [(String, String)],
    /// The region, if it is known.
    pub(crate) region: Option<String>,
    /// The id of the account, if it is known.
    pub(crate) account: Option<String>,
}

impl<'a> Chosen<'a> {
    /// This machine, which stands for an account and a region, with some values replaced.
    pub(crate) fn here(values: &'a Values, here: &Here) -> Self {
        let Here { account, region } = here.clone();
        Self {
            region: Some(region),
            account: Some(account),
            ..Self::local(values)
        }
    }

    /// This machine, with some values replaced.
    pub(crate) fn local(values: &'a Values) -> Self {
        Self {
            values: &values.values,
            ..Self::default()
        }
    }
}

/// Puts together what an environment says, and what replaces it.
fn setting(pipeline: &Pipeline, folder: &Path, chosen: &Chosen<'_>) -> anyhow::Result<Setting> {
    let mut setting = match chosen.environment {
        None => Setting::default(),
        Some(environment) => {
            let file = terraform::environment::file(pipeline, environment);
            let path = folder.join(&file);
            if path.is_file() {
                let read = terraform::environment::read(&path)?;
                Setting {
                    environment: environment.to_owned(),
                    ..read
                }
            } else {
                Setting::environment(environment)
            }
        }
    };
    if let Some(region) = &chosen.region {
        setting.region.clone_from(region);
    }
    if let Some(account) = &chosen.account {
        setting.account.clone_from(account);
    }
    for (name, value) in chosen.values {
        if !pipeline.values.contains_key(name) {
            let names: Vec<&str> = pipeline.values.keys().map(String::as_str).collect();
            let help = match names.as_slice() {
                [] => "the spec declares none below `values:`".to_owned(),
                names => format!("the spec declares {}", names.join(", ")),
            };
            bail!("`--value {name}=…`: the value is not declared ({help})");
        }
        setting.values.insert(name.clone(), value.clone());
    }
    let mut lacking = pipeline.values.keys();
    let lacking = lacking.find(|name| !setting.is_local && !setting.values.contains_key(*name));
    if let Some(name) = lacking {
        let file = terraform::environment::file(pipeline, &setting.environment);
        let others = other_environments(pipeline, folder, chosen.environment.unwrap_or_default());
        let others = others.map_or_else(String::new, |others| format!("; {others}"));
        bail!(
            "the environment {} lacks the value `{name}`: add it to `values` in {file}, or pass `--value {name}=…`{others}",
            setting.environment
        );
    }
    Ok(setting)
}

/// Says which environments have a file, if some have and this one has none: its name is probably wrong.
fn other_environments(pipeline: &Pipeline, folder: &Path, environment: &str) -> Option<String> {
    let paths = terraform::environment::paths(pipeline, folder).ok()?;
    let names = paths.iter().filter_map(|path| path.file_stem()?.to_str());
    let names: Vec<&str> = names.collect();
    if names.is_empty() || names.contains(&environment) {
        return None;
    }
    Some(format!(
        "{environment} has no file in {}, where {} have one",
        terraform::environment::folder(pipeline),
        names.join(", ")
    ))
}

/// Checks a spec for this machine and every environment that has a file.
fn check_everywhere(
    text: &str,
    folder: &Path,
    surroundings: &Surroundings,
) -> anyhow::Result<Parsed> {
    let in_folder = |pipeline: &Pipeline| environments(pipeline, folder);
    everywhere::check(text, surroundings, in_folder)
}

/// Reads what every environment says that has a file.
pub(crate) fn environments(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<Setting>> {
    let paths = terraform::environment::paths(pipeline, folder)?;
    let read = paths.iter().map(|path| terraform::environment::read(path));
    read.collect()
}

impl Project {
    /// Reads and checks a spec, as of now, for this machine and every environment.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        Self::load_with(path, &mut Packages::default(), Timestamp::now())
    }

    /// Reads and checks a spec, as of now, for one environment or this machine. What is wrong with others is no reason to
    /// refuse this one.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8; a value that is not declared, or that the environment lacks.
    pub(crate) fn load_for(path: &Path, chosen: &Chosen<'_>) -> anyhow::Result<Self> {
        let (mut packages, now) = (Packages::default(), Timestamp::now());
        let mut project = Self::read(path, &mut packages, now, |text, _, surroundings| {
            Ok(pipeline::parse(text, surroundings))
        })?;
        let Some(pipeline) = &project.parsed.pipeline else {
            return Ok(project);
        };
        let Chosen {
            environment,
            values,
            region,
            account,
        } = chosen;
        if environment.is_none() && values.is_empty() && region.is_none() && account.is_none() {
            return Ok(project);
        }
        let setting = setting(pipeline, &project.folder, chosen)?;
        let surroundings = Surroundings {
            setting,
            ..project.surroundings.clone()
        };
        project.parsed = pipeline::parse(&project.text, &surroundings);
        project.surroundings = surroundings;
        Ok(project)
    }

    /// Reads and checks every spec of a run, as [`Project::load_for`] does. Values are those of the first one.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn load_all(session: &Session, chosen: &Chosen<'_>) -> anyhow::Result<Vec<Self>> {
        let first = Self::load_for(&session.spec, chosen)?;
        let others = session.others.iter().map(|path| {
            let chosen = Chosen {
                values: &[],
                ..chosen.clone()
            };
            Self::load_for(path, &chosen)
        });
        std::iter::once(Ok(first)).chain(others).collect()
    }

    /// Reads and checks a spec as of a time, for this machine and every environment, with what an earlier check learned of
    /// the Cargo workspace.
    ///
    /// # Errors
    /// A file that cannot be read, or is not UTF-8.
    pub(crate) fn load_with(
        path: &Path,
        packages: &mut Packages,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        Self::read(path, packages, now, check_everywhere)
    }

    /// Another file beside the spec, with what was found in it, to be shown as a spec is.
    pub(crate) fn of_file(path: &Path, text: String, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            path: path.to_owned(),
            folder: path.parent().unwrap_or(Path::new(".")).to_owned(),
            text,
            surroundings: Surroundings::default(),
            parsed: Parsed {
                pipeline: None,
                diagnostics,
                has_values: false,
                is_complete: false,
            },
            denied: Vec::new(),
            is_change_judged: false,
        }
    }

    /// Checks a text as if it were the spec's, for this machine and every environment.
    ///
    /// # Errors
    /// A file of an environment that cannot be read.
    pub(crate) fn judge(&self, text: &str) -> anyhow::Result<Parsed> {
        check_everywhere(text, &self.folder, &self.surroundings)
    }

    /// Replaces the spec, on the disk too, unless somebody else has changed it there.
    ///
    /// # Errors
    /// A file that has changed, or that cannot be replaced.
    pub(crate) fn replace(&mut self, text: String) -> anyhow::Result<()> {
        let shown = self.path.display().to_string();
        // The link stays a link.
        let path = fs::canonicalize(&self.path).with_context(|| format!("cannot read {shown}"))?;
        let now = fs::read(&path).with_context(|| format!("cannot read {shown}"))?;
        if now != self.text.as_bytes() {
            bail!("{shown} has changed while it was checked: run the command again");
        }
        let permissions = fs::metadata(&path).map(|file| file.permissions());
        let permissions = permissions.with_context(|| format!("cannot read {shown}"))?;
        generated_files::replace(&path, text.as_bytes())?;
        fs::set_permissions(&path, permissions)
            .with_context(|| format!("cannot set the permissions of {shown}"))?;
        self.surroundings.used = Some(used::read(&self.folder, &text));
        self.parsed = self.judge(&text)?;
        self.text = text;
        Ok(())
    }

    /// Reads and checks a spec as of a time.
    fn read(
        path: &Path,
        packages: &mut Packages,
        now: Timestamp,
        check: impl FnOnce(&str, &Path, &Surroundings) -> anyhow::Result<Parsed>,
    ) -> anyhow::Result<Self> {
        let (path, bytes) = if input::is_standard_input(path) {
            let bytes = input::spec_from_standard_input()?;
            (Path::new(input::STANDARD_INPUT), bytes)
        } else {
            let bytes = fs::read(path).with_context(|| {
                let hint = "name another file with `--spec`";
                format!("cannot read the spec {} ({hint})", path.display())
            })?;
            (path, bytes)
        };
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
            setting: Setting::default(),
            used: Some(used::read(&folder, &text)),
        };
        Ok(Self {
            path: path.to_owned(),
            parsed: check(&text, &folder, &surroundings)?,
            folder,
            text,
            surroundings,
            denied: Vec::new(),
            is_change_judged: false,
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

    /// Reads the meaning of the spec in an environment, and checks nothing.
    pub(crate) fn meaning(&self, setting: &Setting) -> Option<Pipeline> {
        let document = Document::read(&self.text).ok()?;
        pipeline::meaning(&document, setting, self.surroundings.used.as_ref())
    }

    /// Says which environments have a file, if some have and this one has none.
    #[cfg(feature = "aws")]
    pub(crate) fn other_environments(&self, environment: &str) -> Option<String> {
        let pipeline = self.parsed.pipeline.as_ref()?;
        other_environments(pipeline, &self.folder, environment)
    }

    /// Whether the spec is whole: it has no errors but those of a change, which says nothing against it.
    pub(crate) fn is_whole(&self) -> bool {
        let mut found = self.parsed.diagnostics.iter();
        let is_of_change = |lint: &Lint| changes::LINTS.iter().any(|one| one.id == lint.id);
        found.all(|found| !found.is_error() || is_of_change(found.lint))
    }

    /// Returns how much a finding matters in this run.
    pub(crate) fn severity(&self, lint: &Lint) -> Severity {
        deny::severity(&self.denied, lint)
    }

    /// Whether a finding of the spec is an error in this run.
    pub(crate) fn has_errors(&self) -> bool {
        let mut found = self.parsed.diagnostics.iter();
        found.any(|found| self.severity(found.lint) == Severity::Error)
    }

    /// Returns the spec's file name, for headers: it is the same in whichever folder the command is called.
    pub(crate) fn file_name(&self) -> String {
        if self.path.as_os_str() == input::STANDARD_INPUT {
            // What is compared with the files of a folder is most likely that folder's spec.
            return "pipeline.yaml".to_owned();
        }
        self.path.file_name().map_or_else(
            || "the spec".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Lists the paths that a check depends on beside the spec. For generated files their folder is enough, as they are
    /// written by renaming, which changes the folder. People may write files of the root module in place.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        let mut paths = vec![self.folder.join(MANIFEST)];
        paths.extend(used::paths(&self.folder, &self.text));
        if let Some(pipeline) = &self.parsed.pipeline {
            let output = &pipeline.output;
            paths.push(self.folder.join(output.in_root_module("")));
            // If the folder cannot be read, the check itself reports that.
            let root_module = terraform::root_module::paths(pipeline, &self.folder);
            paths.extend(root_module.unwrap_or_default());
            let environments = terraform::environment::paths(pipeline, &self.folder);
            paths.extend(environments.unwrap_or_default());
            paths.push(self.folder.join(&output.terraform.value));
            paths.push(self.folder.join(terraform::backend_file(pipeline)));
            let events = [&output.events, &output.schemas, &output.python];
            let events = events.into_iter().flatten();
            paths.extend(events.map(|events| self.folder.join(&events.value)));
        }
        paths
    }

    /// Turns a path relative to the spec's folder into one relative to where the command was called.
    pub(crate) fn shown(&self, path: &str) -> String {
        let folder = self.folder.strip_prefix(".").unwrap_or(&self.folder);
        folder.join(path).display().to_string()
    }

    /// Makes all files of the spec, and gives each away as soon as it is there. Returns what came of them, in an order that
    /// the spec alone decides.
    ///
    /// # Errors
    /// Events whose names would be the same in Rust.
    pub(crate) fn render_each<T: Send>(
        &self,
        pipeline: &Pipeline,
        take: impl Fn(GeneratedFile) -> T + Sync,
    ) -> anyhow::Result<Vec<T>> {
        render_each(pipeline, &self.file_name(), take)
    }
}

/// Makes all files of a pipeline whose spec has this file name.
///
/// # Errors
/// Events whose names would be the same in Rust.
pub(crate) fn render(pipeline: &Pipeline, spec: &str) -> anyhow::Result<Vec<GeneratedFile>> {
    render_each(pipeline, spec, |file| file)
}

fn render_each<T: Send>(
    pipeline: &Pipeline,
    spec: &str,
    take: impl Fn(GeneratedFile) -> T + Sync,
) -> anyhow::Result<Vec<T>> {
    let mut files = terraform::render_each(pipeline, spec, &take);
    if let Some(events) = &pipeline.output.events {
        files.push(take(GeneratedFile {
            path: events.value.clone(),
            text: typed_events::render(pipeline, spec)?,
        }));
    }
    if let Some(folder) = &pipeline.output.schemas {
        let folder = folder.value.trim_end_matches('/');
        let schemas = typed_events::json_schemas(pipeline, &generated_files::comment(spec))?;
        files.extend(schemas.into_iter().map(|schema| {
            take(GeneratedFile {
                path: format!("{folder}/{}", schema.file_name),
                text: schema.text,
            })
        }));
    }
    if let Some(python) = &pipeline.output.python {
        files.push(take(GeneratedFile {
            path: python.value.clone(),
            text: typed_events::python(pipeline, &generated_files::header(spec))?,
        }));
    }
    Ok(files)
}
