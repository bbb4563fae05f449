//! Rules that AWS would have to replace, because the generated files on the disk have them under another name.
//!
//! Those files are the only record of earlier names: the command keeps no state, and a check cannot reach Terraform's.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use pipeline::resources::{Rule, rules};
use pipeline::{Diagnostic, Pipeline, Span};

use super::lints::REPLACED_RULE;
use super::{Changes, NewText};

/// A rule in the text of a generated file.
struct Written<'t> {
    label: &'t str,
    /// The name on AWS, without the environment.
    name: &'t str,
    /// The lines that decide what the rule does: all but name and description.
    body: Vec<&'t str>,
}

/// Finds the rules that would get another name.
///
/// # Errors
/// A new text on the disk that cannot be read.
pub fn replaced_rules(pipeline: &Pipeline, changes: &Changes) -> anyhow::Result<Vec<Diagnostic>> {
    let old = changes
        .stale
        .iter()
        .filter_map(|stale| stale.old.as_deref());
    let mut was: Vec<Written<'_>> = old.flat_map(rules_in).collect();
    if was.is_empty() {
        return Ok(Vec::new());
    }
    let new = changes.stale.iter().filter_map(|stale| stale.new.as_ref());
    let new: Vec<Cow<'_, str>> = new.map(NewText::text).collect::<anyhow::Result<_>>()?;
    let mut now: Vec<Written<'_>> = new.iter().flat_map(|text| rules_in(text)).collect();
    let stays: BTreeSet<&str> = was.iter().map(|rule| rule.name).collect();
    now.retain(|rule| !stays.contains(rule.name));
    if now.is_empty() {
        return Ok(Vec::new());
    }
    let rules = rules_by_label(pipeline);
    let names: BTreeSet<String> = rules.values().map(|rule| rule.name.stem()).collect();
    was.retain(|rule| !names.contains(rule.name));
    let mut found: Vec<Diagnostic> = Vec::new();
    for next in &now {
        let like = |old: &Written<'_>| old.label == next.label || old.body == next.body;
        let place = was.iter().position(like);
        if let (Some(place), Some(rule)) = (place, rules.get(next.label)) {
            let finding = finding(pipeline, was.remove(place).name, rule);
            // One finding for a renamed job or pipeline, however many rules it has.
            if !found.iter().any(|other| other.span == finding.span) {
                found.push(finding);
            }
        }
    }
    Ok(found)
}

fn rules_by_label(pipeline: &Pipeline) -> HashMap<String, Rule<'_>> {
    let rules = rules(pipeline);
    rules.map(|rule| (rule.label.clone(), rule)).collect()
}

fn finding(pipeline: &Pipeline, old: &str, rule: &Rule<'_>) -> Diagnostic {
    let (span, help) = cause(pipeline, old, rule);
    let message = format!(
        "the rule `{old}` would be replaced by `{}`",
        rule.name.stem()
    );
    Diagnostic::new(&REPLACED_RULE, span, message)
        .with_note("AWS cannot rename a rule, and events between the two are lost")
        .with_help(help)
}

/// Returns the place in the spec of what was renamed, and a help. If the two names differ in more than one part, nobody
/// can tell what was renamed: then the place is that of the trigger.
fn cause(pipeline: &Pipeline, old: &str, rule: &Rule<'_>) -> (Span, String) {
    if let Some(kept) = rule.name.kept() {
        let help = if old == rule.name.base() {
            "remove `name`, and the rule stays".to_owned()
        } else {
            "write the `name` that the rule had, and it stays".to_owned()
        };
        return (kept.text.span, help);
    }
    // A name is `<pipeline>-<job>-<trigger>`. The parts that are equal in both names tell which one was changed.
    let own = &pipeline.name;
    let name = rule.name.base();
    let of_rule = name.strip_prefix(own.value.as_str()).unwrap_or(name);
    let of_job = rule.job.prefix();
    let of_trigger = name.strip_prefix(&of_job).unwrap_or(name);
    if let Some(before) = old.strip_suffix(of_rule) {
        let help = format!("name the pipeline `{before}` again, or move its events in two steps");
        return (own.span, help);
    }
    let of_pipeline = format!("{}-", own.value);
    let job = old.strip_prefix(of_pipeline.as_str());
    if let Some(before) = job.and_then(|job| job.strip_suffix(of_trigger)) {
        let span = rule.job.job.name_span;
        return (span, keep("job", before));
    }
    let trigger = old.strip_prefix(&of_job);
    let help = trigger
        .and_then(|trigger| trigger.strip_prefix('-'))
        .map_or_else(
            || "let the old trigger stand beside the new one for one apply".to_owned(),
            |before| keep("trigger", before),
        );
    (rule.trigger.id.span, help)
}

fn keep(what: &str, before: &str) -> String {
    format!("if it is the same {what}, say so with `renamed_from: {before}`, and the rule stays")
}

/// Reads the rules in a generated file. Its layout is ours, so splitting lines is enough and much faster than parsing.
fn rules_in(text: &str) -> impl Iterator<Item = Written<'_>> {
    let blocks = text
        .split("\nresource \"aws_cloudwatch_event_rule\" \"")
        .skip(1);
    blocks.filter_map(|block| {
        let (block, _) = block.split_once("\n}")?;
        let mut lines = block.lines();
        let label = lines.next()?.split('"').next()?;
        let mut name = None;
        let mut body = Vec::new();
        for line in lines {
            match line.trim_start().split_once(' ') {
                Some(("name", value)) => name = value.split(['"', '$']).nth(1),
                Some(("description", _)) => {}
                _ => body.push(line),
            }
        }
        let name = name?.trim_end_matches('-');
        Some(Written { label, name, body })
    })
}
