//! The names of buses, rules, targets, archives and replays.

use crate::refusal::{Answer, Refusal};

/// Checks a name's length and letters. Refuses a bad name in AWS's words.
pub(crate) fn check_name(field: &str, name: &str, most: usize) -> Answer<()> {
    let constraint = if name.is_empty() {
        "Member must have length greater than or equal to 1".to_owned()
    } else if name.len() > most {
        format!("Member must have length less than or equal to {most}")
    } else if !name.bytes().all(is_of_names) {
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: {constraint}"
    )))
}

/// Checks the length of a text in characters. Refuses a longer one in AWS's words.
pub(crate) fn check_length(field: &str, text: Option<&str>, most: usize) -> Answer<()> {
    if text.is_none_or(|text| text.chars().count() <= most) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have length less than or equal to {most}"
    )))
}

fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}
