//! Users for tests.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::model::{Account, AccountKind, Card, Category, Cents, Channel, Transaction, User};

pub(crate) fn as_of() -> Date {
    date(2026, 6, 30)
}

/// So many days before the last one.
pub(crate) fn day(ago: i64) -> Date {
    as_of() - ago.days()
}

pub(crate) fn user(accounts: impl IntoIterator<Item = Account>) -> User {
    User {
        user_id: "u".to_owned(),
        accounts: accounts.into_iter().collect(),
        ..User::default()
    }
}

fn account(id: &str, kind: AccountKind, balance_cents: Cents) -> Account {
    Account {
        account_id: id.to_owned(),
        name: id.to_owned(),
        kind,
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

/// The same card with something changed.
pub(crate) fn card_with(balance: Cents, change: impl FnOnce(&mut Card)) -> Account {
    let mut account = card(balance);
    if let AccountKind::CreditCard(card) = &mut account.kind {
        change(card);
    }
    account
}

pub(crate) fn purchase(account: &str, ago: i64, amount: Cents) -> Transaction {
    Transaction {
        transaction_id: format!("{account}-{ago}-{amount}"),
        account_id: account.to_owned(),
        posted_on: day(ago),
        amount_cents: amount,
        category: Category::Purchase,
        channel: Channel::Card,
        text: "PURCHASE".to_owned(),
        merchant: None,
        is_pending: false,
    }
}

pub(crate) fn charge(merchant: &str, ago: i64, amount: Cents) -> Transaction {
    Transaction {
        transaction_id: format!("{merchant}-{ago}-{amount}"),
        merchant: Some(merchant.to_owned()),
        ..purchase("c", ago, amount)
    }
}

pub(crate) fn deposit(ago: i64, amount: Cents) -> Transaction {
    Transaction {
        category: Category::Income,
        channel: Channel::Ach,
        text: "ACME PAYROLL 0042".to_owned(),
        ..purchase("c", ago, -amount)
    }
}
