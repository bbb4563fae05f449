//! A new job in Python: a file beside the generated types, in the zip of the other functions.

use std::path::Path;

use anyhow::Context;
use pipeline::Pipeline;
use pipeline::model::{Code, Function};

use super::Parts;
use super::entry::Trigger;
use crate::commands::new::place::File;
use crate::workbench;

/// Makes the file of a job and that of its test.
///
/// # Errors
/// A spec that says no file for the types of Python.
pub(super) fn parts(
    pipeline: &Pipeline,
    name: &str,
    trigger: &Trigger<'_>,
) -> anyhow::Result<Parts> {
    let types = pipeline.output.python.as_ref();
    let types = types.context("the spec has no `output.python`")?;
    let folder = match Path::new(&types.value).parent() {
        Some(folder) if folder != Path::new("") => folder.display().to_string(),
        _ => ".".to_owned(),
    };
    let module = name.replace('-', "_");
    let (zip, runtime) = like_others(pipeline, &folder);
    let (program, test) = texts(pipeline, name, &module, trigger, &types.value);
    Ok(Parts {
        function: vec![
            "function:".to_owned(),
            format!("  zip: {zip}"),
            format!("  runtime: {runtime}"),
            format!("  handler: {module}.handler"),
            format!(
                "  local: {{ command: [python3, -m, awslambdaric, {module}.handler], directory: {folder} }}"
            ),
        ],
        files: vec![
            File::new(format!("{folder}/{module}.py"), program),
            File::new(format!("tests/test_{module}.py"), test),
        ],
        manifest: None,
    })
}

/// The zip and the runtime of a function whose files are in the folder, or of any in Python.
fn like_others(pipeline: &Pipeline, folder: &str) -> (String, String) {
    let functions = pipeline.jobs.values().filter_map(|job| job.work.function());
    let zips = functions.filter_map(|function| match &function.code {
        Code::Zip(zip) if zip.runtime.value.starts_with("python") => Some((function, zip)),
        _ => None,
    });
    let is_here = |function: &Function| {
        let local = function.local.as_ref();
        local.and_then(|local| local.directory.as_deref()) == Some(folder)
    };
    let zips: Vec<_> = zips.collect();
    let here = zips.iter().find(|(function, _)| is_here(function));
    here.or(zips.first()).map_or_else(
        || ("dist/functions.zip".to_owned(), "python3.13".to_owned()),
        |(_, zip)| (zip.path.value.clone(), zip.runtime.value.clone()),
    )
}

/// Writes the program and its test.
fn texts(
    pipeline: &Pipeline,
    name: &str,
    module: &str,
    trigger: &Trigger<'_>,
    types: &str,
) -> (String, String) {
    let types = Path::new(types).file_stem().unwrap_or_default();
    let types = types.to_string_lossy();
    let (import, of_event, of_detail, example) = match trigger {
        Trigger::Event(event, declared) => {
            let kind = typed_events::event_type(event);
            let mut example = workbench::example(pipeline, declared);
            example.insert("event_type".to_owned(), (*event).into());
            let import = format!("\nfrom {types} import {kind}, {kind}Event\n");
            (import, format!("{kind}Event"), kind, example)
        }
        Trigger::Schedule(_) => {
            let any = "dict[str, Any]".to_owned();
            let mut example = serde_json::Map::new();
            example.insert("event_type".to_owned(), "scheduled".into());
            example.insert("timestamp".to_owned(), "2026-01-01T07:00:00Z".into());
            (String::new(), any.clone(), any, example)
        }
    };
    // JSON within a text of JSON, which is a text of Python, too.
    let example = serde_json::Value::Object(example).to_string();
    let example = serde_json::Value::from(example);
    let class: String = typed_events::job_type(name);
    let program = format!(
        "\"\"\"The job `{name}`.\"\"\"\n\nfrom typing import Any\n{import}\n\n\
         def handle(detail: {of_detail}) -> str:\n    \
         # The work goes here. An event may arrive twice, and an error fails the run: Lambda then tries it again.\n    \
         return f\"received {{detail}}\"\n\n\n\
         def handler(event: {of_event}, context: Any) -> None:\n    print(handle(event[\"detail\"]))\n"
    );
    let test = format!(
        "import json\nimport unittest\n\nfrom {module} import handle\n\nDETAIL = json.loads({example})\n\n\n\
         class {class}(unittest.TestCase):\n    def test_an_event_is_handled(self) -> None:\n        \
         self.assertIn(\"event_type\", handle(DETAIL))\n"
    );
    (program, test)
}
