//! Prices, read from a file that a user may replace.

use jiff::civil::Date;
use pipeline::reading::{Fields, INVALID_VALUE, Reader, finish};
use pipeline::syntax::{Document, Kind, Node};
use pipeline::{Diagnostic, Span};

/// The prices that the command brings.
pub const BUILT_IN: &str = include_str!("../rates.yaml");

/// Prices of a region on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// The day on which they were looked up.
    pub as_of: Date,
    /// The region.
    pub region: String,
    /// The currency: `USD`.
    pub currency: String,
    /// A price for each item, in their order.
    prices: [Price; Item::ALL.len()],
}

/// What one item costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// What `per` units cost.
    pub price: f64,
    /// The number of units that the price is for.
    pub per: f64,
    /// The units of a month that cost nothing.
    pub free: f64,
}

/// Writes the enum of items with their words and units, in the order in which they are shown.
macro_rules! items {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $what:literal;)+) => {
        /// What AWS counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Item {
            $($(#[$doc])* $name,)+
        }

        impl Item {
            /// Every item, in the order in which they are shown.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];

            /// The key in a file of prices.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What it is, for people.
            pub fn what(self) -> &'static str {
                match self { $(Self::$name => $what),+ }
            }
        }
    };
}

items! {
    /// Events that are put onto a bus, each begun 64 KB.
    Events = "event_bus_events", "events put, each begun 64 KB";
    /// Deliveries to another account.
    CrossAccount = "event_bus_cross_account", "deliveries to other accounts";
    /// Calls of API destinations.
    ApiCalls = "event_bus_api_calls", "calls of APIs";
    /// Gigabytes that are archived.
    Archived = "archive_gb", "GB archived";
    /// Gigabytes that an archive keeps for a month.
    Kept = "archive_gb_months", "GB kept in the archive";
    /// Runs that EventBridge Scheduler starts.
    Scheduler = "scheduler_runs", "runs of EventBridge Scheduler";
    /// Runs of functions.
    Runs = "function_runs", "runs of functions";
    /// Gigabyte-seconds on ARM.
    Arm64 = "function_gb_seconds_arm64", "GB-seconds on arm64";
    /// Gigabyte-seconds on x86.
    X86 = "function_gb_seconds_x86_64", "GB-seconds on x86_64";
    /// Requests to queues.
    Queues = "queue_requests", "requests to queues";
    /// Requests to FIFO queues.
    FifoQueues = "fifo_queue_requests", "requests to FIFO queues";
    /// Messages for topics.
    Topics = "topic_publishes", "messages for topics";
    /// Gigabytes of log lines.
    Logs = "log_gb", "GB of log lines";
    /// Metrics that alarms watch.
    Alarms = "alarm_metrics", "metrics that alarms watch";
    /// Metrics of the pipeline's own.
    Metrics = "custom_metrics", "metrics of functions' own";
    /// Dashboards.
    Dashboards = "dashboards", "dashboards";
    /// Traces of X-Ray.
    Traces = "traces", "traces of X-Ray";
}

impl Rates {
    /// Reads a file of prices.
    ///
    /// # Errors
    /// What is wrong with it, each finding with its place.
    pub fn read(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let document = Document::read(text).map_err(|diagnostic| vec![*diagnostic])?;
        let mut reader = Reader::default();
        let rates = read(&mut reader, &document.root);
        let found = finish(reader, &document);
        match rates {
            Some(rates) if found.is_empty() => Ok(rates),
            _ => Err(found),
        }
    }

    /// What an item costs.
    pub fn price(&self, item: Item) -> Price {
        self.prices[item as usize]
    }
}

fn read(reader: &mut Reader, root: &Node) -> Option<Rates> {
    let start = Span {
        start: root.span.start,
        end: root.span.start,
    };
    let mut fields = reader.fields("a file of prices", root, start)?;
    let as_of = fields
        .require("as_of")
        .and_then(|node| read_date(reader, node));
    let mut text = |fields: &mut Fields<'_>, key| {
        let read = fields.require(key).and_then(|node| reader.string(node));
        read.map(|text| text.value)
    };
    let (region, currency) = (text(&mut fields, "region"), text(&mut fields, "currency"));
    let prices = fields
        .require("prices")
        .and_then(|node| read_prices(reader, node));
    fields.finish(reader);
    Some(Rates {
        as_of: as_of?,
        region: region?,
        currency: currency?,
        prices: prices?,
    })
}

fn read_date(reader: &mut Reader, node: &Node) -> Option<Date> {
    let text = reader.string(node)?;
    let date = text.value.parse().ok();
    if date.is_none() {
        let message = format!("`{}` is not a day such as `2026-06-13`", text.value);
        reader.report(Diagnostic::new(&INVALID_VALUE, text.span, message));
    }
    date
}

fn read_prices(reader: &mut Reader, node: &Node) -> Option<[Price; Item::ALL.len()]> {
    let mut fields = reader.fields("`prices`", node, node.span)?;
    let mut prices = [Price::default(); Item::ALL.len()];
    for item in Item::ALL {
        if let Some((at, node)) = fields.require_entry(item.word()) {
            prices[item as usize] = read_price(reader, node, at)?;
        }
    }
    fields.finish(reader);
    Some(prices)
}

fn read_price(reader: &mut Reader, node: &Node, at: Span) -> Option<Price> {
    let mut fields = reader.fields("a price", node, at)?;
    let price = fields
        .require("price")
        .and_then(|node| number(reader, node, 0.0));
    let per = fields.take("per");
    let per = per.map_or(Some(1.0), |node| number(reader, node, 1.0));
    let free = fields.take("free");
    let free = free.map_or(Some(0.0), |node| number(reader, node, 0.0));
    if let Some(node) = fields.take("source") {
        let _ = reader.string(node);
    }
    fields.finish(reader);
    Some(Price {
        price: price?,
        per: per?,
        free: free?,
    })
}

fn number(reader: &mut Reader, node: &Node, least: f64) -> Option<f64> {
    let number: Option<f64> = match &node.kind {
        Kind::Scalar { text, plain: true } => text.parse().ok(),
        _ => None,
    };
    let number = number.filter(|number| number.is_finite() && *number >= least);
    if number.is_none() {
        let message = format!("expected a number from {least} on");
        reader.report(Diagnostic::new(&INVALID_VALUE, node.span, message));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prices_are_whole() {
        let rates = Rates::read(BUILT_IN).unwrap();
        assert_eq!(rates.currency, "USD");
        for item in Item::ALL {
            assert!(rates.price(item).price > 0.0, "{}", item.word());
        }
        // https://aws.amazon.com/lambda/pricing/
        let gb_seconds = rates.price(Item::Arm64);
        assert_eq!(
            (gb_seconds.price / gb_seconds.per).to_string(),
            "0.0000133334"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_has_its_place() {
        let mistakes = [
            ("as_of: 2026-06-13", "as_of: June", "is not a day"),
            (
                "price: 1.00, per: 1000000, source",
                "price: -1, source",
                "from 0 on",
            ),
            ("  traces:", "  trace:", "`trace`"),
            ("currency: USD\n", "", "currency"),
        ];
        for (good, bad, expected) in mistakes {
            let text = BUILT_IN.replacen(good, bad, 1);
            assert_ne!(text, BUILT_IN, "{good}");
            let found = Rates::read(&text).unwrap_err();
            let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
            assert!(
                messages.iter().any(|one| one.contains(expected)),
                "{messages:?}"
            );
        }
        assert!(Rates::read("prices: [").is_err());
        assert!(Rates::read("").is_err());
    }
}
