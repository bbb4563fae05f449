//! What a file changes in the store. What neither the file nor the command line says stays as it is: name, employer,
//! balance, limit, and a consent that was withdrawn.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use spendsense::currency::Currency;
use spendsense::model::{Category, Cents, Channel};
use spendsense::store::{Statement as Rows, Writes, instant};

use super::category::{self, Context};
use super::{Kind, Known, Refusal, Statement, ids};
use crate::rows::{Transaction, write_transaction};

/// Whose account a file is of, as the command line says it.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub name: Option<String>,
    /// The names of employers.
    pub employers: Vec<String>,
    /// The name of the account.
    pub account: String,
    /// The kind of the account.
    pub kind: Option<Kind>,
    /// The balance, for a card what is owed, on a day.
    pub balance: Option<(Cents, Date)>,
    /// The limit of a card.
    pub limit_cents: Option<Cents>,
    /// The least payment of a card.
    pub minimum_payment_cents: Option<Cents>,
    /// The last payment of a card.
    pub last_payment_cents: Option<Cents>,
    /// The instant of a consent that is given now.
    pub consents_at: Option<Timestamp>,
}

/// What the store knows of the user and of the account.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    employer: Option<String>,
    kind: Option<Kind>,
    currency: Option<Currency>,
    /// Whether there was a consent, and whether one is in force.
    consent: (bool, bool),
    is_there: bool,
}

/// What a file changes.
#[derive(Debug)]
pub struct Plan {
    /// The transactions, in the order of the file.
    pub transactions: Vec<Transaction>,
    /// The ids of transactions that the bank has taken back.
    pub removed: Vec<String>,
    /// What its owner should know.
    pub notes: Vec<String>,
    /// The kind of the account, and its currency.
    pub account: (Kind, Currency),
    user_id: String,
    rows: Writes,
}

impl Owner {
    /// Returns the account's id in the store.
    pub fn account_id(&self) -> String {
        format!("{}/{}", self.user_id, self.account)
    }
}

impl Stored {
    /// Reads what was found about a user, as the store returns it.
    pub fn of(found: Option<&Value>, account_id: &str) -> Self {
        let Some(found) = found else {
            return Self::default();
        };
        let rows = |of: &str| found[of].as_array().cloned().unwrap_or_default();
        let accounts = rows("accounts");
        let account = accounts.iter().find(|of| of["account_id"] == account_id);
        let word = |key: &str| account.and_then(|of| of[key].as_str());
        let consents = rows("consents");
        Self {
            employer: found["employer"].as_str().map(str::to_owned),
            kind: word("kind").and_then(Kind::named),
            currency: word("currency").and_then(|code| code.parse().ok()),
            consent: (
                !consents.is_empty(),
                consents.iter().any(|of| of["revoked_at"].is_null()),
            ),
            is_there: true,
        }
    }

    /// Returns what is known before the file is read.
    pub fn known(&self, owner: &Owner, currency: Option<Currency>) -> Known {
        Known {
            kind: owner.kind.or(self.kind),
            currency: currency.or(self.currency),
        }
    }
}

impl Plan {
    /// Finds what a file changes.
    ///
    /// # Errors
    /// The account of the store is of another kind, or in another currency.
    pub fn of(statement: Statement, owner: &Owner, stored: &Stored) -> Result<Self, Refusal> {
        let account_id = owner.account_id();
        let kind = kind(&statement, owner, stored, &account_id)?;
        let currency = statement.currency.or(stored.currency).unwrap_or_default();
        if let Some(other) = stored.currency.filter(|other| *other != currency) {
            return Err(Refusal::new(format!(
                "{account_id} is in {other}, and the file in {currency}"
            ))
            .or(format!("--account NAME, for another account in {currency}")));
        }
        let is_card = kind == Kind::CreditCard;
        let employer = match owner.employers.as_slice() {
            [] => stored.employer.clone(),
            names => Some(names.join("; ")),
        };
        let context = Context {
            is_card,
            employers: names(employer.as_deref()),
        };
        let balance = owner.balance.or_else(|| {
            let last = statement.entries.iter().map(|entry| entry.posted_on).max();
            let (cents, day) = statement.balance?;
            let cents = if is_card { -cents } else { cents };
            Some((cents, day.or(last)?))
        });
        let Statement {
            entries,
            mut removed,
            limit_cents,
            mut notes,
            ..
        } = statement;
        removed.sort();
        removed.dedup();
        let transactions = ids::with_ids(&account_id, entries);
        let transactions = transactions
            .into_iter()
            .map(|(id, entry)| transaction(id, &account_id, entry, &context));
        let user = owner.user_id.as_str();
        let name = owner.name.as_deref();
        let mut rows = Writes::default();
        rows.push(
            Rows::NewProfiles,
            &(user, name.unwrap_or_default(), &employer),
        );
        rows.push(Rows::AmendProfiles, &(user, name, &employer));
        consent(owner, stored, &mut rows, &mut notes);
        let new = (user, &account_id, kind.as_str(), &owner.account, currency);
        rows.push(Rows::NewAccounts, &new);
        let amended = (
            user,
            &account_id,
            owner.kind.map(Kind::as_str),
            None::<&str>,
            balance.map(|(cents, _)| cents),
            balance.map(|(_, day)| day),
            owner.limit_cents.or(limit_cents),
            owner.minimum_payment_cents,
            owner.last_payment_cents,
        );
        rows.push(Rows::AmendAccounts, &amended);
        if balance.is_none() && stored.kind.is_none() {
            notes.push(format!(
                "the file has no balance: {account_id} has {} until --balance says another",
                currency.written(0)
            ));
        }
        Ok(Self {
            transactions: transactions.collect(),
            removed: removed
                .iter()
                .map(|id| format!("{account_id}/{id}"))
                .collect(),
            notes,
            account: (kind, currency),
            user_id: owner.user_id.clone(),
            rows,
        })
    }

