//! Findings about the root module, which people write: a spec may have changed since they wrote the call, so that the
//! generated module takes more variables now, or fewer.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use hcl::{Attribute, Expression};
use pipeline::resources::{Permission, Permitted, Resources};
use pipeline::{Diagnostic, Pipeline, Span};

use super::given::{Given, given};
use super::hcl::{Block, Body};
use super::module;
use generated_files::lints::MODULE_CALL;

/// Arguments that every call of a module may have beside the module's own variables.
const META_ARGUMENTS: [&str; 6] = [
    "count",
    "depends_on",
    "for_each",
    "providers",
    "source",
    "version",
];

/// The deepest nesting of brackets in a file that is parsed: the parser calls itself for each bracket, and a deeper file
/// could end the process.
const DEPTH_MAX: usize = 100;

/// A call of a module, with what override files change in it.
struct Call<'b> {
    label: &'b str,
    /// The first file that has the call.
    file: &'b str,
    source: Option<&'b Expression>,
    passed: BTreeSet<&'b str>,
}

/// Finds what Terraform would refuse in the call, and what would do harm; nothing if no file calls the module.
///
/// # Errors
/// A folder or a file that is there and cannot be read.
pub fn findings(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<Diagnostic>> {
    let mut bodies = Vec::new();
    for path in paths(pipeline, folder)? {
        let cannot = || format!("cannot read {}", path.display());
        let bytes = fs::read(&path).with_context(cannot)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A file that does not parse is no finding: Terraform cannot read it either, and says more about it.
        if let Some(body) = parse(&String::from_utf8_lossy(&bytes)) {
            bodies.push((pipeline.output.in_root_module(&name), body));
        }
    }
    let calls = calls(&bodies);
    let ours = calls.iter().filter(|call| call.is_ours(pipeline));
    Ok(ours.flat_map(|call| compare(pipeline, call)).collect())
}

/// Lists the files of the root module in the order in which Terraform merges them; none if there is no such folder.
///
/// # Errors
/// A folder that is there and cannot be read.
pub fn paths(pipeline: &Pipeline, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = folder.join(pipeline.output.in_root_module(""));
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot read the root module {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
        let is_tf = path.extension().is_some_and(|ending| ending == "tf");
        if is_tf && path.is_file() && !path.file_name().is_some_and(is_hidden) {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| (is_override(path), path.clone()));
    Ok(paths)
}

/// Whether a file is an override file, which Terraform merges into the others.
fn is_override(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem == "override" || stem.ends_with("_override")
}

pub(super) fn parse(text: &str) -> Option<Body> {
    // An estimate: brackets in strings and comments count, too. Files that people write stay far below the limit.
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
    hcl::parse(text.trim_start_matches('\u{feff}')).ok()
}

/// Collects the calls of modules, each with all its parts.
fn calls(bodies: &[(String, Body)]) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for (file, body) in bodies {
        for block in body.blocks().filter(|it| it.identifier() == "module") {
            let label = module::label(block);
            let arguments = block.body().attributes();
            let source = arguments.clone().find(|it| it.key() == "source");
            let source = source.map(Attribute::expr);
            let passed = arguments.map(Attribute::key);
            // The files are in the order in which Terraform merges them, so a later one overrides.
            if let Some(call) = calls.iter_mut().find(|call| call.label == label) {
                call.source = source.or(call.source);
                call.passed.extend(passed);
            } else {
                calls.push(Call {
                    label,
                    file,
                    source,
                    passed: passed.collect(),
                });
            }
        }
    }
    calls
}

impl Call<'_> {
    /// Whether the module is the generated one.
    fn is_ours(&self, pipeline: &Pipeline) -> bool {
        let module = pipeline.output.terraform.value.trim_end_matches('/');
        let module = module.rsplit('/').next().unwrap_or_default();
        let Some(Expression::String(source)) = self.source else {
            return false;
        };
        let source = source.strip_prefix("./").unwrap_or_default();
        source.trim_end_matches('/') == module
    }
}

fn compare(pipeline: &Pipeline, call: &Call<'_>) -> Vec<Diagnostic> {
    let resources = Resources::new(pipeline);
    let variables = module::variables(&resources);
    let variables = variables.blocks();
    let variables: Vec<&Block> = variables
        .filter(|block| block.identifier() == "variable")
        .collect();
    let given = given(&resources);
    let place = format!("{}, module \"{}\",", call.file, call.label);
    let asked_for_at = |name: &str| {
        let given = given.iter().find(|given| given.variable == name);
        let span = given.and_then(Given::asked_for_at);
        span.unwrap_or(pipeline.name.span)
    };
    let missing = variables.iter().filter_map(|variable| {
        let name = module::label(variable);
        let has_default = variable.body().attributes().any(|it| it.key() == "default");
        if has_default || call.passed.contains(name) {
            return None;
        }
        let message = format!("{place} does not pass `{name}`");
        let help = format!(
            "add `{name} = var.{name}` to the call, and the variable beside it as {}/variables.tf declares it",
            pipeline.output.terraform.value.trim_end_matches('/')
        );
        Some(finding(asked_for_at(name), message, help))
    });
    let unknown = call.passed.iter().filter_map(|name| {
        let is_known = variables.iter().any(|it| module::label(it) == *name);
        if is_known || META_ARGUMENTS.contains(name) {
            return None;
        }
        let message = format!("{place} passes `{name}`, which the module does not take");
        let help = format!("remove `{name}` from the call, or let the spec ask for it again");
        Some(finding(pipeline.name.span, message, help))
    });
    let mut found: Vec<Diagnostic> = missing.chain(unknown).collect();
    if !pipeline.bus.is_made() && call.passed.contains("depends_on") {
        found.extend(replaced(pipeline).map(|(span, what)| {
            let message = format!("{place} has `depends_on`, which replaces {what}");
            let help =
                "pass what is needed as a value: Terraform then waits for it where it is used";
            finding(span, message, help.to_owned())
        }));
    }
    found
}

/// Lists what Terraform replaces if a plan does not know the ARN of the default bus, each with its place in the spec.
fn replaced(pipeline: &Pipeline) -> impl Iterator<Item = (Span, String)> {
    let archive = pipeline.archive_days.as_ref();
    let archive = archive.map(|days| (days.span, "the archive and what it keeps".to_owned()));
    let jobs = Resources::new(pipeline).jobs.into_iter();
    let is_folded = |one: &Permission<'_>| matches!(one.source, Permitted::Rules { .. });
    let folded = jobs.filter(move |job| job.permissions.iter().any(is_folded));
    let folded = folded.map(|job| {
        let what = format!("the permission of all rules of `{}`", job.name());
        (job.spec().name_span, what)
    });
    archive.into_iter().chain(folded)
}

fn finding(span: Span, message: String, help: String) -> Diagnostic {
    Diagnostic::new(&MODULE_CALL, span, message).with_help(help)
}
