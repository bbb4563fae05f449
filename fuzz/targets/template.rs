//! Reads an input transformer: a path in the first line, an event in the last one, and the template between them. It is
//! refused with a reason at a place, or it makes the output that it describes from every event that is JSON: minified
//! JSON, or nothing.
#![no_main]

use std::collections::BTreeMap;

use eventbridge::transformer::{
    InputPath, InputTransformer, RuleFacts, TransformerErrorKind as Kind,
};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|input: &str| {
    let Some((path, rest)) = input.split_once('\n') else {
        return;
    };
    let (template, event) = rest.rsplit_once('\n').unwrap_or((rest, "{}"));
    let paths = BTreeMap::from([("a".to_owned(), path.to_owned())]);
    let transformer = match InputTransformer::new(paths, template) {
        Ok(transformer) => transformer,
        Err(error) => {
            let text = error.path().map_or(template, |_| path);
            let span = error.span().unwrap_or_default();
            assert!(text.get(span).is_some(), "{error:?}");
            return;
        }
    };
    let everything = InputPath::parse("$").expect("the shortest path");
    let minified_event = everything.apply(event);
    match transformer.apply(event, &RuleFacts::default()) {
        Ok(output) if transformer.is_json() => {
            assert!(
                serde_json::from_str::<&RawValue>(&output).is_ok(),
                "{output}"
            );
            assert_eq!(everything.apply(&output), Ok(Some(output.clone())));
        }
        Ok(_) => assert!(minified_event.is_ok()),
        Err(error) => match error.kind() {
            Kind::InvalidEvent => assert!(minified_event.is_err()),
            Kind::InvalidOutput => assert!(transformer.is_json()),
            kind => assert_eq!(kind, Kind::OutputTooLong),
        },
    }
});
