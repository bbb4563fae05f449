//! Tables of what was found about a user.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::Value;
use spendsense::currency::Currency;

/// Writes a figure with its unit.
type Unit = fn(i64, Currency) -> String;

/// Figures that are the level of another one.
const LEVELS: [&str; 2] = ["cover", "utilization"];

/// The width of tables without a terminal.
const WIDTH: u16 = 110;

/// Writes the result of [`spendsense::store::Store::findings`] for people.
pub fn text(found: &Value) -> String {
    let name = found["name"].as_str().unwrap_or_default();
    let user = found["user_id"].as_str().unwrap_or_default();
    let transactions = &found["transactions"];
    let consent = consent(&found["consents"]);
    let sections = [
        ("Accounts", accounts(found)),
        ("Features", features(found)),
        ("Personas", personas(found)),
        ("Recommendations", recommendations(found)),
        ("Errors", errors(found)),
    ];
    let sections = sections
        .iter()
        .filter(|(_, table)| table.row_count() > 0)
        .map(|(title, table)| format!("\n{title}\n{table}\n"));
    let sections: String = sections.collect();
    format!("{user}  {name}, {transactions} transactions, {consent}\n{sections}")
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table.set_header(header);
    table
}

fn rows<'v>(found: &'v Value, of: &str) -> impl Iterator<Item = &'v Value> {
    found[of].as_array().into_iter().flatten()
}

fn consent(consents: &Value) -> String {
    let last = consents.as_array().and_then(|all| all.last());
    match last {
        None => "never consented".to_owned(),
        Some(last) => match last["revoked_at"].as_str() {
            Some(at) => format!("consent withdrawn on {}", day(at)),
            None => format!(
                "consents since {}",
                day(last["granted_at"].as_str().unwrap_or_default())
            ),
        },
    }
}

fn day(instant: &str) -> &str {
    instant.get(..10).unwrap_or(instant)
}

fn accounts(found: &Value) -> Table {
    let mut table = table(&["account", "kind", "balance", "limit"]);
    for row in rows(found, "accounts") {
        let currency = currency(row);
        let money = |key: &str| row[key].as_i64().map(|cents| currency.written(cents));
        let limit = money("limit_cents").unwrap_or_default();
        let balance = money("balance_cents").unwrap_or_default();
        table.add_row([text_of(&row["name"]), text_of(&row["kind"]), balance, limit]);
    }
    right(&mut table, 2);
    right(&mut table, 3);
    table
}

/// Makes the table of features: a row for each figure, and a column for each window.
fn features(found: &Value) -> Table {
    let mut windows: Vec<i64> = rows(found, "features")
        .filter_map(|row| row["window_days"].as_i64())
        .collect();
    windows.dedup();
    let names: Vec<String> = windows.iter().map(|days| format!("{days} days")).collect();
    let mut header = vec!["signal", "figure"];
    header.extend(names.iter().map(String::as_str));
    let mut table = table(&header);
    for signal in ["subscriptions", "credit", "savings", "income"] {
        let values: Vec<Vec<(String, String)>> = rows(found, "features")
            .filter(|row| row["signal"] == signal)
            .map(|row| figures(&row["value"]))
            .collect();
        let Some(first) = values.first() else {
            continue;
        };
        for (index, (figure, _)) in first.iter().enumerate() {
            let mut cells = vec![signal.to_owned(), figure.clone()];
            cells.extend(values.iter().map(|of| {
                of.get(index)
                    .map(|(_, value)| value.clone())
                    .unwrap_or_default()
            }));
            table.add_row(cells);
        }
    }
    for column in 2..header.len() {
        right(&mut table, column);
    }
    table
}

