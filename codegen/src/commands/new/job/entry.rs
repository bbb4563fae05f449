//! The entry of a job in a spec, as lines of text: what else is in the file stays as it is, to the byte.

use anyhow::{Context, bail};
use pipeline::Pipeline;
use pipeline::model::Event;

use crate::args::New;

/// What starts a new job.
#[derive(Debug)]
pub(super) enum Trigger<'p> {
    /// A declared event.
    Event(&'p str, &'p Event),
    /// A time, in EventBridge's words.
    Schedule(String),
}

impl<'p> Trigger<'p> {
    /// Returns what the arguments choose; for an entry that is there already, what it says.
    ///
    /// # Errors
    /// An event that is not declared, or no event at all.
    pub(super) fn chosen(args: &New, pipeline: &'p Pipeline, job: &str) -> anyhow::Result<Self> {
        if let Some(job) = pipeline.jobs.get(job) {
            return Self::written(pipeline, job);
        }
        if let Some(expression) = &args.schedule {
            return Ok(Self::Schedule(expression.clone()));
        }
        let Some(name) = &args.event else {
            let first = pipeline.events.first();
            let (name, event) = first.context(
                "the spec declares no event: say `--schedule \"rate(1 hour)\"`, for example",
            )?;
            return Ok(Self::Event(name, event));
        };
        let Some((_, name, event)) = pipeline.events.get_full(name) else {
            let names: Vec<&str> = pipeline.events.keys().map(String::as_str).collect();
            bail!(
                "the event `{name}` is not declared: the spec has {}",
                names.join(", ")
            );
        };
        Ok(Self::Event(name, event))
    }

    fn written(pipeline: &'p Pipeline, job: &'p pipeline::model::Job) -> anyhow::Result<Self> {
        use pipeline::model::TriggerKind;
        let [trigger] = job.triggers.as_slice() else {
            bail!(
                "the spec has this job, with several triggers: write its function by hand, as docs/functions.md shows"
            );
        };
        match &trigger.kind {
            TriggerKind::Event { event, .. } => {
                let found = pipeline.events.get_full(&event.value);
                let (_, name, event) = found.context("an event that is not declared")?;
                Ok(Self::Event(name, event))
            }
            TriggerKind::Schedule(_) => Ok(Self::Schedule(String::new())),
            TriggerKind::Pattern(_) => bail!(
                "the spec has this job, with a pattern: write its function by hand, as docs/functions.md shows"
            ),
        }
    }
}

/// Writes the entry of a job, with two spaces for each level.
pub(super) fn lines(job: &str, function: &[String], trigger: &Trigger<'_>) -> Vec<String> {
    let mut lines = vec![format!("{job}:")];
    lines.extend(function.iter().map(|line| format!("  {line}")));
    lines.push("  triggers:".to_owned());
    match trigger {
        Trigger::Event(event, _) => lines.push(format!("    - event: {event}")),
        Trigger::Schedule(expression) => {
            let expression = serde_json::Value::from(expression.as_str());
            lines.push(format!("    - schedule: {expression}"));
            lines.push("      timezone: UTC".to_owned());
        }
    }
    lines
}

/// Adds an entry behind the last job of a spec. `jobs` has the places of the jobs' names.
///
/// # Errors
/// Jobs that are not each a key on a line of its own.
pub(super) fn added(text: &str, jobs: &[usize], entry: &[String]) -> anyhow::Result<String> {
    let (Some(&first), Some(&last)) = (jobs.first(), jobs.iter().max()) else {
        bail!("the spec has no jobs");
    };
    let indent = indentation(text, first).context("the jobs of the spec are in brackets")?;
    if indentation(text, last) != Some(indent) || !begins_block(&text[..line_start(text, first)]) {
        bail!("the jobs of the spec are in brackets, or share a line");
    }
    let step = text[last..]
        .lines()
        .skip(1)
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(leading)
        .filter(|deeper| *deeper > indent)
        .map_or(indent, |deeper| deeper - indent);
    let end = end_of_block(text, last, indent);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = text[..end].to_owned();
    if !added.ends_with('\n') {
        added += newline;
    }
    if jobs.len() == 1 || has_blank_line_before(text, last) {
        added += newline;
    }
    for line in entry {
        let levels = leading(line) / 2;
        added += &" ".repeat(indent + levels * step);
        added += line.trim_start();
        added += newline;
    }
    added += &text[end..];
    Ok(added)
}

fn leading(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The number of spaces before a key; nothing if it does not begin its line, or has no indentation.
fn indentation(text: &str, key: usize) -> Option<usize> {
    let before = &text[line_start(text, key)..key];
    // A quoted key has its quote before it.
    let before = before.trim_end_matches(['"', '\'']);
    let is_blank = !before.is_empty() && before.chars().all(|c| c == ' ');
    is_blank.then_some(before.len())
}

/// Whether the text ends in the line `jobs:`, but for blank lines and comments.
fn begins_block(before: &str) -> bool {
    let is_content = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    };
    let line = before.lines().rev().find(is_content).unwrap_or_default();
    let key = line.split(" #").next().unwrap_or_default().trim_end();
    ["jobs:", "\"jobs\":", "'jobs':"].contains(&key)
}

