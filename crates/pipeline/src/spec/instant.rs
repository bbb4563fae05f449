//! Instants, as RFC 3339 writes them.

use jiff::Timestamp;

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::lints::INVALID_VALUE;
use crate::span::Spanned;
use crate::yaml::Node;

/// Reads a date and a time with an offset from UTC. EventBridge Scheduler has no parts of a second.
pub(crate) fn read(reader: &mut Reader, node: &Node) -> Option<Spanned<Timestamp>> {
    let text = reader.string(node)?;
    if let Some(instant) = parse(&text.value) {
        return Some(Spanned::new(instant, text.span));
    }
    let message = format!("`{}` is no instant", text.value);
    let help = "write a date, a time with seconds and an offset, as in `2030-01-31T09:00:00Z` or \
                `2030-01-31T09:00:00+01:00`";
    reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message).with_help(help));
    None
}

fn parse(text: &str) -> Option<Timestamp> {
    // `Timestamp` reads more than RFC 3339 does: a space, a second 60, a zone in brackets.
    let form = if text.ends_with('Z') {
        "0000-00-00T00:00:00Z"
    } else {
        "0000-00-00T00:00:00+00:00"
    };
    let fits = text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                form => byte == form,
            });
    if !fits || text.get(17..19) == Some("60") {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_an_instant_is_one() {
        let utc = parse("2030-01-31T08:00:00Z");
        assert!(utc.is_some());
        assert_eq!(parse("2030-01-31T09:00:00+01:00"), utc);
        for text in [
            "2030-01-31",
            "2030-01-31T09:00:00",
            "2030-01-31 09:00:00Z",
            "2030-01-31T09:00:00.5Z",
            "2030-01-31T09:00:60Z",
            "2030-02-30T09:00:00Z",
            "2030-01-31T09:00:00+01:00[Europe/Berlin]",
            "é030-01-31T09:00:00Z",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
