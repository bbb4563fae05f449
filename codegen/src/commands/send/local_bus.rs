//! What became of an event, by the trace of `codegen dev`.

use std::collections::{HashMap, HashSet};

use eventbridge::arn::Arn;
use serde_json::Value;

use super::http;
use super::wait::Sighting;

/// A bus that `codegen dev` serves.
pub(super) struct LocalBus {
    endpoint: String,
    /// The next record to read.
    from: u64,
    events: HashSet<String>,
    /// The function that each delivery goes to, by its number.
    deliveries: HashMap<u64, String>,
    requests: HashMap<String, String>,
}

impl LocalBus {
    /// The bus at an endpoint, if there is one.
    pub(super) async fn at(endpoint: Option<&str>) -> Option<Self> {
        let endpoint = endpoint?.trim_end_matches('/').to_owned();
        let answer = http::get(&endpoint, "/_/state").await.ok()?;
        let state: Value = serde_json::from_str(&answer.body).ok()?;
        Some(Self {
            from: state["sequence"].as_u64()?,
            endpoint,
            events: HashSet::new(),
            deliveries: HashMap::new(),
            requests: HashMap::new(),
        })
    }

    /// What happened since the last time to an event and to those that it led to.
    pub(super) async fn look(&mut self, event: &str) -> anyhow::Result<Vec<Sighting>> {
        self.events.insert(event.to_owned());
        let path = format!("/_/trace?from={}&wait=1", self.from);
        let answer = http::get(&self.endpoint, &path).await?;
        self.from = answer.next.unwrap_or(self.from);
        let records = answer
            .body
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        Ok(records
            .filter_map(|record: Value| self.read(&record))
            .collect())
    }

    fn read(&mut self, record: &Value) -> Option<Sighting> {
        let text = |name: &str| record[name].as_str();
        match text("step")? {
            "EVENT_RECEIPT" if self.requests.contains_key(text("emitted_by")?) => {
                self.events.insert(text("event")?.to_owned());
            }
            "INVOCATION_START" if self.events.contains(text("event")?) => {
                let function = Arn::parse(text("arn")?).ok()?.name().to_owned();
                self.deliveries
                    .insert(record["delivery"].as_u64()?, function);
            }
            "INVOCATION_SUCCESS" => {
                let function = self.deliveries.get(&record["delivery"].as_u64()?)?;
                self.requests
                    .insert(text("request")?.to_owned(), function.clone());
            }
            "INVOCATION_FAILURE" => {
                let function = self.deliveries.get(&record["delivery"].as_u64()?)?;
                let why = format!("not delivered: {}", text("error_code")?);
                return Some(Sighting::failed(function, &why));
            }
            "FUNCTION_SUCCESS" => return Some(Sighting::ok(self.requests.get(text("request")?)?)),
            "FUNCTION_FAILURE" => {
                let function = self.requests.get(text("request")?)?;
                let why = format!("failed: {}", text("condition")?);
                return Some(Sighting::failed(function, &why));
            }
            _ => {}
        }
        None
    }
}
