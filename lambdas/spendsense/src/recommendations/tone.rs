//! The tone of what a user reads: plain, never shaming, never pushing.

/// Words that no text may contain, in lower case: single words, or several in a row.
pub(crate) const AVOIDED: [&str; 34] = [
    "act now",
    "ashamed",
    "bad habit",
    "bad habits",
    "blame",
    "broke",
    "careless",
    "deadbeat",
    "dumb",
    "embarrassing",
    "fail",
    "failed",
    "failure",
    "fault",
    "foolish",
    "greedy",
    "guaranteed",
    "guilty",
    "hurry",
    "irresponsible",
    "last chance",
    "lazy",
    "mistake",
    "must",
    "overspend",
    "overspending",
    "poor",
    "reckless",
    "shame",
    "should have",
    "stupid",
    "wasted",
    "wasteful",
    "you should",
];

/// Finds the first of these in a text.
pub(crate) fn avoided_in(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    AVOIDED.into_iter().find(|avoided| {
        let parts: Vec<&str> = avoided.split(' ').collect();
        words
            .windows(parts.len())
            .any(|found| found.iter().zip(&parts).all(|(word, part)| word == part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avoided_words_are_found_whatever_their_case_and_only_as_whole_words() {
        for (text, expected) in [
            ("You wasted $40.00 on coffee", Some("wasted")),
            ("Act  NOW, and save", Some("act now")),
            ("That was your Fault.", Some("fault")),
            ("By default, nothing changes", None),
            ("A broker can explain", None),
            ("Your card uses 68 % of its limit", None),
            ("", None),
        ] {
            assert_eq!(avoided_in(text), expected, "{text}");
        }
    }

    #[test]
    fn every_avoided_word_is_found_by_itself() {
        for avoided in AVOIDED {
            assert!(avoided_in(&avoided.to_uppercase()).is_some(), "{avoided}");
        }
        assert!(AVOIDED.is_sorted());
    }
}
