//! Quotes that do not end, or end too early, and escapes.

use super::{Broken, Diagnostic, comment, invalid, split_key};

/// Explains a mistake about quotes.
pub(super) fn explain(broken: &Broken<'_>) -> Option<Diagnostic> {
    if broken.says(&["invalid trailing content after"]) {
        return explain_end(broken);
    }
    let quote = broken
        .rest()
        .chars()
        .next()
        .filter(|c| "'\"".contains(*c))?;
    if broken.says(&["found unknown escape", "hexadecimal", "escape code"]) {
        return explain_escape(broken);
    }
    if !broken.says(&["quoted scalar"]) {
        return None;
    }
    if broken.says(&["invalid indentation"]) && is_closed_text(broken, quote) {
        let message = "a text in quotes whose lines are not indented further than its key";
        let finding = invalid(broken.at..broken.at + 1, message);
        return Some(finding.with_help("indent the lines of the text"));
    }
    Some(unclosed(broken, broken.at, quote))
}

/// Whether the text in quotes ends, and no line of it looks like a key.
fn is_closed_text(broken: &Broken<'_>, quote: char) -> bool {
    let text = &broken.rest()[1..];
    text.find(quote).is_some_and(|end| {
        let mut lines = text[..end].lines().skip(1);
        lines.all(|line| split_key(line.trim()).is_none())
    })
}

fn unclosed(broken: &Broken<'_>, at: usize, quote: char) -> Diagnostic {
    let line = broken.line_of(at);
    let rest = line.text.get(at + 1 - line.start..).unwrap_or_default();
    let text = rest[..comment(rest).unwrap_or(rest.len())].trim_end();
    let close = if text.is_empty() || text.contains(quote) || text.contains(['{', '[', '}', ']']) {
        format!("write `{quote}` at its end")
    } else {
        format!("write `{quote}` at its end: `{quote}{text}{quote}`")
    };
    let message = format!("a text that starts with `{quote}` and does not end with it");
    invalid(at..at + 1, message).with_help(close)
}

fn explain_end(broken: &Broken<'_>) -> Option<Diagnostic> {
    let before = broken.text[..broken.at].trim_end();
    let quote = before.chars().last().filter(|c| "'\"".contains(*c))?;
    let line = broken.line_of(broken.at);
    // A quote that is not closed ends at the next one, which may be lines below.
    let opened = broken.read + broken.text.get(broken.read..broken.at)?.find(quote)?;
    if broken.line_of(opened).start != line.start {
        return Some(unclosed(broken, opened, quote));
    }
    if !broken.brackets.is_empty() && broken.rest().starts_with(['\'', '"', '[', '{']) {
        return None;
    }
    let behind = line.text.get(broken.at - line.start..).unwrap_or_default();
    let help = match quote {
        _ if !behind.contains(quote) => "put all of the text inside the quotes",
        '\'' => {
            "write `''` for an apostrophe inside single quotes, or put the text in double quotes"
        }
        _ => "write `\\\"` for a quote inside double quotes, or put the text in single quotes",
    };
    let end = before.len() - 1;
    let finding = invalid(
        end..before.len(),
        "a quote that ends its text, and more text after it",
    );
    Some(finding.with_help(help))
}

fn explain_escape(broken: &Broken<'_>) -> Option<Diagnostic> {
    let text = broken.rest();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '"' {
            return None;
        }
        if c != '\\' {
            continue;
        }
        let (_, escape) = chars.next()?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            // The escapes of YAML 1.2, section 5.7.
            _ if "0abt\tnvfre \"/\\N_LP\n".contains(escape) => continue,
            _ => 0,
        };
        let code = text[at + 1 + escape.len_utf8()..]
            .get(..digits)
            .unwrap_or_default();
        let is_character =
            u32::from_str_radix(code, 16).is_ok_and(|code| char::from_u32(code).is_some());
        if digits > 0 && is_character {
            continue;
        }
        if digits > 0 && u32::from_str_radix(code, 16).is_ok() {
            let place = broken.at + at..broken.at + at + 2 + digits;
            let message = format!("`\\{escape}{code}` is not a character of its own");
            let finding = invalid(place, message);
            return Some(finding.with_help("write the character itself"));
        }
        let place = broken.at + at..broken.at + at + 1 + escape.len_utf8();
        let message = format!("`\\{escape}` is not an escape that can stand here");
        let help = format!(
            "write `\\\\{escape}`, or put the text in single quotes, which have no escapes"
        );
        return Some(invalid(place, message).with_help(help));
    }
    None
}
