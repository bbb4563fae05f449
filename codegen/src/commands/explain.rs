//! `codegen explain`: what a finding means.

use anyhow::bail;
use pipeline::{LINTS, Lint};
use serde::Serialize;

use crate::args::{Explain, Format};
use crate::output::lints::{FOREIGN_FILE, STALE_FILE};
use crate::session::{Outcome, Session};

/// What `--format json` prints.
#[derive(Serialize)]
struct Explanation<'l> {
    id: &'l str,
    severity: &'l str,
    summary: &'l str,
    #[serde(rename = "explanation")]
    text: &'l str,
}

pub(crate) fn run(session: &mut Session, args: &Explain) -> anyhow::Result<Outcome> {
    let mut lints = LINTS.to_vec();
    lints.extend([&FOREIGN_FILE, &STALE_FILE]);
    lints.sort_by_key(|lint| lint.id);
    let Some(id) = &args.id else {
        list(session, &lints)?;
        return Ok(Outcome::Fine);
    };
    let Some(lint) = lints.iter().find(|lint| lint.id == id) else {
        bail!("there is no finding `{id}`: `codegen explain` lists them all");
    };
    if session.format == Format::Json {
        session.say(serde_json::to_string(&explanation(lint))?)?;
    } else {
        let severity = lint.severity.as_str();
        session.say(format_args!(
            "{severity}[{}]: {}\n\n{}",
            lint.id,
            lint.summary,
            lint.explanation.trim_end()
        ))?;
    }
    Ok(Outcome::Fine)
}

fn list(session: &mut Session, lints: &[&Lint]) -> anyhow::Result<()> {
    let widest = lints.iter().map(|lint| lint.id.len()).max().unwrap_or(0);
    for lint in lints {
        if session.format == Format::Json {
            session.say(serde_json::to_string(&explanation(lint))?)?;
        } else {
            session.say(format_args!(
                "{:widest$}  {:7}  {}",
                lint.id,
                lint.severity.as_str(),
                lint.summary
            ))?;
        }
    }
    Ok(())
}

fn explanation(lint: &Lint) -> Explanation<'_> {
    Explanation {
        id: lint.id,
        severity: lint.severity.as_str(),
        summary: lint.summary,
        text: lint.explanation,
    }
}
