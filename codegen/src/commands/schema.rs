//! `codegen schema`: the JSON Schema of the spec language or of cases, or the page of every key.

use serde::Serialize;

use crate::args::{Format, SchemaArgs};
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &SchemaArgs) -> anyhow::Result<Outcome> {
    if args.page {
        session.say(schema::page().trim_end())?;
        return Ok(Outcome::Fine);
    }
    if args.cases {
        return say(session, &cases::schema());
    }
    say(session, &schema::document())
}

fn say(session: &mut Session, schema: &impl Serialize) -> anyhow::Result<Outcome> {
    session.say(match session.format {
        Format::Json => serde_json::to_string(schema)?,
        _ => serde_json::to_string_pretty(schema)?,
    })?;
    Ok(Outcome::Fine)
}