/// The end of the last line that belongs to the jobs, comments of their indentation included.
fn end_of_block(text: &str, last: usize, indent: usize) -> usize {
    let mut end = line_start(text, last);
    let mut at = end;
    for (index, line) in text[at..].split_inclusive('\n').enumerate() {
        at += line.len();
        if line.trim().is_empty() {
            continue;
        }
        if index == 0 || leading(line) >= indent {
            end = at;
        } else if !line.starts_with('#') {
            break;
        }
    }
    end
}

/// Whether a blank line is before a key and the comments above it.
fn has_blank_line_before(text: &str, key: usize) -> bool {
    let before = text[..line_start(text, key)].lines().rev();
    let mut above = before.skip_while(|line| line.trim_start().starts_with('#'));
    above.next().is_some_and(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\n";

    /// Adds a job to a spec, and returns what is new: the rest has to be as before.
    fn added_to(jobs: &str) -> anyhow::Result<String> {
        let text = HEAD.to_owned() + jobs;
        let found = pipeline::parse(&text, &pipeline::Surroundings::default());
        assert!(!found.has_errors(), "{:?}", found.diagnostics);
        let pipeline = found.pipeline.unwrap();
        let names = pipeline
            .jobs
            .values()
            .map(|job| job.name_span.range().start);
        let event = pipeline.events.get_index(0).unwrap();
        let entry = lines(
            "two",
            &["function: { package: two }".to_owned()],
            &Trigger::Event(event.0, event.1),
        );
        let names: Vec<usize> = names.collect();
        let added = added(&text, &names, &entry)?;
        let after = pipeline::parse(&added, &pipeline::Surroundings::default());
        assert!(!after.has_errors(), "{added}\n{:?}", after.diagnostics);
        assert!(after.pipeline.unwrap().jobs.contains_key("two"));
        let newline = if text.contains('\r') { "\r\n" } else { "\n" };
        let mut expected: Vec<&str> = text.split_inclusive('\n').collect();
        let lines: Vec<&str> = added.split_inclusive('\n').collect();
        let new = lines.len() - expected.len();
        let at = (0..lines.len())
            .find(|at| lines[*at].contains("two:"))
            .unwrap();
        let at = at - usize::from(lines[at - 1].trim().is_empty() && new == 5);
        let found: String = lines[at..at + new].concat();
        let whole = format!("{}{newline}", expected.last().unwrap().trim_end());
        if let Some(last) = expected.last_mut().filter(|last| !last.ends_with('\n')) {
            *last = &whole;
        }
        let rest = [&lines[..at], &lines[at + new..]].concat().concat();
        assert_eq!(rest, expected.concat());
        Ok(found)
    }

    #[test]
    fn the_rest_stays_to_the_byte_in_every_layout() {
        let entry = "  two:\n    function: { package: two }\n    triggers:\n      - event: e\n";
        let wide = "    two:\n        function: { package: two }\n        triggers:\n            - event: e\n";
        let one = "{ function: { package: one }, triggers: [{ event: e }] }";
        let comment = "# behind\n";
        for (jobs, expected) in [
            (format!("jobs:\n  one: {one}\n"), format!("\n{entry}")),
            (format!("jobs:\n  one: {one}"), format!("\n{entry}")),
            (format!("jobs: # all\n  # the first\n  one: {one}\n\n\n{comment}output: {{}}\n"), format!("\n{entry}")),
            (format!("jobs:\n  zero: {one}\n  one: {one}\n{comment}"), entry.to_owned()),
            (format!("jobs:\n  zero: {one}\n\n  # mine\n  one: {one}\n  # last\n"), format!("\n{entry}")),
            (
                "jobs:\n    one:\n        function: { package: one }\n        triggers:\n        - event: e\n".to_owned(),
                format!("\n{wide}"),
            ),
            (format!("jobs:\r\n  one: {one}\r\n"), format!("\n{entry}").replace('\n', "\r\n")),
            (format!("\"jobs\":\n  \"one\": {one}\n"), format!("\n{entry}")),
            (
                "jobs:\n  one:\n    function: { package: one }\n    triggers: [\n      { event: e },\n    ]\n    description: |\n      # text\n\n      more\n".to_owned(),
                format!("\n{entry}"),
            ),
        ] {
            assert_eq!(added_to(&jobs).unwrap(), expected, "{jobs}");
        }
    }

    #[test]
    fn jobs_in_brackets_are_refused() {
        for jobs in [
            "jobs: { one: { function: { package: one }, triggers: [{ event: e }] } }\n",
            "jobs: {\n  one: { function: { package: one }, triggers: [{ event: e }] }\n}\n",
            "jobs:\n  { one: { function: { package: one }, triggers: [{ event: e }] } }\n",
        ] {
            let error = added_to(jobs).unwrap_err().to_string();
            assert!(error.contains("brackets"), "{error}");
        }
    }
}
