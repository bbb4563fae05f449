//! Changes of the manifest of a Cargo workspace that is there. Its layout and comments stay.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::manifest::JOB_PACKAGE;
use super::place::File;
use super::template::{Filled, Language};
use crate::packages::{MANIFEST, Packages};

/// A manifest that is to be replaced.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Makes a new pipeline part of the workspace in a folder: the workspace's manifest changes instead of being written.
///
/// # Errors
/// No workspace there, or one that has a package or a dependency of the same name.
pub(super) fn join(
    folder: &Path,
    filled: &Filled,
    files: &mut Vec<File>,
) -> anyhow::Result<Option<Change>> {
    if Language::of(filled.template) == Language::Python {
        bail!("the template `python` has no Cargo workspace: leave out `--existing-workspace`");
    }
    let mut manifest = Manifest::read(folder)?;
    let there = Packages::default().beside(folder).unwrap_or_default();
    let packages = filled.packages();
    if let Some((_, name)) = packages.iter().find(|(_, name)| there.contains(name)) {
        bail!(
            "the workspace has a package `{name}` already: choose another template, or a folder of its own without `--existing-workspace`"
        );
    }
    for (folder, _) in &packages {
        manifest.add_member(folder)?;
    }
    let vendored = format!("vendor/{JOB_PACKAGE}");
    if files.iter().any(|file| file.path.starts_with(&vendored)) {
        manifest.exclude(&vendored)?;
    }
    manifest.add_dependency(&filled.events_package(), "{ path = \"lambdas/events\" }")?;
    manifest.add_dependency("job", &filled.job)?;
    files.retain(|file| file.path != MANIFEST);
    Ok(Some(manifest.into_change()))
}

/// The manifest of a workspace.
#[derive(Debug)]
pub(super) struct Manifest {
    path: PathBuf,
    document: DocumentMut,
}

impl Manifest {
    /// Reads the manifest of the workspace in a folder.
    ///
    /// # Errors
    /// No manifest, one that is not TOML, or that of a package without a workspace.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read the workspace {}", path.display()))?;
        let document: DocumentMut = text
            .parse()
            .with_context(|| format!("cannot read {}", path.display()))?;
        let workspace = document.get("workspace").and_then(Item::as_table_like);
        if workspace.is_none() {
            bail!(
                "{} is no workspace: write `[workspace]` into it first",
                path.display()
            );
        }
        Ok(Self { path, document })
    }

    /// Returns the dependency of a name that members inherit.
    pub(super) fn dependency(&self, name: &str) -> Option<&Item> {
        let dependencies = self.document["workspace"].get("dependencies");
        dependencies.and_then(|dependencies| dependencies.get(name))
    }

    /// Adds a member, unless the list has it or a pattern that stands for it.
    ///
    /// # Errors
    /// Members that are no list.
    pub(super) fn add_member(&mut self, folder: &str) -> anyhow::Result<()> {
        self.add("members", folder)
    }

    fn exclude(&mut self, folder: &str) -> anyhow::Result<()> {
        self.add("exclude", folder)
    }

    fn add(&mut self, key: &str, folder: &str) -> anyhow::Result<()> {
        let path = self.path.display().to_string();
        let workspace = self.document["workspace"].as_table_like_mut();
        let workspace = workspace.context("the workspace is a table")?;
        let list = workspace
            .entry(key)
            .or_insert_with(|| Item::Value(Array::new().into()));
        let Some(list) = list.as_array_mut() else {
            bail!("`workspace.{key}` of {path} is no list");
        };
        let is_there = list.iter().filter_map(Value::as_str).any(|one| {
            let pattern = glob::Pattern::new(one);
            let options = glob::MatchOptions {
                require_literal_separator: true,
                ..glob::MatchOptions::default()
            };
            // What is excluded is excluded with all that is in it; a member is one folder.
            let is_below = key == "exclude" && Path::new(folder).starts_with(one);
            is_below || pattern.is_ok_and(|pattern| pattern.matches_with(folder, options))
        });
        if !is_there {
            push(list, folder);
        }
        Ok(())
    }

    fn add_dependency(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let value: Value = value.parse().context("a dependency")?;
        let path = self.path.display().to_string();
        if let Some(there) = self.dependency(name) {
            let package = there.get("package").and_then(Item::as_str);
            if name == "job" && package == Some(JOB_PACKAGE) {
                return Ok(());
            }
            bail!(
                "`workspace.dependencies` of {path} has another `{name}`: rename that one first, as functions link a crate of this name"
            );
        }
        let workspace = self.document["workspace"].as_table_like_mut();
        let workspace = workspace.context("the workspace is a table")?;
        let dependencies = workspace
            .entry("dependencies")
            .or_insert_with(|| Item::Table(Table::new()));
        let Some(dependencies) = dependencies.as_table_like_mut() else {
            bail!("`workspace.dependencies` of {path} is no table");
        };
        dependencies.insert(name, Item::Value(value));
        Ok(())
    }

    /// Returns what is to be written.
    pub(super) fn into_change(self) -> Change {
        Change {
            path: self.path,
            text: self.document.to_string(),
        }
    }
}

