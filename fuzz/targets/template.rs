//! Reads an input transformer: a path in the first line, an event in the last one, and the template between them. It is
//! refused with a reason, or it makes the output that it describes from every event that is JSON.
#![no_main]

use std::collections::BTreeMap;

use eventbridge::transformer::{InputTransformer, RuleFacts};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &str| {
    let Some((path, rest)) = input.split_once('\n') else {
        return;
    };
    let (template, event) = rest.rsplit_once('\n').unwrap_or((rest, "{}"));
    let paths = BTreeMap::from([("a".to_owned(), path.to_owned())]);
    let Ok(transformer) = InputTransformer::new(paths, template) else {
        return;
    };
    let applied = transformer.apply(event, &RuleFacts::default());
    let is_json = serde_json::from_str::<Value>(event).is_ok();
    assert_eq!(applied.is_ok(), is_json, "{applied:?}");
});
