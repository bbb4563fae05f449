//! The response of a function that says which messages of a batch failed:
//! [partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).

use std::collections::BTreeSet;

use serde_json::Value;

/// Reads which of a batch's messages failed. `Err` says why the whole batch counts as failed.
///
/// Nothing failed if the list, or the response itself, is empty or null. A list whose items are not ids of this batch
/// fails the whole batch.
pub(super) fn failed<'m>(
    response: &str,
    batch: &BTreeSet<&'m str>,
) -> Result<BTreeSet<&'m str>, String> {
    if response.trim().is_empty() {
        return Ok(BTreeSet::new());
    }
    let response: Value = serde_json::from_str(response)
        .map_err(|error| format!("the response is not JSON: {error}"))?;
    let items = match &response["batchItemFailures"] {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Array(items) => items,
        other => return Err(format!("`batchItemFailures` is not a list: {other}")),
    };
    let failed = items.iter().map(|item| {
        let id = item["itemIdentifier"].as_str().unwrap_or_default();
        let known = batch.get(id).copied();
        known.ok_or_else(|| format!("`batchItemFailures` has no message of the batch in {item}"))
    });
    failed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_says_which_messages_failed_or_fails_them_all() {
        let batch = BTreeSet::from(["a", "b"]);
        let none: &[&str] = &[];
        for (response, expected) in [
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#,
                Ok(&["b"][..]),
            ),
            (r#"{"batchItemFailures":[]}"#, Ok(none)),
            (r#"{"batchItemFailures":null}"#, Ok(none)),
            (r#"{"job":"bill"}"#, Ok(none)),
            ("{}", Ok(none)),
            ("null", Ok(none)),
            ("", Ok(none)),
            ("\"done\"", Ok(none)),
            ("{", Err(())),
            (r#"{"batchItemFailures":"b"}"#, Err(())),
            (r#"{"batchItemFailures":["b"]}"#, Err(())),
            (r#"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#, Err(())),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, Err(())),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
                Err(()),
            ),
            (r#"{"batchItemFailures":[{"id":"b"}]}"#, Err(())),
        ] {
            let read = failed(response, &batch);
            let read = read.map(|failed| failed.into_iter().collect::<Vec<_>>());
            assert_eq!(read.as_deref().map_err(|_| ()), expected, "{response}");
        }
    }
}
