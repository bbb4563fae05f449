//! The bank's data of a user.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;

/// An amount of money in cents, or whatever the minor units of its currency are. In a transaction a positive amount leaves the account.
pub type Cents = i64;

/// Everything that features are computed from, for one user. The texts are borrowed from the row that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User<'d> {
    /// The employer's name, as the text of payroll deposits has it; several have a `;` between them.
    pub employer: Option<String>,
    /// The accounts, each once.
    pub accounts: Vec<Account>,
    /// The final transactions, each once, in any order.
    pub transactions: Vec<Transaction<'d>>,
}

/// An account at a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The id, unique among all accounts.
    pub account_id: String,
    /// The name that the owner gave it.
    pub name: String,
    /// The kind of the account, with what only that kind has.
    pub kind: AccountKind,
    /// The currency of its balance and of all its transactions.
    pub currency: Currency,
    /// The money on the account; for a card, the amount owed.
    pub balance_cents: Cents,
}

/// The kind of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// An account for daily payments.
    Checking,
    /// Savings, money market, certificates.
    Savings,
    /// A credit card.
    CreditCard(Card),
    /// Loans, investments and whatever else does not count here.
    Other,
}

/// Figures that only cards have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The most that can be owed.
    pub limit_cents: Option<Cents>,
    /// The least payment that is due.
    pub minimum_payment_cents: Option<Cents>,
    /// The last payment.
    pub last_payment_cents: Option<Cents>,
    /// Whether a payment is late.
    pub is_overdue: bool,
}

/// A movement on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction<'d> {
    /// The index of its account in [`User::accounts`].
    pub account: usize,
    /// The day on which it was posted.
    pub posted_on: Date,
    /// The amount; positive if money leaves the account.
    pub amount_cents: Cents,
    /// The kind of thing that was paid.
    pub category: Category,
    /// The way in which it was paid.
    pub channel: Channel,
    /// The text of the statement for income, otherwise the merchant. It is empty if that is unknown.
    pub text: &'d str,
}

/// The kind of thing that a transaction paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Goods and services, bills, rent.
    Purchase,
    /// Money back for a purchase.
    Refund,
    /// Wages, and other money from others.
    Income,
    /// Money between accounts of the same person.
    Transfer,
    /// A payment to a card or a loan, on either account.
    Payment,
    /// Interest, charged or earned.
    Interest,
    /// A fee of the bank.
    Fee,
}

/// The way in which a transaction was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// From bank to bank.
    Ach,
    /// By card.
    Card,
    /// Any other way.
    Other,
}

/// The windows of every user, in days. Each ends with the day for which it is computed.
pub const WINDOWS: [i32; 3] = [30, 90, 180];

impl<'d> User<'d> {
    /// Lists the currencies of the accounts: first that of the most checking accounts, of a tie that of the most accounts,
    /// of a tie the first by its code; then the others by their codes. A user without accounts has US dollars.
    pub(crate) fn currencies(&self) -> Vec<Currency> {
        let mut counts: BTreeMap<Currency, (usize, usize)> = BTreeMap::new();
        for account in &self.accounts {
            let (checking, all) = counts.entry(account.currency).or_default();
            *checking += usize::from(account.kind == AccountKind::Checking);
            *all += 1;
        }
        let mut currencies: Vec<Currency> = counts.keys().copied().collect();
        let main = currencies.iter().rev().max_by_key(|code| counts[code]);
        let main = main.copied().unwrap_or_default();
        currencies.retain(|currency| *currency != main);
        currencies.insert(0, main);
        currencies
    }

    /// Returns the part of the user's data that is in a currency.
    pub(crate) fn in_currency(&self, currency: Currency) -> User<'d> {
        let is_in = |account: &&Account| account.currency == currency;
        // The new place of each account that stays.
        let mut places = Vec::with_capacity(self.accounts.len());
        let mut place = 0;
        for account in &self.accounts {
            places.push(is_in(&account).then_some(place));
            place += usize::from(is_in(&account));
        }
        let transactions = self.transactions.iter().filter_map(|of| {
            let account = places.get(of.account).copied().flatten()?;
            Some(Transaction { account, ..*of })
        });
        User {
            employer: self.employer.clone(),
            transactions: transactions.collect(),
            accounts: self.accounts.iter().filter(is_in).cloned().collect(),
        }
    }
}

impl User<'_> {
    /// Sums the balances of all accounts of a kind.
    pub(crate) fn balance(&self, is: impl Fn(&AccountKind) -> bool) -> Cents {
        let accounts = self.accounts.iter().filter(|account| is(&account.kind));
        saturated(
            accounts
                .map(|account| i128::from(account.balance_cents))
                .sum(),
        )
    }
}

/// Divides, rounding half away from zero. A division by 0 gives 0.
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

/// Divides by a positive number, rounding down.
pub(crate) fn rounded_down(dividend: i128, divisor: i128) -> i64 {
    saturated(dividend.div_euclid(divisor.max(1)))
}

/// Converts a figure; one too large for 64 bits becomes the largest that fits, as no real user has it.
pub(crate) fn saturated(figure: i128) -> i64 {
    let bounded = figure.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(bounded).unwrap_or_default()
}

/// Finds the middle one of some figures, or the mean of the middle two, which `round` makes a whole number.
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
}
