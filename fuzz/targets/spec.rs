//! Reads a spec: there is no panic, every finding has its place in the text, and a second reading finds the
//! same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{Surroundings, parse};

fuzz_target!(|text: &str| {
    let packages = Some(vec!["bill".to_owned()]);
    let surroundings = Surroundings {
        packages,
        now: Some(jiff::Timestamp::UNIX_EPOCH),
        ..Surroundings::default()
    };
    let parsed = parse(text, &surroundings);
    for found in &parsed.diagnostics {
        assert!(text.get(found.span.range()).is_some(), "{found:?}");
        for (span, _) in &found.related {
            assert!(text.get(span.range()).is_some(), "{found:?}");
        }
    }
    assert_eq!(parsed.diagnostics, parse(text, &surroundings).diagnostics);
});
