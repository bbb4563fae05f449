//! Users for tests.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::currency::Currency;
use crate::model::{Account, AccountKind, Card, Category, Cents, Channel, Transaction, User};

pub(crate) fn as_of() -> Date {
    date(2026, 6, 30)
}

/// Returns the day so many days before the last one.
pub(crate) fn day(ago: i64) -> Date {
    as_of() - ago.days()
}

pub(crate) fn user<'d>(accounts: impl IntoIterator<Item = Account>) -> User<'d> {
    User {
        accounts: accounts.into_iter().collect(),
        ..User::default()
    }
}

fn account(id: &str, kind: AccountKind, balance_cents: Cents) -> Account {
    Account {
        account_id: id.to_owned(),
        name: id.to_owned(),
        kind,
        currency: Currency::USD,
        balance_cents,
    }
}

/// The account `c`.
pub(crate) fn checking(balance: Cents) -> Account {
    account("c", AccountKind::Checking, balance)
}

/// The account `s`.
pub(crate) fn savings(balance: Cents) -> Account {
    account("s", AccountKind::Savings, balance)
}

/// The account `k`, with a limit of $1,000.00.
pub(crate) fn card(balance: Cents) -> Account {
    let card = Card {
        limit_cents: Some(100_000),
        ..Card::default()
    };
    account("k", AccountKind::CreditCard(card), balance)
}

/// The card `k` with a change.
pub(crate) fn card_with(balance: Cents, change: impl FnOnce(&mut Card)) -> Account {
    let mut account = card(balance);
    if let AccountKind::CreditCard(card) = &mut account.kind {
        change(card);
    }
    account
}

/// A purchase on the account with an index.
pub(crate) fn purchase<'d>(account: usize, ago: i64, amount: Cents) -> Transaction<'d> {
    Transaction {
        account,
        posted_on: day(ago),
        amount_cents: amount,
        category: Category::Purchase,
        channel: Channel::Card,
        text: "",
    }
}

/// A purchase from a merchant, on the first account.
pub(crate) fn charge(merchant: &str, ago: i64, amount: Cents) -> Transaction<'_> {
    Transaction {
        text: merchant,
        ..purchase(0, ago, amount)
    }
}

/// Wages on the first account.
pub(crate) fn deposit<'d>(ago: i64, amount: Cents) -> Transaction<'d> {
    Transaction {
        category: Category::Income,
        channel: Channel::Ach,
        text: "ACME PAYROLL 0042",
        ..purchase(0, ago, -amount)
    }
}
