//! Plaid's JSON, of `/transactions/sync` (`added`, `modified`, `removed`) and of `/transactions/get` (`transactions`), one
//! answer or several in a list.
//!
//! <https://plaid.com/docs/api/products/transactions/>: an amount is positive when money moves out of the account; `date`
//! is the day of posting; the id of a pending transaction is not that of the posted one, which names it in
//! `pending_transaction_id`. A balance's `current` is what is owed on a card (<https://plaid.com/docs/api/accounts/>).

use serde::Deserialize;
use serde_json::Number;
use spendsense::currency::Currency;
use spendsense::model::Category;

use super::amount::{Decimal, Style};
use super::{Entry, Kind, Refusal, Statement};

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    accounts: Vec<Account>,
    #[serde(default)]
    transactions: Vec<Transaction>,
    #[serde(default)]
    added: Vec<Transaction>,
    #[serde(default)]
    modified: Vec<Transaction>,
    #[serde(default)]
    removed: Vec<Removed>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "Plaid's names")]
struct Account {
    account_id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    balances: Balances,
}

#[derive(Default, Deserialize)]
struct Balances {
    current: Option<Number>,
    limit: Option<Number>,
    iso_currency_code: Option<String>,
    last_updated_datetime: Option<String>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "Plaid's names")]
struct Transaction {
    account_id: String,
    transaction_id: String,
    amount: Number,
    date: String,
    iso_currency_code: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    original_description: Option<String>,
    #[serde(default)]
    merchant_name: Option<String>,
    #[serde(default)]
    pending: bool,
    #[serde(default)]
    pending_transaction_id: Option<String>,
    #[serde(default)]
    personal_finance_category: Option<FinanceCategory>,
}

#[derive(Deserialize)]
struct FinanceCategory {
    primary: String,
    #[serde(default)]
    detailed: String,
}

#[derive(Deserialize)]
struct Removed {
    transaction_id: String,
    account_id: Option<String>,
}

/// Reads the accounts of a file.
pub(super) fn read(text: &str) -> Result<Vec<Statement>, Refusal> {
    let wrong =
        |error: serde_json::Error| Refusal::new(format!("the file is not Plaid's JSON: {error}"));
    let answers: Vec<Answer> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(wrong)?
    } else {
        vec![serde_json::from_str(text).map_err(wrong)?]
    };
    let mut statements: Vec<Statement> = Vec::new();
    for answer in &answers {
        for account in &answer.accounts {
            described(of(&mut statements, &account.account_id), account);
        }
    }
    for answer in answers {
        let Answer {
            accounts: _,
            transactions,
            added,
            modified,
            removed,
        } = answer;
        let all = transactions.into_iter().chain(added).chain(modified);
        for (number, transaction) in (1..).zip(all) {
            let statement = of(&mut statements, &transaction.account_id);
            match transaction.entry(number, statement.currency) {
                Ok((entry, currency)) => {
                    statement.currency = Some(currency);
                    statement.removed.extend(transaction.pending_transaction_id);
                    statement.entries.push(entry);
                }
                Err(wrong) => statement.skipped.push((number, wrong)),
            }
        }
        for Removed {
            transaction_id,
            account_id,
        } in removed
        {
            // An answer of one account need not name it.
            let account =
                account_id.or_else(|| statements.first().and_then(|of| of.account.clone()));
            if let Some(account) = account {
                of(&mut statements, &account).removed.push(transaction_id);
            }
        }
    }
    if statements.is_empty() {
        return Err(Refusal::new(
            "the JSON has neither `accounts` nor `transactions` nor `added`",
        ));
    }
    for statement in &mut statements {
        statement
            .layout
            .push("a skipped row is told with its number in the answer".to_owned());
    }
    Ok(statements)
}

/// Returns the statement of an account.
fn of<'s>(statements: &'s mut Vec<Statement>, account: &str) -> &'s mut Statement {
    let place = statements
        .iter()
        .position(|of| of.account.as_deref() == Some(account));
    let place = place.unwrap_or_else(|| {
        statements.push(Statement {
            account: Some(account.to_owned()),
            ..Statement::default()
        });
        statements.len() - 1
    });
    &mut statements[place]
}

fn described(statement: &mut Statement, account: &Account) {
    statement.kind = Some(match (account.kind.as_str(), account.subtype.as_deref()) {
        ("credit", Some("credit card") | None) => Kind::CreditCard,
        ("depository", Some("savings" | "money market" | "cd" | "hsa")) => Kind::Savings,
        ("depository", _) => Kind::Checking,
        _ => Kind::Other,
    });
    let balances = &account.balances;
    let currency: Option<Currency> = balances
        .iso_currency_code
        .as_deref()
        .and_then(|code| code.parse().ok());
    statement.currency = currency;
    let money = |number: &Option<Number>| cents(number.as_ref()?, currency?).ok();
    let day = balances.last_updated_datetime.as_deref();
    let day = day.and_then(|at| at.get(..10)?.parse().ok());
    statement.limit_cents = money(&balances.limit);
    let is_owed = statement.kind == Some(Kind::CreditCard);
    statement.balance = money(&balances.current).map(|current| {
        let balance = if is_owed { -current } else { current };
        (balance, day)
    });
}

impl Transaction {
    fn entry(&self, number: u64, account: Option<Currency>) -> Result<(Entry, Currency), String> {
        let code = self.iso_currency_code.as_deref();
        let code = code.ok_or("the amount has no `iso_currency_code`")?;
        let currency: Currency = code.parse()?;
        if let Some(account) = account.filter(|account| *account != currency) {
            return Err(format!(
                "the amount is in {currency}, and the account in {account}"
            ));
        }
        let posted_on = self.date.parse();
        let posted_on = posted_on.map_err(|_| format!("`{}` is not a day", self.date))?;
        let text = self
            .original_description
            .as_deref()
            .or(self.name.as_deref());
        let entry = Entry {
            line: number,
            id: Some(self.transaction_id.clone()),
            posted_on,
            amount: -cents(&self.amount, currency)?,
            text: text.unwrap_or_default().to_owned(),
            payee: self.merchant_name.clone(),
            category: self.personal_finance_category.as_ref().and_then(category),
            is_pending: self.pending,
        };
        Ok((entry, currency))
    }
}

fn category(of: &FinanceCategory) -> Option<Category> {
    match (of.primary.as_str(), of.detailed.as_str()) {
        (_, "INCOME_INTEREST_EARNED" | "BANK_FEES_INTEREST_CHARGE") => Some(Category::Interest),
        (_, "INCOME_TAX_REFUND") | ("INCOME", _) => Some(Category::Income),
        ("TRANSFER_IN" | "TRANSFER_OUT", _) => Some(Category::Transfer),
        ("LOAN_PAYMENTS", _) => Some(Category::Payment),
        ("BANK_FEES", _) => Some(Category::Fee),
        _ => None,
    }
}

/// Reads a number as it is written, without a detour over binary fractions: JSON's shortest form is what the file has.
fn cents(number: &Number, currency: Currency) -> Result<i64, String> {
    let amount = Style::fixed(Decimal::Point).read(&number.to_string(), currency)?;
    Ok(amount.cents)
}
