//! The data of a user as rows of the store.

use jiff::Timestamp;
use jiff::civil::Date;
use spendsense::model::{self, Account, AccountKind, Card, Category, Cents, Channel, User};
use spendsense::store::{Statement, Writes, instant};

/// A person with accounts at a bank.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The id, unique among all users.
    pub user_id: String,
    /// The person's name.
    pub name: String,
    /// The employer, as the text of payroll deposits has it.
    pub employer: Option<String>,
    /// The time of the consent, and of its withdrawal.
    pub consent: Option<(Timestamp, Option<Timestamp>)>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The transactions of those accounts.
    pub transactions: Vec<Transaction>,
}

/// A transaction in the bank's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The id, unique among the user's. A row with the same id replaces the earlier one.
    pub transaction_id: String,
    /// The id of the account.
    pub account_id: String,
    /// The day on which it was posted.
    pub posted_on: Date,
    /// The amount; positive if money leaves the account.
    pub amount_cents: Cents,
    /// The kind of thing that was paid.
    pub category: Category,
    /// The way in which it was paid.
    pub channel: Channel,
    /// The text of the statement.
    pub text: String,
    /// The merchant, if that is known.
    pub merchant: Option<String>,
    /// Whether it is not final yet. Such a transaction does not count.
    pub is_pending: bool,
}

impl Person {
    /// Returns the data as the functions read it.
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

    /// Adds all rows of the person.
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
        account.currency,
    );
    writes.push(Statement::Accounts, &row);
}

/// Adds the row of a transaction.
pub(crate) fn write_transaction(user: &str, of: &Transaction, writes: &mut Writes) {
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
