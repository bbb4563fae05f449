//! What the log has of events: by choice without what they hold.

use serde_json::Value;

use crate::outgoing::Outgoing;

/// The variable that says it; Terraform sets it for `log_events` of the spec.
const VARIABLE: &str = "LOG_EVENTS";

/// What stands for a value.
const HIDDEN: &str = "…";

/// What a line of the log has of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogEvents {
    /// The whole event. It can be emitted by hand, so a run whose event was not emitted need not fail.
    All,
    /// The names of its fields.
    Keys,
    /// Nothing but its name in the spec.
    Nothing,
}

impl LogEvents {
    pub(crate) fn from_env() -> Self {
        Self::read(std::env::var(VARIABLE).ok().as_deref())
    }

    /// Reads the variable. A word that is none of the three was meant to hide something.
    fn read(word: Option<&str>) -> Self {
        match word {
            None | Some("" | "all") => Self::All,
            Some("keys") => Self::Keys,
            Some(_) => Self::Nothing,
        }
    }

    /// What the log has of an event.
    pub(crate) fn shown(self, event: &Outgoing) -> Option<String> {
        let mut envelope = event.to_json();
        match self {
            Self::All => {}
            Self::Keys => hide(&mut envelope["detail"]),
            Self::Nothing => return None,
        }
        Some(envelope.to_string())
    }
}

/// Leaves the names of fields.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(hide),
        Value::Array(items) => items.iter_mut().for_each(hide),
        value => *value = HIDDEN.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_hidden_is_nowhere_in_the_line() {
        let detail = json!({ "name": "Ada", "sum": 12, "lines": [{ "sku": "A-1", "gift": true }] });
        let event = Outgoing::new(["order.placed", "shop", "Order Placed"], detail).unwrap();
        let shown = |word| LogEvents::read(word).shown(&event);
        for word in [None, Some(""), Some("all")] {
            assert_eq!(shown(word), Some(event.to_json().to_string()), "{word:?}");
        }
        assert_eq!(
            serde_json::from_str::<Value>(&shown(Some("keys")).unwrap()).unwrap(),
            json!({
                "source": "shop",
                "detail-type": "Order Placed",
                "detail": {
                    "name": "…", "sum": "…", "lines": [{ "sku": "…", "gift": "…" }], "event_type": "…",
                },
            })
        );
        for word in ["none", "NONE", "key"] {
            assert_eq!(shown(Some(word)), None, "{word}");
        }
    }
}
