//! Failures that another attempt cannot mend: they go to the failure queue at once.

use std::fmt;

use crate::handler::Error;

/// A failure that another attempt cannot mend. Every other [`Error`] counts as temporary: Lambda tries again.
///
/// ```
/// # fn charge(amount: i64) -> Result<(), job::Error> {
/// if amount < 0 {
///     return Err(job::Permanent::new("an order cannot cost less than nothing").into());
/// }
/// let pieces: i64 = "many".parse().map_err(job::Permanent::new)?;
/// # Ok(())
/// # }
/// # assert!(charge(1).unwrap_err().is::<job::Permanent>());
/// ```
///
/// It may be the cause of another error: the whole chain of [`source`](std::error::Error::source) is asked.
#[derive(Debug)]
pub struct Permanent(Error);

impl Permanent {
    /// Says that this failure comes again with every attempt.
    pub fn new(error: impl Into<Error>) -> Self {
        Self(error.into())
    }

    /// Returns whether an error, or one of its causes, is permanent.
    pub fn is_in(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Permanent {
    /// The causes of the error itself, whose message this one has.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Around(Error);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl std::error::Error for Around {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(self.0.as_ref())
        }
    }

    #[test]
    fn a_permanent_failure_is_found_as_the_error_itself_and_as_a_cause() {
        let plain: Error = "no".into();
        assert!(!Permanent::is_in(plain.as_ref()));
        let itself: Error = Permanent::new("no").into();
        assert!(Permanent::is_in(itself.as_ref()));
        let cause: Error = Around(Around(itself).into()).into();
        assert!(Permanent::is_in(cause.as_ref()));
    }

    #[test]
    fn it_says_what_the_error_says_and_keeps_its_causes() {
        let error = Permanent::new(Around("the cause".into()));
        assert_eq!(error.to_string(), "around");
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), "the cause");
    }
}
