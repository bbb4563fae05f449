//! What the bank tells of a user.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An amount of money in cents. Of a transaction, positive is money out of the account.
pub type Cents = i64;

/// Everything that features are computed from, for one user. Its texts are those of whatever it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User<'d> {
    /// The employer's name, as it stands in the text of payroll deposits.
    pub employer: Option<String>,
    /// Accounts, each once.
    pub accounts: Vec<Account>,
    /// Final transactions, each once, in any order.
    pub transactions: Vec<Transaction<'d>>,
}

/// An account at a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Unique among all accounts.
    pub account_id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: AccountKind,
    /// What is on it; of a card, what is owed.
    pub balance_cents: Cents,
}

/// What an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// For daily payments.
    Checking,
    /// Savings, money market, certificates.
    Savings,
    /// A credit card.
    CreditCard(Card),
    /// Loans, investments and whatever else does not count here.
    Other,
}

/// What only cards have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The most that can be owed.
    pub limit_cents: Option<Cents>,
    /// What has to be paid at least.
    pub minimum_payment_cents: Option<Cents>,
    /// What was last paid.
    pub last_payment_cents: Option<Cents>,
    /// Whether a payment is late.
    pub is_overdue: bool,
}

/// A movement on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction<'d> {
    /// The place of its account among the user's.
    pub account: usize,
    /// The day on which it was posted.
    pub posted_on: Date,
    /// Positive: money out.
    pub amount_cents: Cents,
    /// What it was.
    pub category: Category,
    /// How it came about.
    pub channel: Channel,
    /// Of income, the text of the statement; otherwise the merchant. Empty where that is unknown.
    pub text: &'d str,
}

/// What a transaction was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Goods and services, bills, rent.
    Purchase,
    /// Money back for one.
    Refund,
    /// Wages, and other money from others.
    Income,
    /// Between one's own accounts.
    Transfer,
    /// To a card or a loan, on either side.
    Payment,
    /// Charged or earned.
    Interest,
    /// Of the bank.
    Fee,
}

/// How a transaction came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Bank to bank.
    Ach,
    /// By card.
    Card,
    /// Any other.
    Other,
}

/// The windows of every user, in days: each ends with the day as of which it is computed.
pub const WINDOWS: [i32; 3] = [30, 90, 180];

impl User<'_> {
    /// What is on all accounts of a kind.
    pub(crate) fn balance(&self, is: impl Fn(&AccountKind) -> bool) -> Cents {
        let accounts = self.accounts.iter().filter(|account| is(&account.kind));
        saturated(
            accounts
                .map(|account| i128::from(account.balance_cents))
                .sum(),
        )
    }
}

/// An amount as people write it: `$1,234.56`.
pub fn money(cents: Cents) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    let dollars = (cents / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in dollars.char_indices() {
        if index > 0 && (dollars.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{:02}", cents % 100)
}

/// A division, rounded half away from zero; 0 by nothing.
pub(crate) fn rounded(dividend: i128, divisor: i128) -> i64 {
    if divisor == 0 {
        return 0;
    }
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let is_up = 2 * rest.abs() >= divisor.abs();
    let away = if (dividend < 0) == (divisor < 0) {
        1
    } else {
        -1
    };
    saturated(quotient + if is_up { away } else { 0 })
}

/// A division by something positive, rounded down.
pub(crate) fn rounded_down(dividend: i128, divisor: i128) -> i64 {
    saturated(dividend.div_euclid(divisor.max(1)))
}

/// A figure that no real user has is cut off.
pub(crate) fn saturated(figure: i128) -> i64 {
    let bounded = figure.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(bounded).unwrap_or_default()
}

/// The middle one of some figures, or the mean of the middle two as `round` makes it a whole number.
pub(crate) fn median(figures: &mut [i64], round: impl Fn(i128, i128) -> i64) -> Option<i64> {
    figures.sort_unstable();
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(figures[middle]),
        _ => {
            let sum = i128::from(figures[middle - 1]) + i128::from(figures[middle]);
            Some(round(sum, 2))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_round_half_away_from_zero() {
        for (dividend, divisor, expected) in [
            (5, 2, 3),
            (-5, 2, -3),
            (4, 3, 1),
            (-4, 3, -1),
            (1, 0, 0),
            (5, -2, -3),
        ] {
            assert_eq!(rounded(dividend, divisor), expected, "{dividend}/{divisor}");
        }
    }

    #[test]
    fn money_is_written_for_people() {
        for (cents, expected) in [
            (0, "$0.00"),
            (5, "$0.05"),
            (123_456, "$1,234.56"),
            (-100_000_000, "-$1,000,000.00"),
            (i64::MIN, "-$92,233,720,368,547,758.08"),
        ] {
            assert_eq!(money(cents), expected);
        }
    }
}
