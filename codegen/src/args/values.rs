//! `--value`, of every verb that reads a spec for one environment.

/// Values that replace those of the environment, or of this machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Values {
    /// What a value of the spec is, instead of what the environment says, or `local:`; may be repeated
    #[arg(long = "value", value_name = "NAME=VALUE", value_parser = value)]
    pub(crate) values: Vec<(String, String)>,
}

/// Reads `name=value`.
fn value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write the name of a value, `=`, and what it is".to_owned()),
    }
}