    /// Returns how many of the transactions are not among those that are known.
    pub fn count_new(&self, known: &BTreeSet<String>) -> usize {
        let all = self.transactions.iter();
        all.filter(|of| !known.contains(&of.transaction_id)).count()
    }

    /// Returns the rows of the store.
    pub fn rows(mut self) -> Writes {
        for id in &self.removed {
            self.rows
                .push(Rows::RemoveTransactions, &(&self.user_id, id));
        }
        for transaction in &self.transactions {
            write_transaction(&self.user_id, transaction, &mut self.rows);
        }
        self.rows
    }
}

/// Splits the employers of a profile.
pub fn names(employers: Option<&str>) -> Vec<String> {
    let names = employers.unwrap_or_default().split(';').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Finds the kind of the account: that of the command line, of the store, of the file.
fn kind(
    statement: &Statement,
    owner: &Owner,
    stored: &Stored,
    account_id: &str,
) -> Result<Kind, Refusal> {
    let said = owner.kind.or(statement.kind);
    if let (Some(stored), Some(said)) = (stored.kind, said)
        && stored != said
        && owner.kind.is_none()
    {
        let shown = |kind: Kind| kind.as_str().replace('_', " ");
        return Err(Refusal::new(format!(
            "{account_id} is a {} account, and the file is of a {} account",
            shown(stored),
            shown(said)
        ))
        .or("--account NAME, for another account")
        .or("--kind KIND, if it is that account all the same"));
    }
    Ok(said.or(stored.kind).unwrap_or(Kind::Checking))
}

/// The first import of a user is a consent. One that was withdrawn comes again only if the command line says so.
fn consent(owner: &Owner, stored: &Stored, rows: &mut Writes, notes: &mut Vec<String>) {
    let user = owner.user_id.as_str();
    let (was_given, is_in_force) = stored.consent;
    match owner.consents_at {
        Some(_) if is_in_force => {}
        Some(at) => rows.push(Rows::Consents, &(user, instant(at), None::<&str>)),
        None if was_given && !is_in_force => notes.push(format!(
            "{user} has withdrawn the consent, so nothing is computed: --consent gives it again"
        )),
        None if stored.is_there && !was_given => notes.push(format!(
            "{user} has never consented, so nothing is computed: --consent gives it"
        )),
        None => rows.push(Rows::FirstConsents, &(user, instant(Timestamp::UNIX_EPOCH))),
    }
}

fn transaction(
    transaction_id: String,
    account_id: &str,
    entry: super::Entry,
    context: &Context,
) -> Transaction {
    let category = category::category(&entry.text, entry.amount, entry.category, context);
    let is_purchase = matches!(category, Category::Purchase);
    let merchant = entry.payee.as_deref().unwrap_or(&entry.text);
    let merchant = category::merchant(merchant);
    Transaction {
        transaction_id,
        account_id: account_id.to_owned(),
        posted_on: entry.posted_on,
        amount_cents: -entry.amount,
        category,
        channel: if is_purchase {
            Channel::Card
        } else {
            Channel::Ach
        },
        text: entry.text,
        merchant: Some(merchant).filter(|of| is_purchase && !of.is_empty()),
        is_pending: entry.is_pending,
    }
}
