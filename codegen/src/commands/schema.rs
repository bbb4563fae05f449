//! `codegen schema`: the JSON Schema of the spec language.

use crate::args::Format;
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session) -> anyhow::Result<Outcome> {
    let schema = schema::document();
    session.say(match session.format {
        Format::Json => serde_json::to_string(&schema)?,
        _ => serde_json::to_string_pretty(&schema)?,
    })?;
    Ok(Outcome::Fine)
}