/// Returns the currency that a document names; without one the amounts are in dollars.
fn currency(document: &Value) -> Currency {
    let code = document["currency"].as_str();
    code.and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// Writes the figures of a signal, by name and as text. Each card has its own, and so has each other currency.
fn figures(signal: &Value) -> Vec<(String, String)> {
    let currency = currency(signal);
    let mut figures = Vec::new();
    for (name, value) in signal.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("subscriptions" | "currency" | "other_currencies", _) => {}
            ("cards", Value::Array(cards)) => {
                for card in cards {
                    let of_card = figures_of_card(card, currency);
                    figures.extend(of_card);
                }
            }
            (name, value) => figures.push(figure(name, value, currency)),
        }
    }
    for other in rows(signal, "other_currencies") {
        let code = self::currency(other);
        let of_other = self::figures(other).into_iter();
        figures.extend(of_other.map(|(name, text)| (format!("{code}: {name}"), text)));
    }
    figures
}

fn figures_of_card(card: &Value, currency: Currency) -> Vec<(String, String)> {
    let id = text_of(&card["account_id"]);
    let short = id.rsplit('/').next().unwrap_or(&id).to_owned();
    let figures = card.as_object().into_iter().flatten();
    let figures = figures.filter(|(name, _)| *name != "account_id");
    figures
        .map(|(name, value)| {
            let (name, text) = figure(name, value, currency);
            (format!("{short}: {name}"), text)
        })
        .collect()
}

/// Writes a figure's name and text, by the unit at the end of its key.
fn figure(key: &str, value: &Value, currency: Currency) -> (String, String) {
    let units: [(&str, Unit); 4] = [
        ("_cents", |cents, currency| currency.written(cents)),
        ("_bp", |bp, _| percent(bp)),
        ("_hundredths", |hundredths, _| months(hundredths)),
        ("_days", |days, _| format!("{days} days")),
    ];
    for (unit, write) in units {
        if let Some(name) = key.strip_suffix(unit)
            && let (Some(number), true) = (value.as_i64(), !name.is_empty() && key != "pay_days")
        {
            return (name.replace('_', " "), write(number, currency));
        }
    }
    let name = ["_cents", "_bp", "_hundredths"]
        .iter()
        .fold(key, |key, unit| key.strip_suffix(unit).unwrap_or(key));
    // Without its unit, the exact figure beside it would have the same name.
    let level = if LEVELS.contains(&key) { " level" } else { "" };
    (name.replace('_', " ") + level, text_of(value))
}

fn personas(found: &Value) -> Table {
    let mut table = table(&["window", "persona", "because"]);
    for row in rows(found, "personas") {
        let reasons: Vec<String> = rows(row, "reasons").map(reason).collect();
        table.add_row([
            format!("{} days", row["window_days"]),
            text_of(&row["persona"]).replace('_', " "),
            reasons.join("; "),
        ]);
    }
    table
}

fn reason(reason: &Value) -> String {
    let mut parts = vec![text_of(&reason["reason"]).replace('_', " ")];
    for (key, value) in reason.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "reason" | "account_id" | "currency") {
            let text = match (key.as_str(), value.as_i64()) {
                ("cents", Some(cents)) => currency(reason).written(cents),
                _ => figure(key, value, currency(reason)).1,
            };
            parts.push(text);
        }
    }
    parts.join(" ")
}

fn recommendations(found: &Value) -> Table {
    let mut table = table(&["", "what", "why"]);
    for row in rows(found, "recommendations") {
        let kind = match row["kind"].as_str() {
            Some("offer") => "offer",
            _ => "read",
        };
        table.add_row([
            kind.to_owned(),
            text_of(&row["title"]),
            text_of(&row["rationale"]),
        ]);
    }
    table
}

fn errors(found: &Value) -> Table {
    let mut table = table(&["job", "at", "what"]);
    for row in rows(found, "errors") {
        table.add_row(["job", "occurred_at", "message"].map(|key| text_of(&row[key])));
    }
    table
}

fn right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn percent(basis_points: i64) -> String {
    decimal(basis_points, " %")
}

fn months(hundredths: i64) -> String {
    decimal(hundredths, " months")
}

fn decimal(hundredths: i64, unit: &str) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let of = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}{unit}", of / 100, of % 100)
}
