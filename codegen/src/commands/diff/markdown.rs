//! A change as Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use changes::{Fate, Group, Line, Of, Routed};

use super::Diff;
use super::text::{in_words, list_runs, show_example};
use crate::project::Project;
use crate::render::{self, code};

/// Writes the whole page.
pub(super) fn page(diff: &Diff<'_>, project: &Project) -> String {
    let mut page = format!("### What changes since {}\n", code(diff.against));
    let groups = &diff.review.groups;
    if groups.is_empty() {
        page.push_str("\nNothing changes.\n");
    }
    let findings = render::as_markdown(project);
    if !findings.is_empty() {
        let _infallible = write!(page, "\n{findings}");
    }
    for group in groups {
        write_group(&mut page, group);
    }
    if let Some(routed) = &diff.recorded {
        write_recorded(&mut page, routed);
    }
    page
}

fn write_group(page: &mut String, group: &Group) {
    let word = match group.of {
        Of::Pipeline => "Pipeline",
        Of::Environment => "Environment",
        Of::Event => "Event",
        Of::Job => "Job",
    };
    let fate = match group.fate {
        Fate::Added => " is new",
        Fate::Removed => " is removed",
        Fate::Changed => "",
    };
    let was = match &group.was {
        Some(was) => format!(", was {}", code(was)),
        None => String::new(),
    };
    let _infallible = write!(page, "\n**{word} {}**{fate}{was}\n", code(&group.name));
    if !group.lines.is_empty() {
        page.push('\n');
    }
    for line in &group.lines {
        write_line(page, line);
    }
}

fn write_line(page: &mut String, line: &Line) {
    let Line {
        part,
        key,
        before,
        after,
        runs,
    } = line;
    // Names in them are in backticks already.
    let (part, key) = (plain(part), plain(key));
    let about = match (part.as_str(), key.as_str()) {
        ("", key) => key.to_owned(),
        (part, "") => part.to_owned(),
        (part, key) => format!("{part}, {key}"),
    };
    let with = |value: &String| match value.as_str() {
        "" => String::new(),
        value => format!(": {}", code(value)),
    };
    let text = match (before, after) {
        (None, Some(after)) => format!("new: {about}{}", with(after)),
        (Some(before), None) => format!("gone: {about}{}", with(before)),
        (Some(before), Some(after)) => format!("{about}: {} → {}", code(before), code(after)),
        (None, None) => about,
    };
    let _infallible = writeln!(page, "- {text}");
    if let Some(runs) = runs {
        if before.is_some() {
            let _infallible = writeln!(page, "  - it ran {}", list_runs(&runs.before));
        }
        let _infallible = writeln!(page, "  - it runs {}", list_runs(&runs.after));
    }
}

/// A text in which code is in backticks already.
fn plain(text: &str) -> String {
    render::clean(text).replace('<', "&lt;")
}

fn write_recorded(page: &mut String, routed: &Routed) {
    let Routed {
        events,
        malformed,
        elsewhere,
        jobs,
        ways,
    } = routed;
    let _infallible = write!(
        page,
        "\n**Recorded events**: {elsewhere} of {events} go elsewhere\n"
    );
    if *malformed > 0 {
        let _infallible = write!(page, "\n{malformed} lines are no events.\n");
    }
    if jobs.is_empty() {
        return;
    }
    page.push_str("\n| Job | Before | After | New | No more |\n|---|--:|--:|--:|--:|\n");
    for job in jobs {
        let _infallible = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            code(&job.job),
            job.before,
            job.after,
            job.gained,
            job.lost
        );
    }
    page.push('\n');
    for way in ways {
        let _infallible = writeln!(page, "- {}", plain(&in_words(way)));
        for example in &way.examples {
            let _infallible = writeln!(page, "  - {}", code(&show_example(example)));
        }
    }
}
