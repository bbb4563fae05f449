//! Functions, who may invoke them, and what becomes of runs that fail.

use aws_sdk_lambda::Client;
use eventbridge::arn::Arn;

use super::deployed::{Failures, Function};
use super::reading::{Reading, sort_response};

/// Lambda's defaults: `(attempts, seconds)`.
const DEFAULT_EXECUTION: (u32, u32) = (2, 21_600);

/// A function by name or ARN.
///
/// A function and each of its aliases have their own policy, and their own settings for failed runs.
pub(super) async fn read_function(
    client: &Client,
    name: &str,
    alias: Option<&str>,
) -> anyhow::Result<Function> {
    let answer = client.get_function_configuration().function_name(name);
    let answer = answer.set_qualifier(alias.map(str::to_owned)).send().await;
    let request = format!("lambda:GetFunctionConfiguration of {name}");
    let arn = sort_response(&request, answer)?;
    let arn = arn.map(|found| unqualified(&found.function_arn.unwrap_or_default()));
    if arn == Reading::Absent {
        return Ok(Function {
            arn,
            policy: Reading::Absent,
            concurrency: Reading::Absent,
            failures: Reading::Absent,
        });
    }
    // An alias has a policy of its own: the function's does not allow to invoke it through the alias.
    let answer = client.get_policy().function_name(name);
    let answer = answer.set_qualifier(alias.map(str::to_owned)).send().await;
    let policy = sort_response(&format!("lambda:GetPolicy of {name}"), answer)?;
    // Concurrency is reserved for the whole function, never for an alias.
    let answer = client.get_function_concurrency().function_name(name);
    let request = format!("lambda:GetFunctionConcurrency of {name}");
    let concurrency = sort_response(&request, answer.send().await)?;
    Ok(Function {
        arn,
        policy: policy.map(|found| found.policy.unwrap_or_default()),
        concurrency: concurrency.map(|found| found.reserved_concurrent_executions),
        failures: read_failures(client, name, alias).await?,
    })
}

async fn read_failures(
    client: &Client,
    name: &str,
    alias: Option<&str>,
) -> anyhow::Result<Reading<Failures>> {
    let answer = client
        .get_function_event_invoke_config()
        .function_name(name)
        .set_qualifier(alias.map(str::to_owned));
    let request = format!("lambda:GetFunctionEventInvokeConfig of {name}");
    let found = sort_response(&request, answer.send().await)?;
    let number = |said: Option<i32>| said.and_then(|said| u32::try_from(said).ok());
    Ok(found.map(|found| Failures {
        // Lambda leaves out what was never set. 0 attempts is a setting, and not the same as none said.
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
