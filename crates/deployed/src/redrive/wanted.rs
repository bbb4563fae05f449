//! Which letters a person wants to send again.

use jiff::{SignedDuration, Timestamp};

use super::letter::Letter;

/// The letters that are wanted: those of which everything holds that is said.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In the queue for at least so long.
    pub older_than: Option<SignedDuration>,
    /// In the queue for less than this.
    pub newer_than: Option<SignedDuration>,
    /// With this text in the error, in small letters or capitals.
    pub error: Option<String>,
    /// About this subject: the path of its field in the detail, and its value.
    pub subject: Option<(String, String)>,
}

impl Wanted {
    /// Whether a letter is wanted, at an instant.
    pub(crate) fn has(&self, letter: &Letter, now: Timestamp) -> bool {
        let Self {
            older_than,
            newer_than,
            error,
            subject,
        } = self;
        // Of unknown age is neither old nor new.
        let age = letter.sent.map(|sent| now.duration_since(sent));
        let is_old = older_than.is_none_or(|least| age.is_some_and(|age| age >= least));
        let is_new = newer_than.is_none_or(|most| age.is_some_and(|age| age < most));
        let has_error = error.as_ref().is_none_or(|text| {
            let found = letter.error().to_lowercase();
            found.contains(&text.to_lowercase())
        });
        let has_subject = subject.as_ref().is_none_or(|(path, value)| {
            let found = letter.subject(path);
            found.is_some_and(|found| found == *value)
        });
        is_old && is_new && has_error && has_subject
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::letter;
    use super::*;

    #[test]
    fn a_letter_is_wanted_if_everything_holds_that_is_said() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let attributes = [
            ("RULE_ARN", "r"),
            ("TARGET_ARN", "t"),
            ("ERROR_CODE", "NO_PERMISSIONS"),
        ];
        let mut found = letter("1", r#"{"detail":{"user":"u-1"}}"#, &attributes);
        found.sent = Some("2026-01-31T11:00:00Z".parse().unwrap());
        let hours = |hours| Some(SignedDuration::from_hours(hours));
        let subject = |value: &str| Some(("user".to_owned(), value.to_owned()));
        let all = Wanted {
            older_than: hours(1),
            newer_than: hours(2),
            error: Some("no_perm".to_owned()),
            subject: subject("u-1"),
        };
        assert!(Wanted::default().has(&found, now));
        assert!(all.has(&found, now));
        let changes: [fn(&mut Wanted); 4] = [
            |wanted| wanted.older_than = Some(SignedDuration::from_secs(3_601)),
            |wanted| wanted.newer_than = Some(SignedDuration::from_secs(3_600)),
            |wanted| wanted.error = Some("throttl".to_owned()),
            |wanted| wanted.subject = Some(("user".to_owned(), "u-2".to_owned())),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut wanted = all.clone();
            change(&mut wanted);
            assert!(!wanted.has(&found, now), "{number}");
        }
        found.sent = None;
        assert!(!all.has(&found, now));
        assert!(Wanted::default().has(&found, now));
    }
}
