//! A copy of the crate that functions link, for a workspace of its own.

use anyhow::Context;
use toml_edit::{DocumentMut, InlineTable, Item, Value};

use super::manifest::JOB_PACKAGE;
use super::place::File;
use super::template::sources_of_job;

/// The manifest of this command's workspace, from which the crate inherits.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

const NOTE: &str = "\
# Vendored

The sources of the crate `eventbridge-job`, which functions link as `job`, as they were in the version of `codegen` that
made this pipeline. Only `Cargo.toml` differs: what it inherited from the workspace is written out. The licence is
Apache-2.0 or MIT, as you like.

To take a newer version, replace this folder by that of a newer `codegen new`. To take the crate from elsewhere, change
the one line `job = …` in the `Cargo.toml` at the top:

```toml
job = { package = \"eventbridge-job\", git = \"…\" }
```
";

/// Makes the files of the copy.
///
/// # Errors
/// A manifest that cannot be read, which a test rules out.
pub(super) fn files() -> anyhow::Result<Vec<File>> {
    let folder = format!("vendor/{JOB_PACKAGE}");
    let mut files = vec![
        File::new(format!("{folder}/VENDORED.md"), NOTE),
        File::new(
            format!("{folder}/LICENSE-APACHE"),
            include_str!("../../../../LICENSE-APACHE"),
        ),
        File::new(
            format!("{folder}/LICENSE-MIT"),
            include_str!("../../../../LICENSE-MIT"),
        ),
    ];
    for (path, bytes) in sources_of_job() {
        let path_there = format!("{folder}/{path}");
        files.push(if *path == "Cargo.toml" {
            let text = std::str::from_utf8(bytes).context("the manifest is not UTF-8")?;
            File::new(path_there, inherited(text, WORKSPACE)?)
        } else {
            File::new(path_there, *bytes)
        });
    }
    Ok(files)
}

/// Writes out what a manifest inherits from its workspace. Lints stay behind: they are rules of that workspace.
///
/// # Errors
/// A text that is no manifest, or something inherited that the workspace does not have.
fn inherited(manifest: &str, workspace: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("the manifest")?;
    let workspace: DocumentMut = workspace.parse().context("the workspace's manifest")?;
    let workspace = &workspace["workspace"];
    if let Some(package) = manifest["package"].as_table_like_mut() {
        for (key, item) in package.iter_mut() {
            if is_inherited(item) {
                let key = key.get();
                let value = workspace.get("package").and_then(|of| of.get(key));
                let value = value.and_then(Item::as_value);
                let value = value.with_context(|| format!("the workspace has no {key}"))?;
                *item = Item::Value(value.clone().decorated(" ", ""));
            }
        }
    }
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get_mut(table).and_then(Item::as_table_like_mut) else {
            continue;
        };
        for (name, item) in dependencies.iter_mut() {
            if is_inherited(item) {
                let name = name.get();
                let base = workspace.get("dependencies").and_then(|of| of.get(name));
                let base = base.with_context(|| format!("the workspace has no {name}"))?;
                *item = Item::Value(dependency(base, item)?);
            }
        }
    }
    manifest.remove("lints");
    Ok(manifest.to_string().trim_end().to_owned() + "\n")
}

fn is_inherited(item: &Item) -> bool {
    let says = item.get("workspace");
    says.and_then(Item::as_bool).unwrap_or(false)
}

/// Puts together a dependency of the workspace, and what a package says beside it.
fn dependency(base: &Item, own: &Item) -> anyhow::Result<Value> {
    let mut together = match base.as_value() {
        Some(Value::InlineTable(table)) => table.clone(),
        Some(Value::String(version)) => {
            let mut table = InlineTable::new();
            table.insert("version", Value::from(version.value().as_str()));
            table
        }
        _ => anyhow::bail!("a dependency is neither a version nor an inline table"),
    };
    let own = own.as_table_like().context("an inherited dependency")?;
    for (key, item) in own.iter().filter(|(key, _)| *key != "workspace") {
        let value = item.as_value().context("a part of a dependency")?.clone();
        match (together.get_mut(key), &value) {
            (Some(Value::Array(all)), Value::Array(more)) => {
                for one in more {
                    all.push(one.as_str().unwrap_or_default());
                }
            }
            _ => {
                together.insert(key, value);
            }
        }
    }
    // As people write it: a version alone needs no table.
    if let (1, Some(version)) = (together.len(), together.get("version")) {
        return Ok(version.clone().decorated(" ", ""));
    }
    together.fmt();
    Ok(Value::InlineTable(together).decorated(" ", ""))
}
