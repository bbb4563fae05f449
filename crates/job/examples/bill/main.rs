//! A function with everything around its handler: typed settings, each event once, failures that are permanent, and a
//! metric with a unit. What `codegen generate` writes of a spec stands in `events`.
//!
//! `cargo build --example bill`; on Lambda, or on the local bus, the environment says `PAGE_SIZE` and `BANK`, and with
//! `EVENTS_TABLE` the table of DynamoDB that knows which events are done. Without a table this process alone knows it.

mod dynamo;

use std::time::Instant;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use job::{
    Error, Function, Handler, MemoryStore, Metric, Outcome, Permanent, Run, Scheduled, Unit,
};
use serde::Deserialize;

mod events {
    use job::{Arrival, EmittedBy, Event, EventId, Job, Malformed, Scheduled, Trigger};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(crate) struct OrderPlaced {
        pub(crate) order_id: String,
        pub(crate) total_cents: i64,
    }

    #[derive(Serialize, Deserialize)]
    pub(crate) struct OrderBilled {
        pub(crate) order_id: String,
    }

    impl Event for OrderPlaced {
        const NAME: &'static str = "order.placed";
        const SOURCE: &'static str = "shop";
        const DETAIL_TYPE: &'static str = "Order Placed";
        const DISCRIMINATED: bool = true;
    }

    impl Event for OrderBilled {
        const NAME: &'static str = "order.billed";
        const SOURCE: &'static str = "shop";
        const DETAIL_TYPE: &'static str = "Order Billed";
        const DISCRIMINATED: bool = true;
    }

    pub(crate) enum Bill {}

    impl Job for Bill {
        const PIPELINE: &'static str = "shop";
        const SOURCE: &'static str = "shop";
        const NAME: &'static str = "bill";
        type Trigger = BillTrigger;
        type Schedule = Scheduled;
    }

    impl EmittedBy<Bill> for OrderBilled {}

    pub(crate) enum BillTrigger {
        OrderPlaced(OrderPlaced),
    }

    impl Trigger for BillTrigger {
        const EVENTS: &'static [EventId] = &[EventId::of::<OrderPlaced>()];

        fn decode(arrival: &Arrival<'_>) -> Result<Option<Self>, Malformed> {
            Ok(Some(Self::OrderPlaced(arrival.detail()?)))
        }
    }
}

use dynamo::DynamoStore;
use events::{Bill, BillTrigger, OrderBilled};

#[derive(Deserialize)]
struct Settings {
    bank: String,
    page_size: u32,
    events_table: Option<String>,
}

struct Billing {
    settings: Settings,
}

impl Handler for Billing {
    type Job = Bill;

    async fn on_event(&self, trigger: BillTrigger, run: &Run) -> Result<Outcome<Bill>, Error> {
        let BillTrigger::OrderPlaced(order) = trigger;
        if order.total_cents <= 0 {
            // It would be wrong the next time, too: into the failure queue, without two more runs.
            let reason = format!("the order {} costs nothing", order.order_id);
            return Err(Permanent::new(reason).into());
        }
        let begin = Instant::now();
        // … ask the bank, with `run.traceparent()` as a header …
        let took = Metric::new("BankAnswered", begin.elapsed().as_secs_f64() * 1000.0)
            .unit(Unit::Milliseconds)
            .dimension("bank", self.settings.bank.as_str());
        run.measure(took);
        Outcome::done().emit(&OrderBilled {
            order_id: order.order_id,
        })
    }

    async fn on_schedule(&self, _schedule: Scheduled, run: &Run) -> Result<(), Error> {
        run.count("PagesRead", u64::from(self.settings.page_size));
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings: Settings = job::settings()?;
    let table = settings.events_table.clone();
    let function = Function::new(Billing { settings });
    let Some(table) = table else {
        return function.idempotent(MemoryStore::default()).run().await;
    };
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http.build_https());
    let client = Client::new(&config.load().await);
    let store = DynamoStore::new(client, table);
    function.idempotent(store).run().await
}
