//! Places on the page.

/// The anchor that GitHub gives a heading.
pub(super) fn anchor(heading: &str) -> String {
    // GitHub keeps letters of every script. It drops other marks, without a hyphen instead.
    let kept = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
    let heading = heading.to_lowercase();
    heading
        .chars()
        .filter(|c| kept(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
