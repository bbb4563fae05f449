//! `codegen verify`: what is deployed otherwise than the spec says. It reads, and changes nothing.

mod compare;
pub(crate) mod expected;
mod finding;
mod policy;
mod read;

use serde::Serialize;

use crate::args::{Format, Verify};
use crate::aws::{self, Aws};
use crate::project::Project;
use crate::session::{Outcome, Session};
pub(crate) use compare::compare;
#[cfg(test)]
pub(crate) use compare::tests::perfect;
pub(crate) use expected::{DEFAULT_BUS, Expected, Named, WaitsFor, expected};
pub(crate) use finding::Finding;

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'r> {
    pipeline: &'r str,
    environment: &'r str,
    checked: Checked,
    findings: &'r [Finding],
}

/// How much was looked at.
#[derive(Serialize)]
struct Checked {
    rules: usize,
    targets: usize,
    functions: usize,
    queues: usize,
}

pub(crate) fn run(session: &mut Session, args: &Verify) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let pipeline = project.pipeline()?;
    let expected = expected(pipeline, &args.environment);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let deployed = runtime.block_on(async {
        let place = &args.place;
        let config = aws::config(place.endpoint_url.as_deref(), place.region.as_deref()).await;
        let aws = Aws::new(&config);
        let deployed = read::read(&aws, &expected).await;
        aws.done();
        deployed
    })?;
    let findings = compare(&expected, &deployed);
    let report = Report {
        pipeline: &pipeline.name.value,
        environment: &args.environment,
        checked: checked(&expected),
        findings: &findings,
    };
    show(session, &report)?;
    Ok(if findings.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn checked(expected: &Expected) -> Checked {
    Checked {
        rules: expected.rules.len(),
        targets: expected.rules.iter().map(|rule| rule.targets.len()).sum(),
        functions: expected.functions.len(),
        queues: expected.queues.len(),
    }
}

fn show(session: &mut Session, report: &Report<'_>) -> anyhow::Result<()> {
    if session.format == Format::Json {
        return session.say(serde_json::to_string(report)?);
    }
    for finding in report.findings {
        if session.format == Format::Concise {
            finding.say_concisely(session)?;
        } else {
            finding.say(session)?;
        }
    }
    let Checked {
        rules,
        targets,
        functions,
        queues,
    } = report.checked;
    let verdict = match report.findings.len() {
        0 => "all as the spec says".to_owned(),
        1 => "1 finding".to_owned(),
        several => format!("{several} findings"),
    };
    session.note(format_args!(
        "{} in {}: {rules} rules, {targets} targets, {functions} functions, {queues} queues: {verdict}",
        report.pipeline, report.environment
    ))
}