/// Adds a text to a list as the last one is written: on a line of its own, if that is.
fn push(list: &mut Array, text: &str) {
    let before = list.iter().last().and_then(|one| one.decor().prefix());
    let prefix = before.and_then(|prefix| prefix.as_str());
    let prefix = prefix.unwrap_or_default();
    let Some((_, indent)) = prefix.rsplit_once('\n') else {
        list.push(text);
        return;
    };
    let indent = indent.to_owned();
    // A comment behind the last one stays there.
    let trailing = list.trailing().as_str().unwrap_or_default().to_owned();
    let comment = trailing
        .rsplit_once('\n')
        .map_or("", |(comment, _)| comment);
    let prefix = format!("{comment}\n{indent}");
    list.set_trailing("\n");
    list.set_trailing_comma(true);
    list.push_formatted(Value::from(text).decorated(prefix, ""));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Template;

    const BEFORE: &str = "\
# Ours.
[workspace]
resolver = \"3\"
members = [
    \"tools/*\", # what we use
    \"api\",     # what others use
]

[workspace.dependencies]
serde = \"1\"   # for all
";

    fn filled() -> Filled {
        Filled {
            template: Template::Chain,
            name: "shop".to_owned(),
            bus: "shop".to_owned(),
            job: "{ package = \"eventbridge-job\", version = \"0.1\" }".to_owned(),
        }
    }

    fn joined(manifest: &str) -> anyhow::Result<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        let mut files = filled().files();
        let change = join(folder.path(), &filled(), &mut files)?;
        assert!(files.iter().all(|file| file.path != MANIFEST));
        Ok(change.unwrap().text)
    }

    #[test]
    fn layout_and_comments_stay() {
        let expected = "\
# Ours.
[workspace]
resolver = \"3\"
members = [
    \"tools/*\", # what we use
    \"api\",     # what others use
    \"lambdas/accept\",
    \"lambdas/thank\",
    \"lambdas/events\",
]

[workspace.dependencies]
serde = \"1\"   # for all
shop-events = { path = \"lambdas/events\" }
job = { package = \"eventbridge-job\", version = \"0.1\" }
";
        assert_eq!(joined(BEFORE).unwrap(), expected);
    }

    #[test]
    fn a_pattern_stands_for_its_members() {
        let manifest = "[workspace]\nmembers = [\"lambdas/*\"]\n";
        let text = joined(manifest).unwrap();
        assert!(text.starts_with(manifest), "{text}");
        // The pattern stands for no folder further down.
        let text = joined("[workspace]\nmembers = [\"*\"]\n").unwrap();
        assert!(text.contains("[\"*\", \"lambdas/accept\""), "{text}");
    }

    #[test]
    fn another_crate_of_the_name_is_refused() {
        let error = joined("[workspace]\n[workspace.dependencies]\njob = \"1\"\n");
        let error = error.unwrap_err().to_string();
        assert!(error.contains("has another `job`"), "{error}");
        let error = joined("[package]\nname = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("is no workspace"), "{error}");
    }
}
