//! Operations on groups of schedules and on their tags.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{check_name, read_tags};
use crate::api::answer::page;
use crate::api::lambda::keys;
use crate::api::rest::{read, respond};
use crate::control::{ControlPlane, DEFAULT_GROUP, Group};
use crate::local_bus::LocalBus;
use crate::refusal::{Answer, Refusal};

pub(super) async fn create(
    State(bus): State<Arc<LocalBus>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    let created = check_name(&name).and_then(|()| {
        let tags = read_tags(&read(&body)?)?;
        let now = bus.clock.now();
        let mut control = bus.control();
        if control.groups.contains_key(&name) {
            return Err(Refusal::new(
                "ConflictException",
                format!("Schedule group {name} already exists."),
            ));
        }
        let arn = control.add_group(&name, now);
        control.tags.get_or_default(arn.clone()).extend(tags);
        Ok(json!({ "ScheduleGroupArn": arn }))
    });
    respond(StatusCode::OK, created)
}

pub(super) async fn get(State(bus): State<Arc<LocalBus>>, Path(name): Path<String>) -> Response {
    let control = bus.control();
    let group = control.groups.get(&name);
    let group = group.map(|group| listed(&name, group));
    respond(StatusCode::OK, group.ok_or_else(|| missing(&name)))
}

fn listed(name: &str, group: &Group) -> Value {
    json!({
        "Arn": group.arn,
        "Name": name,
        "State": "ACTIVE",
        "CreationDate": group.created.as_second(),
        "LastModificationDate": group.created.as_second(),
    })
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!("Schedule group {name} does not exist."))
}

/// Removes a group with all its schedules.
pub(super) async fn delete(State(bus): State<Arc<LocalBus>>, Path(name): Path<String>) -> Response {
    let deleted = remove(&mut bus.control(), &name);
    if deleted.is_ok() {
        bus.replan();
    }
    respond(StatusCode::OK, deleted)
}

fn remove(control: &mut ControlPlane, name: &str) -> Answer<Value> {
    if name == DEFAULT_GROUP {
        return Err(Refusal::validation(
            "The default schedule group cannot be deleted.",
        ));
    }
    let group = control.groups.remove(name).ok_or_else(|| missing(name))?;
    control.schedules.retain(|(of, _), _| of != name);
    control.tags.remove(&group.arn);
    Ok(json!({}))
}

/// The query of a list of groups.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<u64>,
}

pub(super) async fn list(
    State(bus): State<Arc<LocalBus>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let prefix = wanted.name_prefix.unwrap_or_default();
    let control = bus.control();
    let groups = control.groups.iter();
    let groups = groups.filter(|(name, _)| name.starts_with(&prefix));
    let groups = groups.map(|(name, group)| listed(name, group));
    let paging = json!({ "NextToken": wanted.next_token, "Limit": wanted.max_results });
    let listed = page(groups.collect(), &paging, 100);
    let listed =
        listed.map(|(groups, next)| json!({ "ScheduleGroups": groups, "NextToken": next }));
    respond(StatusCode::OK, listed)
}

/// Checks that an ARN is that of a group: schedules have no tags.
fn check(control: &ControlPlane, arn: &str) -> Answer<()> {
    if control.groups.values().any(|group| group.arn == arn) {
        return Ok(());
    }
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Err(missing(name))
}

pub(super) async fn tags(State(bus): State<Arc<LocalBus>>, Path(arn): Path<String>) -> Response {
    let control = bus.control();
    let tags = check(&control, &arn).map(|()| {
        let tags = control.tags.get(&arn).into_iter().flatten();
        let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
        json!({ "Tags": tags.collect::<Value>() })
    });
    respond(StatusCode::OK, tags)
}

pub(super) async fn tag(
    State(bus): State<Arc<LocalBus>>,
    Path(arn): Path<String>,
    body: Bytes,
) -> Response {
    let mut control = bus.control();
    let tagged = check(&control, &arn).and_then(|()| {
        let tags = read_tags(&read(&body)?)?;
        control.tags.get_or_default(arn).extend(tags);
        Ok(json!({}))
    });
    respond(StatusCode::OK, tagged)
}

pub(super) async fn untag(
    State(bus): State<Arc<LocalBus>>,
    Path(arn): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut control = bus.control();
    let untagged = check(&control, &arn).map(|()| {
        let keys = keys(query.as_deref(), "TagKeys");
        let tags = control.tags.get_or_default(arn);
        tags.retain(|key, _| !keys.contains(key));
        json!({})
    });
    respond(StatusCode::OK, untagged)
}
