//! What the bank tells of a user.

use std::collections::HashSet;

use jiff::civil::Date;

/// An amount of money in cents. Of a transaction, positive is money out of the account.
pub type Cents = i64;

/// Everything that features are computed from, for one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub user_id: String,
    /// The employer's name, as it stands in the text of payroll deposits.
    pub employer: Option<String>,
    /// Accounts, each once.
    pub accounts: Vec<Account>,
    /// Transactions, in any order.
    pub transactions: Vec<Transaction>,
}

/// An account at a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Unique among all accounts.
    pub account_id: String,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Unique among all transactions; one that is there twice counts once.
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

/// What a transaction was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Bank to bank.
    Ach,
    /// By card.
    Card,
    /// Any other.
    Other,
}

/// The last days up to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// 30, 90 or 180.
    pub days: i32,
    /// The last day, which belongs to the window.
    pub as_of: Date,
}

/// The windows of every user.
pub const WINDOWS: [i32; 3] = [30, 90, 180];

/// The days of a month, by which figures of windows are made monthly.
const MONTH: i64 = 30;

impl Window {
    /// Whether a day belongs to it.
    pub fn has(&self, day: Date) -> bool {
        let ago = (self.as_of - day).get_days();
        (0..self.days).contains(&ago)
    }

    /// A figure of the whole window, for a month of 30 days, rounded half away from zero.
    pub fn monthly(&self, figure: i64) -> i64 {
        rounded(
            i128::from(figure) * i128::from(MONTH),
            i128::from(self.days),
        )
    }
}

impl User {
    /// The final transactions of a window, each once.
    pub fn transactions_in(&self, window: Window) -> Vec<&Transaction> {
        let mut known = HashSet::new();
        let transactions = self.transactions.iter();
        let transactions = transactions.filter(|of| !of.is_pending && window.has(of.posted_on));
        transactions
            .filter(|of| known.insert(of.transaction_id.as_str()))
            .collect()
    }

    /// The account of a transaction.
    pub fn account(&self, transaction: &Transaction) -> Option<&Account> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| account.account_id == transaction.account_id)
    }

    /// What was spent in a window: purchases less refunds, at least nothing.
    pub fn spend(&self, window: Window) -> Cents {
        let transactions = self.transactions_in(window);
        let spent = transactions.iter().filter(|of| self.is_spending(of));
        let spent: i128 = spent.map(|of| i128::from(of.amount_cents)).sum();
        saturated(spent.max(0))
    }

    /// What is spent in a month, by a window.
    pub fn monthly_expenses(&self, window: Window) -> Cents {
        window.monthly(self.spend(window))
    }

    /// Whether a transaction is spending: a purchase or a refund on a checking account or a card.
    pub fn is_spending(&self, transaction: &Transaction) -> bool {
        let kind = self.account(transaction).map(|account| &account.kind);
        let is_spent_from = matches!(
            kind,
            Some(AccountKind::Checking | AccountKind::CreditCard(_))
        );
        is_spent_from && matches!(transaction.category, Category::Purchase | Category::Refund)
    }

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
    use crate::testing::{as_of, checking, day, purchase, user, window};

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
    fn a_window_has_its_last_day_and_not_the_one_before_its_first() {
        let window = window(30);
        assert!(window.has(as_of()));
        assert!(window.has(day(29)));
        assert!(!window.has(day(30)));
        assert!(!window.has(day(-1)));
        // Thirty days, across a leap day.
        let leap = Window {
            days: 30,
            as_of: jiff::civil::date(2028, 3, 1),
        };
        assert!(leap.has(jiff::civil::date(2028, 2, 1)));
        assert!(!leap.has(jiff::civil::date(2028, 1, 31)));
    }

    #[test]
    fn spending_leaves_transfers_payments_and_pending_ones_out_and_takes_refunds_off() {
        let mut user = user([checking(0)]);
        user.transactions = vec![
            purchase("c", 0, 10_000),
            purchase("c", 0, 10_000), // the same once more: another id
            Transaction {
                category: Category::Refund,
                ..purchase("c", 1, -2_500)
            },
            Transaction {
                category: Category::Transfer,
                ..purchase("c", 1, 50_000)
            },
            Transaction {
                category: Category::Payment,
                ..purchase("c", 1, 50_000)
            },
            Transaction {
                is_pending: true,
                ..purchase("c", 1, 50_000)
            },
            purchase("unknown", 1, 50_000),
        ];
        user.transactions[1].transaction_id = "other".to_owned();
        assert_eq!(user.spend(window(30)), 17_500);
        assert_eq!(user.monthly_expenses(window(90)), 5_833);
        let twice = user.transactions[0].clone();
        user.transactions.push(twice);
        assert_eq!(user.spend(window(30)), 17_500);
    }

    #[test]
    fn more_refunds_than_purchases_are_no_spend() {
        let mut user = user([checking(0)]);
        user.transactions = vec![Transaction {
            category: Category::Refund,
            ..purchase("c", 1, -2_500)
        }];
        assert_eq!(user.spend(window(30)), 0);
    }
}
