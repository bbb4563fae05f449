//! The transactions of a user, prepared once for all windows and signals.

use jiff::civil::Date;

use crate::currency::Currency;
use crate::model::{
    Account, AccountKind, Category, Cents, Transaction, User, WINDOWS, rounded, rounded_down,
    saturated,
};

/// The days of a month, for figures in a month.
const MONTH: i128 = 30;

/// The transactions of a user's accounts, the latest first.
#[derive(Debug)]
pub(crate) struct Ledger<'u> {
    pub(crate) user: &'u User<'u>,
    /// The currency of all accounts.
    pub(crate) currency: Currency,
    entries: Vec<Entry<'u>>,
}

/// A transaction with the figures that signals need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'u> {
    /// The number of days before the ledger's last day, at least 0.
    pub(crate) ago: i32,
    pub(crate) transaction: &'u Transaction<'u>,
    pub(crate) account: &'u Account,
    /// The amount that it adds to spending: not 0 only for purchases and refunds on checking accounts and cards.
    pub(crate) spent: Cents,
}

/// The last days of a ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'l> {
    pub(crate) user: &'l User<'l>,
    pub(crate) currency: Currency,
    pub(crate) days: i32,
    pub(crate) entries: &'l [Entry<'l>],
    /// The expenses of a month, by this window.
    pub(crate) monthly_expenses: Cents,
}

impl<'u> Ledger<'u> {
    /// Prepares the transactions of accounts in one currency that were posted up to a day, which is the last day of every window.
    pub(crate) fn of(user: &'u User<'u>, as_of: Date) -> Self {
        let longest = WINDOWS.into_iter().max().unwrap_or_default();
        let mut entries = Vec::with_capacity(user.transactions.len());
        // A store has the oldest first: reversed, they are sorted already.
        for transaction in user.transactions.iter().rev() {
            let ago = days_between(transaction.posted_on, as_of);
            if !(0..longest).contains(&ago) {
                continue;
            }
            if let Some(account) = user.accounts.get(transaction.account) {
                let is_spent = is_spending(transaction, account);
                entries.push(Entry {
                    ago,
                    transaction,
                    account,
                    spent: if is_spent {
                        transaction.amount_cents
                    } else {
                        0
                    },
                });
            }
        }
        entries.sort_unstable_by_key(|entry| entry.ago);
        let currency = user.accounts.first().map(|account| account.currency);
        Self {
            user,
            currency: currency.unwrap_or_default(),
            entries,
        }
    }

    /// Returns the entries of the last days, at most those of the longest window.
    pub(crate) fn last(&self, days: i32) -> &[Entry<'u>] {
        let end = self.entries.partition_point(|entry| entry.ago < days);
        &self.entries[..end]
    }

    /// Returns the entries of the longest window.
    pub(crate) fn all(&self) -> &[Entry<'u>] {
        &self.entries
    }

    /// Returns a window of so many days.
    pub(crate) fn window(&self, days: i32) -> Window<'_> {
        let entries = self.last(days);
        Window {
            user: self.user,
            currency: self.currency,
            days,
            entries,
            monthly_expenses: rounded(i128::from(spend(entries)) * MONTH, days.into()),
        }
    }
}

impl Window<'_> {
    /// Converts a figure of the whole window to a month of 30 days, rounded down.
    pub(crate) fn monthly(&self, figure: i64) -> i64 {
        rounded_down(i128::from(figure) * MONTH, self.days.into())
    }
}

fn is_spending(transaction: &Transaction<'_>, account: &Account) -> bool {
    matches!(transaction.category, Category::Purchase | Category::Refund)
        && matches!(
            account.kind,
            AccountKind::Checking | AccountKind::CreditCard(_)
        )
}

/// Sums purchases minus refunds; at least 0.
fn spend(entries: &[Entry<'_>]) -> Cents {
    let spent: i128 = entries.iter().map(|entry| i128::from(entry.spent)).sum();
    saturated(spent.max(0))
}

/// Counts the days from one day to another; negative if the other is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    let days = to.duration_since(from).as_hours() / 24;
    // Dates are less than twenty thousand years apart.
    i32::try_from(days).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::testing::{as_of, checking, day, purchase, user};

    fn count(user: &User<'_>, as_of: Date, days: i32) -> usize {
        Ledger::of(user, as_of).last(days).len()
    }

    #[test]
    fn a_window_has_its_last_day_and_not_the_one_before_its_first() {
        for (ago, expected) in [(0, 1), (29, 1), (30, 0), (-1, 0)] {
            let mut user = user([checking(0)]);
            user.transactions = vec![purchase(0, ago, 1)];
            assert_eq!(count(&user, as_of(), 30), expected, "{ago}");
        }
        // Thirty days, across a leap day.
        for (on, expected) in [(date(2028, 2, 1), 1), (date(2028, 1, 31), 0)] {
            let mut user = user([checking(0)]);
            let posted = Transaction {
                posted_on: on,
                ..purchase(0, 0, 1)
            };
            user.transactions = vec![posted];
            assert_eq!(count(&user, date(2028, 3, 1), 30), expected, "{on}");
        }
        assert_eq!(days_between(day(3), as_of()), 3);
        assert_eq!(
            days_between(date(-9999, 1, 1), date(9999, 12, 31)),
            7_304_483
        );
    }

    #[test]
    fn spending_leaves_transfers_and_payments_out_and_takes_refunds_off() {
        let mut user = user([checking(0)]);
        user.transactions = vec![
            purchase(0, 0, 10_000),
            purchase(0, 0, 10_000),
            Transaction {
                category: Category::Refund,
                ..purchase(0, 1, -2_500)
            },
            Transaction {
                category: Category::Transfer,
                ..purchase(0, 1, 50_000)
            },
            Transaction {
                category: Category::Payment,
                ..purchase(0, 1, 50_001)
            },
            purchase(1, 1, 50_000),
        ];
        let of = |user: &User<'_>, days| Ledger::of(user, as_of()).window(days).monthly_expenses;
        assert_eq!(of(&user, 30), 17_500);
        assert_eq!(of(&user, 90), 5_833);
    }

    #[test]
    fn more_refunds_than_purchases_are_no_spend() {
        let mut user = user([checking(0)]);
        user.transactions = vec![Transaction {
            category: Category::Refund,
            ..purchase(0, 1, -2_500)
        }];
        assert_eq!(Ledger::of(&user, as_of()).window(30).monthly_expenses, 0);
    }
}
