//! Reading of the store's rows into the model.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::currency::Currency;
use crate::features::Features;
use crate::model::{Account, AccountKind, Card, Category, Cents, Channel, Transaction, User};
use crate::store::{BadRow, Record};

/// An account: id, kind, name, balance, limit, minimum payment, last payment, whether overdue, currency.
type AccountRow = (
    String,
    String,
    String,
    Cents,
    Option<Cents>,
    Option<Cents>,
    Option<Cents>,
    u8,
    Currency,
);

/// Reads a user with accounts and transactions.
pub(crate) fn user(record: &Record) -> Result<User<'_>, BadRow> {
    let accounts = accounts(record, 3)?;
    Ok(User {
        employer: record.json(2)?,
        transactions: transactions(record.text(4)?, &accounts)?,
        accounts,
    })
}

/// Reads the accounts in a column.
pub(crate) fn accounts(record: &Record, column: usize) -> Result<Vec<Account>, BadRow> {
    let rows: Vec<AccountRow> = record.json(column)?;
    rows.into_iter().map(account).collect()
}

fn account(row: AccountRow) -> Result<Account, BadRow> {
    let (account_id, kind, name, balance_cents, limit, minimum, last, overdue, currency) = row;
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
        currency,
        balance_cents,
    })
}

/// Reads a line for each transaction: day, amount, category, channel, the lengths in bytes of the account's id and of the
/// text, and then these two. They may hold anything, also line breaks, as their lengths say where they end.
fn transactions<'d>(lines: &'d str, accounts: &[Account]) -> Result<Vec<Transaction<'d>>, BadRow> {
    let mut rest = lines;
    // Few lines are shorter than this, so the memory is reserved at once.
    let mut transactions = Vec::with_capacity(lines.len() / 48);
    while !rest.is_empty() {
        let line = transaction(&mut rest, accounts);
        transactions.push(line.ok_or_else(|| {
            let number = transactions.len() + 1;
            BadRow(format!("transaction {number} cannot be read"))
        })?);
    }
    Ok(transactions)
}

fn transaction<'d>(rest: &mut &'d str, accounts: &[Account]) -> Option<Transaction<'d>> {
    let posted_on = day(field(rest)?)?;
    let amount_cents = field(rest)?.parse().ok()?;
    let category = category(field(rest)?)?;
    let channel = channel(field(rest)?)?;
    let of_account = field(rest)?.parse().ok()?;
    let of_text = field(rest)?.parse().ok()?;
    let account_id = taken(rest, of_account, ' ')?;
    let mut all = accounts.iter();
    let transaction = Transaction {
        account: all.position(|account| account.account_id == account_id)?,
        posted_on,
        amount_cents,
        category,
        channel,
        text: taken(rest, of_text, '\n')?,
    };
    Some(transaction)
}

/// Takes the text before the next space.
fn field<'d>(rest: &mut &'d str) -> Option<&'d str> {
    // Fields are short: a search that looks at many bytes at a time would be slower here.
    let end = rest.bytes().position(|byte| byte == b' ')?;
    let (field, after) = rest.split_at(end);
    *rest = &after[1..];
    Some(field)
}

/// Takes so many bytes, which `end` or the end of the text has to follow.
fn taken<'d>(rest: &mut &'d str, bytes: usize, end: char) -> Option<&'d str> {
    let (text, after) = rest.split_at_checked(bytes)?;
    *rest = match after {
        "" => after,
        _ => after.strip_prefix(end)?,
    };
    Some(text)
}

/// Reads a day such as `2026-06-30`.
fn day(text: &str) -> Option<Date> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
    let small = |digits| i8::try_from(number(digits)?).ok();
    Date::new(number(year)?, small(month)?, small(day)?).ok()
}

/// Reads a number of at most four digits.
fn number(digits: &str) -> Option<i16> {
    if !(1..=4).contains(&digits.len()) {
        return None;
    }
    digits.bytes().try_fold(0, |number, digit| {
        let is_digit = digit.is_ascii_digit();
        is_digit.then(|| number * 10 + i16::from(digit - b'0'))
    })
}

fn category(text: &str) -> Option<Category> {
    Some(match text {
        "purchase" => Category::Purchase,
        "refund" => Category::Refund,
        "income" => Category::Income,
        "transfer" => Category::Transfer,
        "payment" => Category::Payment,
        "interest" => Category::Interest,
        "fee" => Category::Fee,
        _ => return None,
    })
}

fn channel(text: &str) -> Option<Channel> {
    Some(match text {
        "ach" => Channel::Ach,
        "card" => Channel::Card,
        "other" => Channel::Other,
        _ => return None,
    })
}

/// Reads the features in a column by window, each with its time.
pub(crate) fn features(
    record: &Record,
    column: usize,
) -> Result<BTreeMap<i32, (String, Features)>, BadRow> {
    let rows: Vec<(i32, String, Value)> = record.json(column)?;
    let read = |(days, as_of, signals)| {
        let features = serde_json::from_value(signals);
        let features = features.map_err(|error| {
            BadRow(format!(
                "the features of {days} days cannot be read: {error}"
            ))
        })?;
        Ok((days, (as_of, features)))
    };
    rows.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{checking, savings};

    const GOOD: &str = "2024-02-29 -12 income ach 1 7 c PAYROLL\n2024-03-01 5 purchase card 1 0 s ";

    #[test]
    fn lines_are_read() {
        let accounts = [checking(0), savings(0)];
        let found = transactions(GOOD, &accounts).unwrap();
        let [pay, purchase] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (pay.account, pay.amount_cents, pay.text),
            (0, -12, "PAYROLL")
        );
        assert_eq!((purchase.account, purchase.text), (1, ""));
        assert!(transactions("", &accounts).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_line_is_an_error() {
        let accounts = [checking(0), savings(0)];
        for (good, bad) in [
            ("2024-02-29", "2023-02-29"),
            ("2024-02-29", "2024-2-290"),
            ("2024-02-29", "10000-01-01"),
            ("2024-02-29", "+024-02-29"),
            ("2024-02-29", "2024-002-99999"),
            ("-12", "1.2"),
            ("-12", "9223372036854775808"),
            ("income", "wages"),
            ("ach", "wire"),
            (" c ", " x "),
            ("1 7", "1 6"),
            ("1 7", "1 8"),
            ("1 7", "2 7"),
            ("1 7", "1 -7"),
            ("PAYROLL", "PAYROLÉ"),
            ("1 0", "1 99999999999"),
            ("purchase card 1 0 s ", "purchase"),
        ] {
            let lines = GOOD.replacen(good, bad, 1);
            assert!(transactions(&lines, &accounts).is_err(), "{lines}");
        }
    }
}
