//! A user's data as rows of the store.

use jiff::Timestamp;
use jiff::civil::Date;
use spendsense::model::{self, Account, AccountKind, Card, Category, Cents, Channel, User};
use spendsense::store::{Statement, Writes, instant};

/// Somebody with a bank.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Unique.
    pub user_id: String,
    /// As others call them.
    pub name: String,
    /// As it stands in the text of payroll deposits.
    pub employer: Option<String>,
    /// Since when they consent, and until when they did.
    pub consent: Option<(Timestamp, Option<Timestamp>)>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Transactions of those accounts.
    pub transactions: Vec<Transaction>,
}

/// A row of the bank's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Unique among the user's: one that comes again takes the place of the earlier one.
    pub transaction_id: String,
    /// Where.
    pub account_id: String,
    /// The day on which it was posted.
    pub posted_on: Date,
    /// Positive: money out.
    pub amount_cents: Cents,
    /// What it was.
    pub category: Category,
    /// How it came about.
    pub channel: Channel,
    /// The text of the statement.
    pub text: String,
    /// With whom, where that is known.
    pub merchant: Option<String>,
    /// Whether it is not final yet; then it does not count.
    pub is_pending: bool,
}

impl Person {
    /// What the functions see.
    pub fn user(&self) -> User<'_> {
        let transactions = self.transactions.iter().filter(|of| !of.is_pending);
        User {
            employer: self.employer.clone(),
            accounts: self.accounts.clone(),
            transactions: transactions.filter_map(|of| self.seen(of)).collect(),
        }
    }

    fn seen<'d>(&self, of: &'d Transaction) -> Option<model::Transaction<'d>> {
        let mut accounts = self.accounts.iter();
        Some(model::Transaction {
            account: accounts.position(|account| account.account_id == of.account_id)?,
            posted_on: of.posted_on,
            amount_cents: of.amount_cents,
            category: of.category,
            channel: of.channel,
            text: match of.category {
                Category::Income => &of.text,
                _ => of.merchant.as_deref().unwrap_or_default(),
            },
        })
    }

    /// Adds all rows.
    pub fn write(&self, writes: &mut Writes) {
        let user = self.user_id.as_str();
        writes.push(Statement::Profiles, &(user, &self.name, &self.employer));
        if let Some((granted, revoked)) = self.consent {
            let row = (user, instant(granted), revoked.map(instant));
            writes.push(Statement::Consents, &row);
        }
        for account in &self.accounts {
            write_account(user, account, writes);
        }
        for transaction in &self.transactions {
            write_transaction(user, transaction, writes);
        }
    }
}

fn write_account(user: &str, account: &Account, writes: &mut Writes) {
    let none = Card::default();
    let (kind, card) = match &account.kind {
        AccountKind::Checking => ("checking", &none),
        AccountKind::Savings => ("savings", &none),
        AccountKind::CreditCard(card) => ("credit_card", card),
        AccountKind::Other => ("other", &none),
    };
    let row = (
        user,
        &account.account_id,
        kind,
        &account.name,
        account.balance_cents,
        card.limit_cents,
        card.minimum_payment_cents,
        card.last_payment_cents,
        u8::from(card.is_overdue),
    );
    writes.push(Statement::Accounts, &row);
}

fn write_transaction(user: &str, of: &Transaction, writes: &mut Writes) {
    let row = (
        user,
        of.posted_on,
        &of.transaction_id,
        &of.account_id,
        of.amount_cents,
        of.category,
        of.channel,
        &of.text,
        &of.merchant,
        u8::from(of.is_pending),
    );
    writes.push(Statement::Transactions, &row);
}
