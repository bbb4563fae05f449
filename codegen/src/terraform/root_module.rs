//! What the root module, which people write, passes to the generated one: the spec may ask for more than it did when
//! the call was written, or for less.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use hcl::{Attribute, Expression};
use pipeline::{Diagnostic, Pipeline, Span};

use super::given::{Given, given};
use super::hcl::{Block, Body};
use super::module;
use crate::output::lints::MODULE_CALL;

/// What every call of a module may say beside the module's own variables.
const META_ARGUMENTS: [&str; 6] = [
    "count",
    "depends_on",
    "for_each",
    "providers",
    "source",
    "version",
];

/// Brackets within brackets, beyond which a file is not read: the parser calls itself for each.
const DEPTH_MAX: usize = 100;

/// What a plan would be refused for; nothing where no file beside the module calls it.
///
/// # Errors
/// A folder or a file that is there and cannot be read.
pub(crate) fn findings(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for (file, text) in files(&folder.join(pipeline.output.in_root_module("")))? {
        let file = pipeline.output.in_root_module(&file);
        // What Terraform cannot read either, it says better.
        let Some(body) = parse(&text) else { continue };
        for call in calls(pipeline, &body) {
            found.extend(compare(pipeline, call, &file));
        }
    }
    Ok(found)
}

/// The files of a folder that Terraform reads, by name.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let cannot = || format!("cannot read the root module {}", folder.display());
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_tf = Path::new(&name).extension().is_some_and(|it| it == "tf");
        if is_tf && entry.path().is_file() {
            let bytes = fs::read(entry.path()).with_context(cannot)?;
            files.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(files)
}

fn parse(text: &str) -> Option<Body> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return None;
        }
    }
    hcl::parse(text).ok()
}

/// The calls of the generated module.
fn calls<'b>(pipeline: &Pipeline, body: &'b Body) -> impl Iterator<Item = &'b Block> {
    let module = pipeline.output.terraform.value.trim_end_matches('/');
    let module = module.rsplit('/').next().unwrap_or_default().to_owned();
    let calls = body.blocks().filter(|block| block.identifier() == "module");
    calls.filter(move |block| {
        let mut source = block.body().attributes().filter(|it| it.key() == "source");
        let Some(Expression::String(source)) = source.next().map(Attribute::expr) else {
            return false;
        };
        let source = source.strip_prefix("./").unwrap_or_default();
        source.trim_end_matches('/') == module
    })
}

fn compare(pipeline: &Pipeline, call: &Block, file: &str) -> Vec<Diagnostic> {
    let variables = module::variables(pipeline);
    let variables = variables.blocks();
    let variables: Vec<&Block> = variables
        .filter(|block| block.identifier() == "variable")
        .collect();
    let passed: Vec<&str> = call.body().attributes().map(Attribute::key).collect();
    let given = given(pipeline);
    let asked_for_at = |name: &str| {
        let given = given.iter().find(|given| given.variable == name);
        let place = given.and_then(Given::asked_for_at);
        place.unwrap_or(pipeline.name.span)
    };
    let missing = variables.iter().filter_map(|variable| {
        let name = module::label(variable);
        let has_default = variable.body().attributes().any(|it| it.key() == "default");
        if has_default || passed.contains(&name) {
            return None;
        }
        let message = format!("{file} calls the module without `{name}`");
        let help = format!(
            "add `{name} = var.{name}` to the call, and the variable beside it as {}/variables.tf declares it",
            pipeline.output.terraform.value.trim_end_matches('/')
        );
        Some(finding(asked_for_at(name), message, help))
    });
    let unknown = passed.iter().filter_map(|name| {
        let is_known = variables.iter().any(|it| module::label(it) == *name);
        if is_known || META_ARGUMENTS.contains(name) {
            return None;
        }
        let message = format!("{file} passes `{name}`, which the module does not take");
        let help = format!("remove `{name}` from the call, or let the spec ask for it again");
        Some(finding(pipeline.name.span, message, help))
    });
    missing.chain(unknown).collect()
}

fn finding(span: Span, message: String, help: String) -> Diagnostic {
    Diagnostic::new(&MODULE_CALL, span, message).with_help(help)
}
