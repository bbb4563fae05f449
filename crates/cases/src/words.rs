//! Why a pattern does not match, in words.

use eventbridge::pattern::{Finding, Outcome};

/// Writes the field that decided in one line: what the pattern wants, and what is there.
pub fn in_words(finding: &Finding) -> String {
    let found = match finding.found.as_slice() {
        [] => "there is no such field".to_owned(),
        [one] => format!("there is {one}"),
        several => format!("there is {}", several.join(", ")),
    };
    let reason = match finding.outcome {
        Outcome::DifferentElements => {
            ", but in another element of the array than the other fields".to_owned()
        }
        _ => String::new(),
    };
    let near = finding.near_miss.as_ref();
    let near = near.map_or_else(String::new, |near| format!(" ({near})"));
    format!(
        "{}: wants {}; {found}{reason}{near}",
        finding.path, finding.wanted
    )
}
