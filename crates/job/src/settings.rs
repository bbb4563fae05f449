//! Configuration from the environment, typed.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::handler::Error;

/// Reads the variables of the environment into a type: a field `page_size` is the variable `PAGE_SIZE`, and a field inside a
/// field has `__` in between. Texts become numbers, booleans (`true`, `false`) and variants of enums.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     bucket: String,
///     #[serde(default = "fifty")]
///     page_size: u32,
/// }
/// fn fifty() -> u32 { 50 }
///
/// let error = job::settings::<Settings>().err().unwrap();
/// assert_eq!(error.to_string(), "the environment: missing field `bucket`");
/// ```
///
/// # Errors
///
/// A variable is missing, or its text is not of the field's type: the message names it.
pub fn settings<T: DeserializeOwned>() -> Result<T, Error> {
    read(std::env::vars())
}

fn read<T: DeserializeOwned>(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<T, Error> {
    let config = envious::Config::default();
    let Named(settings) = config
        .build_from_iter(variables)
        .map_err(|error| match error {
            envious::EnvDeserializationError::GenericDeserialization(text) => {
                format!("the environment: {text}")
            }
            other => format!("the environment: {other}"),
        })?;
    Ok(settings)
}

/// A value whose error says at which field it is.
struct Named<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| {
                let path = error.path().to_string();
                match path.as_str() {
                    "." | "" => error.into_inner(),
                    path => {
                        let variable = path.replace('.', "__").to_uppercase();
                        D::Error::custom(format!("`{variable}`: {}", error.into_inner()))
                    }
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Settings {
        bucket: String,
        page_size: u32,
        #[serde(default)]
        is_dry: bool,
        note: Option<String>,
        retry: Retry,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Retry {
        attempts: u8,
    }

    fn of(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables = variables.iter();
        read(variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn variables_become_fields_of_their_types() {
        let variables = [
            ("BUCKET", "123"),
            ("PAGE_SIZE", "50"),
            ("RETRY__ATTEMPTS", "3"),
            ("PATH", "/bin"),
        ];
        let expected = Settings {
            bucket: "123".to_owned(),
            page_size: 50,
            is_dry: false,
            note: None,
            retry: Retry { attempts: 3 },
        };
        assert_eq!(of(&variables), Ok(expected));
    }

    #[test]
    fn an_error_names_the_variable() {
        let wrong = [
            ("BUCKET", "b"),
            ("PAGE_SIZE", "many"),
            ("RETRY__ATTEMPTS", "3"),
        ];
        let error = of(&wrong).unwrap_err();
        assert!(
            error.starts_with("the environment: `PAGE_SIZE`: "),
            "{error}"
        );
        let inside = [
            ("BUCKET", "b"),
            ("PAGE_SIZE", "1"),
            ("RETRY__ATTEMPTS", "300"),
        ];
        let error = of(&inside).unwrap_err();
        assert!(
            error.starts_with("the environment: `RETRY__ATTEMPTS`: "),
            "{error}"
        );
        let missing = of(&[("BUCKET", "b")]).unwrap_err();
        assert_eq!(missing, "the environment: missing field `page_size`");
    }
}
