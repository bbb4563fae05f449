//! Rules and their targets.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types;

use super::deployed::{Input, Retry, Rule, Starts, Target};
use super::reading::{Reading, sort_response};

/// All rules of a bus whose names begin with `prefix`, without their targets.
pub(super) async fn list_rules(
    client: &Client,
    bus: &str,
    prefix: &str,
) -> anyhow::Result<Reading<Vec<Rule>>> {
    let mut rules = Vec::new();
    let mut token = None;
    loop {
        let request = client.list_rules().event_bus_name(bus);
        let request = request.set_name_prefix((!prefix.is_empty()).then(|| prefix.to_owned()));
        let answer = request.set_next_token(token.clone()).send().await;
        let page = match sort_response(&format!("events:ListRules of {bus}"), answer)? {
            Reading::Found(page) => page,
            Reading::Absent => return Ok(Reading::Absent),
            Reading::Refused(why) => return Ok(Reading::Refused(why)),
        };
        rules.extend(
            page.rules
                .unwrap_or_default()
                .into_iter()
                .map(|found| rule(bus, found)),
        );
        // An endpoint that stands in for AWS may return the same token for ever.
        if page.next_token.is_none() || page.next_token == token {
            return Ok(Reading::Found(rules));
        }
        token = page.next_token;
    }
}

fn rule(bus: &str, found: types::Rule) -> Rule {
    let is_text = |text: &String| !text.is_empty();
    Rule {
        name: found.name.unwrap_or_default(),
        bus: bus.to_owned(),
        arn: found.arn.unwrap_or_default(),
        enabled: found.state != Some(types::RuleState::Disabled),
        sees_all_calls: found.state
            == Some(types::RuleState::EnabledWithAllCloudtrailManagementEvents),
        pattern: found.event_pattern.filter(is_text),
        schedule: found.schedule_expression.filter(is_text),
        role: found.role_arn.filter(is_text),
        managed_by: found.managed_by.filter(is_text),
        targets: Reading::Absent,
    }
}

/// All targets of a rule.
pub(super) async fn list_targets(
    client: &Client,
    bus: &str,
    rule: &str,
) -> anyhow::Result<Reading<Vec<Target>>> {
    let mut targets = Vec::new();
    let mut token = None;
    loop {
        let request = client.list_targets_by_rule().event_bus_name(bus).rule(rule);
        let answer = request.set_next_token(token.clone()).send().await;
        let page = match sort_response(&format!("events:ListTargetsByRule of {rule}"), answer)? {
            Reading::Found(page) => page,
            Reading::Absent => return Ok(Reading::Absent),
            Reading::Refused(why) => return Ok(Reading::Refused(why)),
        };
        targets.extend(page.targets.unwrap_or_default().into_iter().map(target));
        if page.next_token.is_none() || page.next_token == token {
            return Ok(Reading::Found(targets));
        }
        token = page.next_token;
    }
}

fn target(found: types::Target) -> Target {
    let policy = found.retry_policy.as_ref();
    let task = found.ecs_parameters.as_ref().and_then(started_task);
    let starts = task.or_else(|| found.batch_parameters.as_ref().and_then(started_job));
    let others = [
        ("AppSyncParameters", found.app_sync_parameters.is_some()),
        (
            "BatchParameters",
            found.batch_parameters.is_some() && starts.is_none(),
        ),
        (
            "EcsParameters",
            found.ecs_parameters.is_some() && starts.is_none(),
        ),
        ("HttpParameters", found.http_parameters.is_some()),
        (
            "RedshiftDataParameters",
            found.redshift_data_parameters.is_some(),
        ),
        (
            "RunCommandParameters",
            found.run_command_parameters.is_some(),
        ),
        (
            "SageMakerPipelineParameters",
            found.sage_maker_pipeline_parameters.is_some(),
        ),
    ];
    Target {
        starts,
        others: others
            .into_iter()
            .filter_map(|(name, is_said)| is_said.then_some(name))
            .collect(),
        retry: Retry::new(
            policy.and_then(types::RetryPolicy::maximum_retry_attempts),
            policy.and_then(types::RetryPolicy::maximum_event_age_in_seconds),
        ),
        dead_letters: found.dead_letter_config.and_then(|config| config.arn),
        // A target without any of the three receives the whole event.
        input: match (found.input_transformer, found.input, found.input_path) {
            (Some(transformer), _, _) => Input::Transformer {
                paths: transformer
                    .input_paths_map
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
                template: transformer.input_template,
            },
            (_, Some(input), _) => Input::Constant(input),
            (_, _, Some(path)) => Input::Path(path),
            _ => Input::Event,
        },
        role: found.role_arn,
        group: found
            .sqs_parameters
            .and_then(|parameters| parameters.message_group_id),
        partition_key: found
            .kinesis_parameters
            .map(|parameters| parameters.partition_key_path),
        id: found.id,
        arn: found.arn,
    }
}

/// The tasks that a target starts; nothing if it says more of them than a spec does.
fn started_task(found: &types::EcsParameters) -> Option<Starts> {
    let is_plain = found.network_configuration().is_none()
        && found.platform_version().is_none_or(str::is_empty)
        && found.group().is_none_or(str::is_empty)
        && found.capacity_provider_strategy().is_empty()
        && !found.enable_ecs_managed_tags()
        && !found.enable_execute_command()
        && found.placement_constraints().is_empty()
        && found.placement_strategy().is_empty()
        && found.propagate_tags().is_none()
        && found.reference_id().is_none_or(str::is_empty)
        && found.tags().is_empty();
    let launch_type = found.launch_type()?.as_str().to_owned();
    is_plain.then(|| Starts::Task {
        definition: found.task_definition_arn().to_owned(),
        launch_type,
        count: found.task_count().map_or(1, number),
    })
}

/// The job that a target submits.
fn started_job(found: &types::BatchParameters) -> Option<Starts> {
    let definition = found.job_definition().to_owned();
    // A name alone is not what the module writes.
    definition.starts_with("arn:").then(|| Starts::Job {
        definition,
        name: found.job_name().to_owned(),
        attempts: found.retry_strategy().map(|retry| number(retry.attempts())),
        array_size: found.array_properties().map(|array| number(array.size())),
    })
}

fn number(found: i32) -> u32 {
    u32::try_from(found).unwrap_or_default()
}
