//! `--region` and `--account`, of the verbs that run a pipeline on this machine.

use crate::local::Here;

/// The region and the account that the local bus stands for.
#[derive(Debug, clap::Args)]
pub(crate) struct HereArgs {
    /// The region that this machine stands for; without it, that of `AWS_REGION` or `AWS_DEFAULT_REGION`, or us-east-1
    #[arg(long = "region", value_name = "REGION", value_parser = region)]
    region: Option<String>,

    /// The account that this machine stands for, twelve digits
    #[arg(long = "account", value_name = "ID", default_value = "000000000000", value_parser = account)]
    account: String,
}

impl HereArgs {
    /// Returns where this machine is, so to say.
    pub(crate) fn here(&self) -> Here {
        // A client in the same shell asks in the same region.
        let given = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let mut given = given
            .iter()
            .filter_map(|name| region(&std::env::var(name).ok()?).ok());
        let default = Here::default();
        Here {
            account: self.account.clone(),
            region: self
                .region
                .clone()
                .or_else(|| given.next())
                .unwrap_or(default.region),
        }
    }
}

fn region(text: &str) -> Result<String, String> {
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.matches('-').count() >= 2 && text.split('-').all(is_word) {
        Ok(text.to_owned())
    } else {
        Err("a region is written as `eu-central-1`".to_owned())
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account is twelve digits".to_owned())
    }
}
