//! The packages of the Cargo workspace around the spec.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde::Deserialize;

/// The name of a manifest of Cargo.
pub(crate) const MANIFEST: &str = "Cargo.toml";

/// The packages of the Cargo workspace beside the spec, read again when its manifest has changed.
#[derive(Default)]
pub(crate) struct Packages {
    manifest: Option<SystemTime>,
    names: Option<Vec<String>>,
}

impl Packages {
    /// Returns the sorted names of the packages; nothing if there is no workspace.
    ///
    /// A workspace further up may have nothing to do with the pipeline, so it is not read.
    pub(crate) fn beside(&mut self, folder: &Path) -> Option<Vec<String>> {
        let manifest = fs::metadata(folder.join(MANIFEST));
        let manifest = manifest.and_then(|manifest| manifest.modified()).ok();
        if manifest != self.manifest {
            self.manifest = manifest;
            self.names =
                manifest.and_then(|_| read_manifests(folder).or_else(|| ask_cargo(folder)));
        }
        self.names.clone()
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

/// Asks Cargo, which always knows, but takes longer than the rest of a check together.
fn ask_cargo(folder: &Path) -> Option<Vec<String>> {
    let output = Command::new("cargo")
        // A check must not wait for the network.
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(folder)
        .output()
        .ok()?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).ok()?;
    let mut names: Vec<String> = metadata
        .packages
        .into_iter()
        .map(|package| package.name)
        .collect();
    names.sort();
    Some(names)
}

/// Reads the manifests of a workspace as Cargo does; nothing if that is not enough, and Cargo has to be asked.
fn read_manifests(folder: &Path) -> Option<Vec<String>> {
    let root = normalized(&std::path::absolute(folder).ok()?);
    let manifest = Manifest::read(&root)?;
    let mut members = Members {
        workspace: manifest.workspace?,
        root,
        names: BTreeMap::new(),
    };
    // The root's own package is a member without being listed.
    if manifest.package.is_some() {
        members.add(&members.root.clone())?;
    }
    for folder in members.listed()? {
        members.add(&folder)?;
    }
    let mut names: Vec<String> = members.names.into_values().collect();
    names.sort();
    Some(names)
}

/// The parts of a manifest that are read.
#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    workspace: Option<Workspace>,
    #[serde(flatten)]
    dependencies: Dependencies,
    #[serde(default)]
    target: BTreeMap<String, Dependencies>,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
struct Dependencies {
    #[serde(default, rename = "dependencies")]
    normal: BTreeMap<String, Dependency>,
    #[serde(default, rename = "dev-dependencies", alias = "dev_dependencies")]
    dev: BTreeMap<String, Dependency>,
    #[serde(default, rename = "build-dependencies", alias = "build_dependencies")]
    build: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Detailed {
        path: Option<PathBuf>,
        #[serde(default)]
        workspace: bool,
    },
    Version(#[expect(dead_code, reason = "a version is no path")] String),
}

impl Manifest {
    fn read(folder: &Path) -> Option<Self> {
        toml::from_str(&fs::read_to_string(folder.join(MANIFEST)).ok()?).ok()
    }

    fn dependencies(&self) -> impl Iterator<Item = (&String, &Dependency)> {
        let targets = self.target.values();
        targets
            .chain([&self.dependencies])
            .flat_map(|tables| tables.normal.iter().chain(&tables.dev).chain(&tables.build))
    }
}

/// The members of a workspace, as far as they are found.
struct Members {
    root: PathBuf,
    workspace: Workspace,
    /// By folder.
    names: BTreeMap<PathBuf, String>,
}

impl Members {
    /// The folders that `members` stands for.
    fn listed(&self) -> Option<Vec<PathBuf>> {
        // The path of the folder itself may have brackets, which are no pattern.
        let root = glob::Pattern::escape(self.root.to_str()?);
        let mut folders = Vec::new();
        for member in &self.workspace.members {
            let matching = glob::glob(&format!("{root}/{member}")).ok()?;
            let found = folders.len();
            for path in matching {
                let path = path.ok()?;
                if path.is_dir() {
                    folders.push(normalized(&path));
                }
            }
            // Whether a member that matches nothing is a mistake is for Cargo to say.
            if folders.len() == found {
                return None;
            }
        }
        Some(folders)
    }

    /// Adds a package and, as Cargo does, those below the root that it depends on by their path.
    fn add(&mut self, folder: &Path) -> Option<()> {
        // This also ends cycles, which Cargo allows among dev-dependencies.
        if self.names.contains_key(folder) || self.is_excluded(folder) {
            return Some(());
        }
        let manifest = Manifest::read(folder)?;
        // A workspace within a workspace is a mistake, and a package that is outside may name this one as its own.
        if !folder.starts_with(&self.root) || (manifest.workspace.is_some() && folder != self.root)
        {
            return None;
        }
        let name = manifest.package.as_ref()?.name.clone();
        self.names.insert(folder.to_owned(), name);
        let paths: Vec<PathBuf> = manifest
            .dependencies()
            .filter_map(|(name, dependency)| self.folder_of(folder, name, dependency))
            .collect();
        paths.iter().try_for_each(|path| self.add(path))
    }

    /// The folder of a dependency of the package in `dependent`, if it is named by its path.
    fn folder_of(&self, dependent: &Path, name: &str, dependency: &Dependency) -> Option<PathBuf> {
        // A path in `workspace.dependencies` is relative to the root, not to the member that inherits it.
        let (base, path) = match dependency {
            Dependency::Detailed {
                path: Some(path), ..
            } => (dependent, path),
            Dependency::Detailed {
                workspace: true, ..
            } => match self.workspace.dependencies.get(name)? {
                Dependency::Detailed {
                    path: Some(path), ..
                } => (self.root.as_path(), path),
                _ => return None,
            },
            _ => return None,
        };
        Some(normalized(&base.join(path)))
    }

    /// Returns whether `exclude` has the folder or one above it. A member that is named in full wins, but no pattern.
    fn is_excluded(&self, folder: &Path) -> bool {
        let holds = |paths: &[String]| {
            paths
                .iter()
                .any(|path| folder.starts_with(self.root.join(path)))
        };
        holds(&self.workspace.exclude) && !holds(&self.workspace.members)
    }
}

/// The path without `.` and `..`, as far as its text tells.
fn normalized(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normalized.pop();
            }
            other => normalized.push(other),
        }
    }
    normalized
}

#[cfg(test)]
mod tests;
