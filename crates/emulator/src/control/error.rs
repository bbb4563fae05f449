//! Why EventBridge refuses a request.

/// An error as AWS answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The exception's name.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

pub(crate) type Answer<T> = Result<T, Refused>;

impl Refused {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new("ResourceAlreadyExistsException", message)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Refused {}

/// Checks a name's length and letters, and says what AWS says if they are not right.
pub(crate) fn check_name(field: &str, name: &str, most: usize) -> Answer<()> {
    let constraint = if name.is_empty() {
        "Member must have length greater than or equal to 1".to_owned()
    } else if name.len() > most {
        format!("Member must have length less than or equal to {most}")
    } else if !name.bytes().all(is_of_names) {
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+".to_owned()
    } else {
        return Ok(());
    };
    Err(Refused::validation(format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: {constraint}"
    )))
}

fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}
