//! Users as the store hands them over, read into the model.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::features::Features;
use crate::model::{Account, AccountKind, Card, Category, Cents, Channel, Transaction, User};
use crate::store::{BadRow, Record};

/// Account, kind, name, balance, limit, minimum payment, last payment, whether overdue.
type AccountRow = (
    String,
    String,
    String,
    Cents,
    Option<Cents>,
    Option<Cents>,
    Option<Cents>,
    u8,
);

/// Transaction, account, day, amount, category, channel, text of income, merchant.
type TransactionRow = (
    String,
    String,
    Date,
    Cents,
    Category,
    Channel,
    String,
    Option<String>,
);

/// A user with accounts and transactions.
pub(crate) fn user(record: &Record) -> Result<User, BadRow> {
    let transactions: Vec<TransactionRow> = record.json(4)?;
    Ok(User {
        user_id: record.text(0)?.to_owned(),
        employer: record.json(2)?,
        accounts: accounts(record, 3)?,
        transactions: transactions.into_iter().map(transaction).collect(),
    })
}

/// The accounts in a column.
pub(crate) fn accounts(record: &Record, column: usize) -> Result<Vec<Account>, BadRow> {
    let rows: Vec<AccountRow> = record.json(column)?;
    rows.into_iter().map(account).collect()
}

fn account(row: AccountRow) -> Result<Account, BadRow> {
    let (account_id, kind, name, balance_cents, limit, minimum, last, overdue) = row;
    let kind = match kind.as_str() {
        "checking" => AccountKind::Checking,
        "savings" => AccountKind::Savings,
        "credit_card" => AccountKind::CreditCard(Card {
            limit_cents: limit,
            minimum_payment_cents: minimum,
            last_payment_cents: last,
            is_overdue: overdue != 0,
        }),
        "other" => AccountKind::Other,
        _ => return Err(BadRow(format!("the account {account_id} is a `{kind}`"))),
    };
    Ok(Account {
        account_id,
        name,
        kind,
        balance_cents,
    })
}

fn transaction(row: TransactionRow) -> Transaction {
    let (transaction_id, account_id, posted_on, amount_cents, category, channel, text, of) = row;
    Transaction {
        transaction_id,
        account_id,
        posted_on,
        amount_cents,
        category,
        channel,
        text,
        merchant: of,
        is_pending: false,
    }
}

/// The features in a column, by window: as of when, and what.
pub(crate) fn features(
    record: &Record,
    column: usize,
) -> Result<BTreeMap<i32, (String, Features)>, BadRow> {
    let rows: Vec<(i32, String, String, Value)> = record.json(column)?;
    let mut windows: BTreeMap<i32, (String, Map<String, Value>)> = BTreeMap::new();
    for (days, signal, as_of, value) in rows {
        let (newest, signals) = windows.entry(days).or_default();
        signals.insert(signal, value);
        *newest = as_of.max(std::mem::take(newest));
    }
    let read = |(days, (as_of, signals))| {
        let features = serde_json::from_value(Value::Object(signals));
        let features = features.map_err(|error| {
            BadRow(format!(
                "the features of {days} days cannot be read: {error}"
            ))
        })?;
        Ok((days, (as_of, features)))
    };
    windows.into_iter().map(read).collect()
}
