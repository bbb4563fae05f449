//! The part of [CloudWatch Logs' API](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html) that
//! reads: what functions wrote, as far as the trace keeps it. A function has one stream here.

use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{page, required, respond, with_next};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};
use crate::trace::{Record, Step};

/// The name of a function's only stream.
const STREAM: &str = "local";

/// The most events in one response.
const EVENTS: usize = 10_000;

pub(super) fn answer(bus: &LocalBus, operation: &str, body: &[u8]) -> Response {
    let input = super::rest::read(body);
    respond(input.and_then(|input| match operation {
        "DescribeLogGroups" => groups(bus, &input),
        "DescribeLogStreams" => streams(bus, &input),
        "GetLogEvents" | "FilterLogEvents" => events(bus, operation, &input),
        "ListTagsForResource" | "ListTagsLogGroup" => Ok(json!({ "tags": {} })),
        _ => Err(Refusal::new(
            "UnknownOperationException",
            format!("the local bus has no operation Logs {operation}"),
        )),
    }))
}

/// Returns every log group with the name of its function.
fn all(bus: &LocalBus) -> Vec<(String, String)> {
    let functions = bus.functions.all();
    let groups = functions.iter();
    let groups = groups.map(|(name, pool)| (pool.function().log_group.clone(), name.to_string()));
    let mut groups: Vec<_> = groups.collect();
    groups.sort();
    groups
}

fn groups(bus: &LocalBus, input: &Value) -> Answer<Value> {
    let prefix = input["logGroupNamePrefix"].as_str().unwrap_or_default();
    let part = input["logGroupNamePattern"].as_str().unwrap_or_default();
    let all = all(bus).into_iter().map(|(group, _)| group);
    let wanted = all.filter(|group| group.starts_with(prefix) && group.contains(part));
    let groups = wanted.map(|group| {
        let arn = format!(
            "arn:aws:logs:{}:{}:log-group:{group}",
            bus.region, bus.account
        );
        json!({
            "logGroupName": group,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": 0,
            "storedBytes": 0,
        })
    });
    let (groups, next) = paged(groups.collect(), input, 50)?;
    Ok(with_token(json!({ "logGroups": groups }), next))
}

fn streams(bus: &LocalBus, input: &Value) -> Answer<Value> {
    let (group, function) = group(bus, input)?;
    let lines = lines(bus, &function);
    let at = |record: Option<&Record>| record.map(|record| record.at.as_millisecond());
    let arn = format!(
        "arn:aws:logs:{}:{}:log-group:{group}",
        bus.region, bus.account
    );
    let stream = json!({
        "logStreamName": STREAM,
        "arn": format!("{arn}:log-stream:{STREAM}"),
        "firstEventTimestamp": at(lines.first()),
        "lastEventTimestamp": at(lines.last()),
    });
    let streams = if lines.is_empty() {
        Vec::new()
    } else {
        vec![stream]
    };
    Ok(json!({ "logStreams": streams }))
}

/// Returns the group that a request names, and its function.
fn group(bus: &LocalBus, input: &Value) -> Answer<(String, String)> {
    let name = match input["logGroupIdentifier"].as_str() {
        Some(given) => given
            .rsplit_once(":log-group:")
            .map_or(given, |(_, name)| name),
        None => required(input, "logGroupName")?,
    };
    let found = all(bus).into_iter().find(|(group, _)| group == name);
    found.ok_or_else(|| Refusal::not_found("The specified log group does not exist."))
}

fn lines(bus: &LocalBus, function: &str) -> Vec<Record> {
    let mut records = bus.journal.since(0);
    records.retain(|record| {
        matches!(&record.step, Step::FunctionLog { function: of, .. } if **of == *function)
    });
    records
}

fn events(bus: &LocalBus, operation: &str, input: &Value) -> Answer<Value> {
    let (_, function) = group(bus, input)?;
    let is_filter = operation == "FilterLogEvents";
    if !is_filter && required(input, "logStreamName")? != STREAM {
        return Err(Refusal::not_found(
            "The specified log stream does not exist.",
        ));
    }
    let words = input["filterPattern"].as_str().filter(|_| is_filter);
    let words = words.map(filter).transpose()?.unwrap_or_default();
    let bound = |name: &str, default: i64| input[name].as_i64().unwrap_or(default);
    let time = bound("startTime", i64::MIN)..bound("endTime", i64::MAX);
    let lines = lines(bus, &function);
    // The token of a stream is the number of the first step that has not been read.
    let token = input["nextToken"]
        .as_str()
        .and_then(|token| token.strip_prefix("f/"));
    let from: u64 = token.and_then(|from| from.parse().ok()).unwrap_or_default();
    let mut last = from;
    let unread = lines
        .iter()
        .filter(|record| is_filter || record.sequence >= from);
    let unread = unread.take(if is_filter { usize::MAX } else { EVENTS });
    let events = unread.filter_map(|record| {
        last = record.sequence + 1;
        let Step::FunctionLog { line, .. } = &record.step else {
            return None;
        };
        let at = record.at.as_millisecond();
        let is_wanted = time.contains(&at) && words.iter().all(|word| line.contains(&**word));
        is_wanted.then(|| {
            let mut event = json!({ "timestamp": at, "message": line, "ingestionTime": at });
            if is_filter {
                event["logStreamName"] = STREAM.into();
                event["eventId"] = format!("{:056}", record.sequence).into();
            }
            event
        })
    });
    let events: Vec<Value> = events.collect();
    if is_filter {
        let (events, next) = paged(events, input, EVENTS)?;
        return Ok(with_token(
            json!({ "events": events, "searchedLogStreams": [] }),
            next,
        ));
    }
    // At the end, the token is that of the request: so does a reader know that there is no more.
    Ok(json!({
        "events": events,
        "nextForwardToken": format!("f/{last}"),
        "nextBackwardToken": "b/begin",
    }))
}

/// Reads the words of a [filter pattern](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html),
/// each of which a line must have.
fn filter(pattern: &str) -> Answer<Vec<String>> {
    if pattern.trim_start().starts_with(['{', '[', '%', '?', '-']) {
        return Err(Refusal::new(
            "InvalidParameterException",
            "the local bus has only filter patterns of words, all of which a line must have",
        ));
    }
    let mut words = Vec::new();
    for (place, part) in pattern.split('"').enumerate() {
        // Every second part is between quotes.
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    Ok(words)
}

fn paged<T>(items: Vec<T>, input: &Value, most: usize) -> Answer<(Vec<T>, Option<String>)> {
    let token = input["nextToken"]
        .as_str()
        .filter(|token| token.starts_with("page-"));
    page(
        items,
        &json!({ "NextToken": token, "Limit": input["limit"] }),
        most,
    )
}

fn with_token(body: Value, next: Option<String>) -> Value {
    let mut body = with_next(body, next);
    if let Some(token) = body.get("NextToken").cloned() {
        body["nextToken"] = token;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_words_and_texts_in_quotes() {
        assert_eq!(filter("a \"b c\" d").unwrap(), ["a", "b c", "d"]);
        assert!(filter("").unwrap().is_empty());
        assert!(filter("{ $.a = 1 }").is_err());
    }
}
