//! What the environments' files of variables say: `environments/<environment>.tfvars` in the root module.

mod places;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use hcl::Value;
use hcl::eval::{Context as Scope, Evaluate};
use pipeline::{Pipeline, Setting};

use super::root_module::parse;
use places::places;

/// The folder of the files, in the root module.
const FOLDER: &str = "environments";
/// How the name of a file ends.
const ENDING: &str = "tfvars";

/// Returns the path of an environment's file, relative to the spec's folder.
pub fn file(pipeline: &Pipeline, environment: &str) -> String {
    pipeline
        .output
        .in_root_module(&format!("{FOLDER}/{environment}.{ENDING}"))
}

/// Returns the folder of the environments' files, relative to the spec's folder.
pub fn folder(pipeline: &Pipeline) -> String {
    pipeline.output.in_root_module(FOLDER)
}

/// Lists the environments' files, by name; none if there is no such folder.
///
/// # Errors
/// A folder that is there and cannot be read.
pub fn paths(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = folder.join(pipeline.output.in_root_module(FOLDER));
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot read the environments in {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads an environment's file.
///
/// # Errors
/// A file that cannot be read.
pub fn read(path: &Path) -> anyhow::Result<Setting> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = String::from_utf8_lossy(&bytes);
    let mut setting = setting(&name, &text);
    let file = path.strip_prefix(".").unwrap_or(path);
    setting.places = places(&file.display().to_string(), &text);
    Ok(setting)
}

/// Reads the text of an environment's file; `name` is the file's, without its ending. What is no literal is left out:
/// Terraform refuses it there.
pub fn setting(name: &str, text: &str) -> Setting {
    let mut setting = Setting::environment(name);
    // A file that does not parse says nothing: Terraform cannot read it either, and says more about it.
    let Some(body) = parse(text) else {
        return setting;
    };
    let scope = Scope::new();
    for attribute in body.attributes() {
        let Ok(value) = attribute.expr().evaluate(&scope) else {
            continue;
        };
        match (attribute.key(), value) {
            ("environment", Value::String(environment)) => setting.environment = environment,
            ("region", Value::String(region)) => setting.region = region,
            ("values", Value::Object(values)) => setting.values = said(values),
            _ => {}
        }
    }
    setting
}

/// Writes values as a spec would write them. Null, lists and objects are no values: what has one lacks it.
fn said(values: impl IntoIterator<Item = (String, Value)>) -> BTreeMap<String, String> {
    let values = values.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(switch) => switch.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((name, value))
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_its_environment_and_its_values() {
        let read = setting(
            "prod",
            "environment = \"production\"\nregion = \"eu-central-1\"\nsecrets = { a = \"arn:x\" }\nvalues = {\n  bucket = \"a$${b}\"\n  memory = 512\n  \"wait\" = \"30s\"\n  on     = true\n  none   = null\n  list   = []\n}\n",
        );
        assert_eq!(
            (read.name.as_str(), read.environment.as_str()),
            ("prod", "production")
        );
        assert_eq!(read.region, "eu-central-1");
        let values: Vec<_> = read
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            values,
            [
                ("bucket", "a${b}"),
                ("memory", "512"),
                ("on", "true"),
                ("wait", "30s")
            ]
        );
    }

    #[test]
    fn a_file_that_terraform_refuses_says_nothing() {
        for text in [
            "values = {",
            "values = { a = var.x }",
            "values = 1",
            "",
            "\u{feff}",
        ] {
            let read = setting("dev", text);
            assert_eq!(read, Setting::environment("dev"), "{text}");
        }
        let deep = format!("values = {}", "[".repeat(5_000));
        assert_eq!(setting("dev", &deep), Setting::environment("dev"));
    }
}
