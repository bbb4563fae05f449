//! A user's data as rows of the store.

use jiff::Timestamp;
use spendsense::model::{Account, AccountKind, Card, Transaction};
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

impl Person {
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
