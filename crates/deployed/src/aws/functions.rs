//! Functions, who may invoke them, and what becomes of runs that fail.

use aws_sdk_lambda::Client;
use eventbridge::arn::Arn;

use super::deployed::{Failures, Function};
use super::reading::{Reading, sort};

/// What Lambda does where nothing is said: `(attempts, seconds)`.
const DEFAULT_EXECUTION: (u32, u32) = (2, 21_600);

/// A function by name or ARN.
///
/// A policy, and what becomes of failed runs, are of the function or of one alias.
pub(super) async fn read(
    client: &Client,
    name: &str,
    alias: Option<&str>,
) -> anyhow::Result<Function> {
    let answer = client.get_function_configuration().function_name(name);
    let request = format!("lambda:GetFunctionConfiguration of {name}");
    let arn = sort(&request, answer.send().await)?;
    let arn = arn.map(|found| unqualified(&found.function_arn.unwrap_or_default()));
    if arn == Reading::Absent {
        return Ok(Function {
            arn,
            policy: Reading::Absent,
            concurrency: Reading::Absent,
            failures: Reading::Absent,
        });
    }
    let answer = client.get_policy().function_name(name);
    let answer = answer.set_qualifier(alias.map(str::to_owned)).send().await;
    let policy = sort(&format!("lambda:GetPolicy of {name}"), answer)?;
    let answer = client.get_function_concurrency().function_name(name);
    let request = format!("lambda:GetFunctionConcurrency of {name}");
    let concurrency = sort(&request, answer.send().await)?;
    Ok(Function {
        arn,
        policy: policy.map(|found| found.policy.unwrap_or_default()),
        concurrency: concurrency.map(|found| found.reserved_concurrent_executions),
        failures: failures(client, name, alias).await?,
    })
}

async fn failures(
    client: &Client,
    name: &str,
    alias: Option<&str>,
) -> anyhow::Result<Reading<Failures>> {
    let answer = client
        .get_function_event_invoke_config()
        .function_name(name)
        .set_qualifier(alias.map(str::to_owned));
    let request = format!("lambda:GetFunctionEventInvokeConfig of {name}");
    let found = sort(&request, answer.send().await)?;
    let number = |said: Option<i32>| said.and_then(|said| u32::try_from(said).ok());
    Ok(found.map(|found| Failures {
        max_attempts: number(found.maximum_retry_attempts).unwrap_or(DEFAULT_EXECUTION.0),
        max_age_seconds: number(found.maximum_event_age_in_seconds).unwrap_or(DEFAULT_EXECUTION.1),
        destination: found
            .destination_config
            .and_then(|config| config.on_failure?.destination),
    }))
}

/// An ARN without the version or alias at its end.
fn unqualified(arn: &str) -> String {
    Arn::parse(arn)
        .map_or(arn, |arn| arn.unqualified())
        .to_owned()
}
