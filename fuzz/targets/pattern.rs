//! Reads a pattern, and an event behind the first line break: every place in an error lies in the text, and the
//! simple matcher, the compiled set and the explanation agree.
#![no_main]

use eventbridge::pattern::{Event, Pattern, RuleSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (text, event) = input.split_once('\n').unwrap_or((input, "{}"));
    let pattern = match Pattern::parse(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            assert!(text.get(error.span()).is_some(), "{:?}", error.span());
            return;
        }
    };
    for warning in pattern.warnings() {
        assert!(text.get(warning.span()).is_some(), "{:?}", warning.span());
    }
    for field in pattern.fields() {
        let values = text.get(field.values.clone());
        assert!(
            values.is_some_and(|values| values.starts_with('[')),
            "{field:?}"
        );
        assert!(text.get(field.key.clone()).is_some(), "{field:?}");
    }
    let Ok(parsed) = Event::parse(event) else {
        return;
    };
    let matched = pattern.matches(&parsed);
    let explanation = pattern.explain(&parsed);
    assert_eq!(explanation.matched, matched);
    let set = RuleSet::new([&pattern]);
    let mut matcher = set.matcher();
    let in_set = matcher.matches(event).map(<[usize]>::len);
    // Where one of them gives up, the other need not.
    if !explanation.undecided && matcher.undecided().is_empty() {
        assert_eq!(in_set, Ok(usize::from(matched)));
    }
});
