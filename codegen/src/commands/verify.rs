//! `codegen verify`: compares what is deployed with what the spec says. It reads, and changes nothing.

use deployed::Config;
use deployed::verify::{Checked, Finding, verify};
use serde::Serialize;

use crate::args::{Format, Verify};
use crate::session::{Outcome, Session};

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'r> {
    pipeline: &'r str,
    environment: &'r str,
    checked: Checked,
    findings: &'r [Finding],
}

pub(crate) fn run(session: &mut Session, args: &Verify) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let place = &args.place;
    let config = Config::load(
        place.endpoint_url.as_deref(),
        place.region.as_deref(),
        !session.quiet,
    );
    let config = runtime.block_on(config)?;
    let project =
        super::load_deployed(session, &args.environment, &args.values, &config, &runtime)?;
    let pipeline = project.pipeline()?;
    let mut verified = runtime.block_on(verify(&config, pipeline, &args.environment))?;
    let nothing = |finding: &&mut Finding| finding.lint.id == "not-deployed";
    if let Some(finding) = verified.findings.iter_mut().find(nothing)
        && let Some(others) = project.other_environments(&args.environment)
    {
        finding.help = format!("{}; {others}", finding.help);
    }
    let report = Report {
        pipeline: &pipeline.name.value,
        environment: &args.environment,
        checked: verified.checked,
        findings: &verified.findings,
    };
    show_report(session, &report)?;
    Ok(if verified.findings.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

fn show_report(session: &mut Session, report: &Report<'_>) -> anyhow::Result<()> {
    if session.format == Format::Json {
        return session.say(serde_json::to_string(report)?);
    }
    for finding in report.findings {
        if session.format == Format::Concise {
            say_concisely(session, finding)?;
        } else {
            say_finding(session, finding)?;
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
    session.remark(format_args!(
        "{} in {}: {rules} rules, {targets} targets, {functions} functions, {queues} queues: {verdict}",
        report.pipeline, report.environment
    ))
}

/// One line for a finding.
fn say_concisely(session: &mut Session, finding: &Finding) -> anyhow::Result<()> {
    let Finding {
        lint,
        resource,
        message,
        ..
    } = finding;
    session.say(format_args!("{resource}: {message} [{}]", lint.id))
}

/// A finding with what is expected, what is there, and a way out.
fn say_finding(session: &mut Session, finding: &Finding) -> anyhow::Result<()> {
    const RED: &str = "\u{1b}[1;31m";
    const RESET: &str = "\u{1b}[0m";
    let Finding {
        lint,
        resource,
        message,
        expected,
        found,
        help,
    } = finding;
    session.say(format_args!(
        "{RED}differs{RESET}[{}]: {resource}: {message}",
        lint.id
    ))?;
    if let Some(expected) = expected {
        session.say(format_args!("  expected  {expected}"))?;
    }
    if let Some(found) = found {
        session.say(format_args!("  found     {found}"))?;
    }
    session.say(format_args!("  help      {help}\n"))
}
