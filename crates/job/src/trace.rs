//! The trace that a run belongs to, and its emitted events with it.
//!
//! Lambda gives the function a header of
//! [X-Ray](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader), which goes on with
//! every emitted event: EventBridge hands it to the next function.

use serde_json::Value;

/// The longest header that [`PutEvents`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html)
/// takes.
const MAX_HEADER: usize = 500;

/// The header of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace(String);

impl Trace {
    /// The trace of an invocation.
    pub(crate) fn new(header: Option<&str>) -> Option<Self> {
        let header = header.filter(|header| !header.is_empty() && header.len() <= MAX_HEADER);
        header.map(|header| Self(header.to_owned()))
    }

    /// The trace of a message of a queue, which is that of its event, and not of the batch.
    pub(crate) fn of_message(record: &Value) -> Option<Self> {
        Self::new(record["attributes"]["AWSTraceHeader"].as_str())
    }

    /// The header as X-Ray writes it.
    pub(crate) fn header(&self) -> &str {
        &self.0
    }

    /// The same trace as a [`traceparent`](https://www.w3.org/TR/trace-context/#traceparent-header) of W3C; `None` if the header
    /// has no span, or is not one of X-Ray.
    pub(crate) fn traceparent(&self) -> Option<String> {
        let part = |name: &str| {
            let mut parts = self.0.split(';').map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        // `1-58406520-a006649127e371903a2de979`: a version, a time and a number.
        let root = part("Root")?.strip_prefix("1-")?;
        let (time, number) = root.split_once('-')?;
        let parent = part("Parent")?;
        let is_hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if !is_hex(time, 8) || !is_hex(number, 24) || !is_hex(parent, 16) {
            return None;
        }
        let sampled = u8::from(part("Sampled") == Some("1"));
        let id = format!("{time}{number}").to_ascii_lowercase();
        Some(format!(
            "00-{id}-{}-{sampled:02x}",
            parent.to_ascii_lowercase()
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn traceparent(header: &str) -> Option<String> {
        Trace::new(Some(header))?.traceparent()
    }

    #[test]
    fn a_header_of_x_ray_becomes_one_of_w3c() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0";
        let expected = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
        assert_eq!(traceparent(header).as_deref(), Some(expected));
        let unsampled = header.replace("Sampled=1", "Sampled=0");
        let expected = expected.replace("-01", "-00");
        assert_eq!(traceparent(&unsampled), Some(expected));
    }

    #[test]
    fn what_is_no_header_has_no_parent() {
        for header in [
            "x",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
            "Root=1-5759e98-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=not-a-hex-number",
        ] {
            assert_eq!(traceparent(header), None, "{header}");
        }
        assert_eq!(Trace::new(Some("")), None);
        assert_eq!(Trace::new(Some(&"x".repeat(501))), None);
    }

    #[test]
    fn a_message_has_the_trace_of_its_event() {
        let record = json!({ "attributes": { "AWSTraceHeader": "Root=1-a-b" } });
        assert_eq!(
            Trace::of_message(&record),
            Some(Trace("Root=1-a-b".to_owned()))
        );
        assert_eq!(Trace::of_message(&json!({})), None);
    }
}
