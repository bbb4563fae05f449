//! Numbers and durations, with the range that the reader holds them to.

use pipeline::language::{DURATION_UNITS, Range};

use super::Schema;
use super::node::Type;

/// A whole number in a range.
pub(super) fn integer(range: &Range, sentence: &str) -> Schema {
    Schema::of([Type::Integer])
        .describe_range(sentence, in_words(range))
        .between(range.least, range.most)
}

/// A duration such as `30s`. The schema describes its range and does not check it, as a schema cannot count in units.
pub(super) fn duration(range: &Range, sentence: &str) -> Schema {
    let units: String = DURATION_UNITS.iter().map(|(name, _)| *name).collect();
    Schema::string()
        .kind("duration such as `30s`, `5m` or `2h`")
        .describe_range(sentence, in_words(range))
        .matching(format!("^[0-9]+[{units}]$"))
}

fn in_words(range: &Range) -> String {
    let (least, most) = ((range.show)(range.least), (range.show)(range.most));
    format!("{least} to {most}")
}
