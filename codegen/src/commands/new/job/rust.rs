//! A new job in Rust: a package of the workspace around the spec.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pipeline::Pipeline;
use toml_edit::{DocumentMut, Item};

use super::Parts;
use super::entry::Trigger;
use crate::commands::new::place::File;
use crate::commands::new::workspace::Manifest;
use crate::packages::{MANIFEST, Packages};
use crate::workbench;

/// Makes the package of a job beside that of the generated types.
///
/// # Errors
/// No workspace or no package of the types beside the spec, or a package of the job's name.
pub(super) fn parts(
    folder: &Path,
    pipeline: &Pipeline,
    name: &str,
    trigger: &Trigger<'_>,
) -> anyhow::Result<Parts> {
    let Some(events) = &pipeline.output.events else {
        bail!(
            "the spec writes no types for functions: say under `output:` where, with `events: lambdas/events/src/generated.rs` \
             for Rust, or `python: functions/event_types.py`"
        );
    };
    let there = Packages::default().beside(folder).unwrap_or_default();
    if there.iter().any(|package| package == name) {
        bail!("the workspace has a package `{name}` already: choose another name");
    }
    let mut manifest = Manifest::read(folder)?;
    let types = Types::around(folder, Path::new(&events.value))?;
    let package = match types.folder.parent() {
        Some(parent) if parent != Path::new("") => format!("{}/{name}", parent.display()),
        _ => name.to_owned(),
    };
    manifest.add_member(&package)?;
    let files = vec![
        File::new(
            format!("{package}/Cargo.toml"),
            types.manifest(&manifest, name)?,
        ),
        File::new(
            format!("{package}/src/main.rs"),
            program(pipeline, name, trigger, &types.library()),
        ),
    ];
    Ok(Parts {
        function: vec![format!("function: {{ package: {name} }}")],
        files,
        manifest: Some(manifest.into_change()),
    })
}

/// The package of the generated types.
struct Types {
    /// Relative to the spec's folder.
    folder: PathBuf,
    name: String,
    document: DocumentMut,
}

impl Types {
    fn around(root: &Path, file: &Path) -> anyhow::Result<Self> {
        let mut above = file.ancestors().skip(1);
        let folder = above.find(|folder| root.join(folder).join(MANIFEST).is_file());
        let folder = folder
            .filter(|folder| *folder != Path::new(""))
            .with_context(|| format!("there is no Cargo package around {}", file.display()))?;
        let path = root.join(folder).join(MANIFEST);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document: DocumentMut = text
            .parse()
            .with_context(|| format!("cannot read {}", path.display()))?;
        let name = document.get("package").and_then(|it| it.get("name"));
        let name = name.and_then(Item::as_str);
        let name = name.with_context(|| format!("{} has no package", path.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            document,
        })
    }

    fn library(&self) -> String {
        let library = self.document.get("lib").and_then(|it| it.get("name"));
        let library = library.and_then(Item::as_str);
        library.unwrap_or(&self.name).replace('-', "_")
    }

    /// Writes the manifest of a job's package, which takes `job` from where the types take it.
    fn manifest(&self, workspace: &Manifest, name: &str) -> anyhow::Result<String> {
        let beside = self.folder.file_name().unwrap_or_default();
        let types = if workspace.dependency(&self.name).is_some() {
            format!("{}.workspace = true", self.name)
        } else {
            let beside = beside.to_string_lossy();
            format!("{} = {{ path = \"../{beside}\" }}", self.name)
        };
        let dependencies = self.document.get("dependencies");
        let job = dependencies.and_then(|of| of.get("job"));
        let job = job.with_context(|| {
            format!(
                "the package {} does not depend on `job`, which functions link",
                self.name
            )
        })?;
        let job = if job.get("workspace").is_some() {
            "job.workspace = true".to_owned()
        } else {
            let table = job
                .clone()
                .into_table()
                .map(toml_edit::Table::into_inline_table);
            match table {
                Ok(mut table) => {
                    table.fmt();
                    format!("job = {table}")
                }
                Err(item) => format!("job ={item}"),
            }
        };
        let of_others = |name: &str, plain: &str, features: &str| {
            let inherits = workspace.dependency(name).is_some();
            match (inherits, features) {
                (true, "") => format!("{name}.workspace = true"),
                (true, features) => {
                    format!("{name} = {{ workspace = true, features = [{features}] }}")
                }
                (false, "") => format!("{name} = \"{plain}\""),
                (false, features) => {
                    format!("{name} = {{ version = \"{plain}\", features = [{features}] }}")
                }
            }
        };
        Ok(format!(
            "[package]\nname = \"{name}\"\ndescription = \"The job {name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             publish = false\n\n[dependencies]\n{types}\n{job}\n{}\n{}\n\n[dev-dependencies]\n{}\n",
            of_others("tokio", "1", "\"macros\", \"rt\""),
            of_others("tracing", "0.1", ""),
            of_others("serde_json", "1", ""),
        ))
    }
}

/// Writes the program of a job, with a test.
fn program(pipeline: &Pipeline, name: &str, trigger: &Trigger<'_>, library: &str) -> String {
    let template = match trigger {
        Trigger::Event(..) => include_str!("event.rs.in"),
        Trigger::Schedule(_) => include_str!("schedule.rs.in"),
    };
    let (event, example) = match trigger {
        Trigger::Event(event, declared) => {
            let example = workbench::example(pipeline, declared);
            let example = serde_json::Value::Object(example).to_string();
            (typed_events::event_type(event), literal(&example))
        }
        Trigger::Schedule(_) => (String::new(), String::new()),
    };
    template
        .replace("@name@", name)
        .replace("@library@", library)
        .replace("@job@", &typed_events::job_type(name))
        .replace("@event@", &event)
        .replace("@example@", &example)
}

/// A text as a literal of Rust, raw if that can be.
fn literal(text: &str) -> String {
    if text.contains("\"#") {
        format!("{text:?}")
    } else {
        format!("r#\"{text}\"#")
    }
}
