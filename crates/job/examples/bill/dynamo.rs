//! A store in a table of DynamoDB, as a function of your own can have it.
//!
//! ```sh
//! aws dynamodb create-table --table-name event-runs --billing-mode PAY_PER_REQUEST \
//!   --attribute-definitions AttributeName=event,AttributeType=S --key-schema AttributeName=event,KeyType=HASH
//! aws dynamodb update-time-to-live --table-name event-runs \
//!   --time-to-live-specification Enabled=true,AttributeName=lapses_at
//! ```
//!
//! The function's role needs `dynamodb:PutItem` and `dynamodb:DeleteItem` on the table.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use job::{Begun, Error, IdempotencyStore};

/// How long it is known that an event is done: a day longer than a queue keeps a message.
const MEMORY: Duration = Duration::from_hours(15 * 24);

/// Items are `event`, which is the key, `lapses_at` in seconds since 1970, and `result` once the event is done.
///
/// DynamoDB has no clock for conditions, so the function's own counts. DynamoDB deletes what has lapsed when it comes to it,
/// which may take days: the condition looks at the time itself.
#[derive(Clone, Debug)]
pub(crate) struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Begins an event at an instant. One request: the condition lets one caller write, and shows all others the item.
    pub(crate) async fn begin_at(
        &self,
        key: &str,
        lease: Duration,
        now: SystemTime,
    ) -> Result<Begun, Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("event", AttributeValue::S(key.to_owned()))
            .item("lapses_at", after(now, lease)?)
            .condition_expression("attribute_not_exists(event) OR lapses_at < :now")
            .expression_attribute_values(":now", seconds(now)?)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(Begun::First);
        };
        let refused = match error.into_service_error() {
            PutItemError::ConditionalCheckFailedException(refused) => refused,
            error => return Err(error.into()),
        };
        let result = refused.item().and_then(|item| item.get("result"));
        Ok(match result.and_then(|result| result.as_s().ok()) {
            Some(result) => Begun::Done(result.clone()),
            None => Begun::Running,
        })
    }
}

impl IdempotencyStore for DynamoStore {
    async fn begin(&self, key: &str, lease: Duration) -> Result<Begun, Error> {
        self.begin_at(key, lease, SystemTime::now()).await
    }

    async fn done(&self, key: &str, result: &str) -> Result<(), Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("event", AttributeValue::S(key.to_owned()))
            .item("result", AttributeValue::S(result.to_owned()))
            .item("lapses_at", after(SystemTime::now(), MEMORY)?);
        put.send().await?;
        Ok(())
    }

    async fn forget(&self, key: &str) -> Result<(), Error> {
        let key = AttributeValue::S(key.to_owned());
        let delete = self.client.delete_item().table_name(&self.table);
        delete.key("event", key).send().await?;
        Ok(())
    }
}

/// An instant in whole seconds, as DynamoDB's time to live wants it.
fn seconds(at: SystemTime) -> Result<AttributeValue, Error> {
    let seconds = at.duration_since(UNIX_EPOCH)?.as_secs();
    Ok(AttributeValue::N(seconds.to_string()))
}

/// The end of a time. No run takes longer than 15 minutes; an absurd lease must not overflow.
fn after(now: SystemTime, time: Duration) -> Result<AttributeValue, Error> {
    seconds(now.checked_add(time).unwrap_or(now))
}
