//! Shows the lines that functions write to a person.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Makes a function's line readable: a JSON log becomes level, message and fields. Any other line stays as it is.
pub(super) fn line(line: &str) -> String {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(line) else {
        return line.to_owned();
    };
    let (Some(level), Some(message)) = (text(&fields, "level"), text(&fields, "message")) else {
        return line.to_owned();
    };
    let mut shown = format!("{level} {message}");
    for (name, value) in &fields {
        if !["level", "message", "timestamp", "target", "span"].contains(&name.as_str()) {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(shown, "  {name}={value}");
        }
    }
    shown
}

fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f str> {
    fields.get(name).and_then(Value::as_str)
}
