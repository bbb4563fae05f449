//! A user's transactions, sorted out once for all windows and signals.

use jiff::civil::Date;
use rustc_hash::FxHashSet;

use crate::model::{
    Account, AccountKind, Category, Cents, Transaction, User, WINDOWS, rounded, rounded_down,
    saturated,
};

/// The days of a month, by which figures of windows are made monthly.
const MONTH: i128 = 30;

/// The final transactions of a user's accounts, each once, the latest first.
#[derive(Debug)]
pub(crate) struct Ledger<'u> {
    pub(crate) user: &'u User,
    entries: Vec<Entry<'u>>,
}

/// A transaction with what it is looked at for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'u> {
    /// Days before the last one, at least 0.
    pub(crate) ago: i32,
    pub(crate) transaction: &'u Transaction,
    pub(crate) account: &'u Account,
}

/// The last days of a ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'l> {
    pub(crate) user: &'l User,
    pub(crate) days: i32,
    pub(crate) entries: &'l [Entry<'l>],
    /// What is spent in a month, by this window.
    pub(crate) monthly_expenses: Cents,
}

impl<'u> Ledger<'u> {
    /// Sorts out what was posted up to a day, which belongs to every window.
    pub(crate) fn of(user: &'u User, as_of: Date) -> Self {
        let longest = WINDOWS.into_iter().max().unwrap_or_default();
        let mut known = FxHashSet::default();
        known.reserve(user.transactions.len());
        let mut entries: Vec<Entry<'u>> = user
            .transactions
            .iter()
            .filter(|transaction| !transaction.is_pending)
            .filter_map(|transaction| {
                let ago = days_between(transaction.posted_on, as_of);
                let is_recent = (0..longest).contains(&ago);
                let account = is_recent.then(|| user.account(transaction)).flatten()?;
                let is_new = known.insert(transaction.transaction_id.as_str());
                is_new.then_some(Entry {
                    ago,
                    transaction,
                    account,
                })
            })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.ago);
        Self { user, entries }
    }

    /// The last days, at most those of the longest window.
    pub(crate) fn last(&self, days: i32) -> &[Entry<'u>] {
        let end = self.entries.partition_point(|entry| entry.ago < days);
        &self.entries[..end]
    }

    /// One of the windows.
    pub(crate) fn window(&self, days: i32) -> Window<'_> {
        let entries = self.last(days);
        Window {
            user: self.user,
            days,
            entries,
            monthly_expenses: rounded(i128::from(spend(entries)) * MONTH, days.into()),
        }
    }
}

impl Entry<'_> {
    /// Whether it is spending: a purchase or a refund on a checking account or a card.
    pub(crate) fn is_spending(&self) -> bool {
        let is_spent_from = matches!(
            self.account.kind,
            AccountKind::Checking | AccountKind::CreditCard(_)
        );
        is_spent_from
            && matches!(
                self.transaction.category,
                Category::Purchase | Category::Refund
            )
    }
}

impl Window<'_> {
    /// A figure of the whole window, for a month of 30 days, rounded down.
    pub(crate) fn monthly(&self, figure: i64) -> i64 {
        rounded_down(i128::from(figure) * MONTH, self.days.into())
    }
}

/// Purchases less refunds, at least nothing.
fn spend(entries: &[Entry<'_>]) -> Cents {
    let spent = entries.iter().filter(|entry| entry.is_spending());
    let spent: i128 = spent
        .map(|entry| i128::from(entry.transaction.amount_cents))
        .sum();
    saturated(spent.max(0))
}

/// From one day to another, negative if that is before it.
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

    fn count(user: &User, as_of: Date, days: i32) -> usize {
        Ledger::of(user, as_of).last(days).len()
    }

    #[test]
    fn a_window_has_its_last_day_and_not_the_one_before_its_first() {
        for (ago, expected) in [(0, 1), (29, 1), (30, 0), (-1, 0)] {
            let mut user = user([checking(0)]);
            user.transactions = vec![purchase("c", ago, 1)];
            assert_eq!(count(&user, as_of(), 30), expected, "{ago}");
        }
        // Thirty days, across a leap day.
        for (on, expected) in [(date(2028, 2, 1), 1), (date(2028, 1, 31), 0)] {
            let mut user = user([checking(0)]);
            let posted = Transaction {
                posted_on: on,
                ..purchase("c", 0, 1)
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
                ..purchase("c", 1, 50_001)
            },
            Transaction {
                is_pending: true,
                ..purchase("c", 1, 50_002)
            },
            purchase("unknown", 1, 50_000),
        ];
        user.transactions[1].transaction_id = "other".to_owned();
        let of = |user: &User, days| Ledger::of(user, as_of()).window(days).monthly_expenses;
        assert_eq!(of(&user, 30), 17_500);
        assert_eq!(of(&user, 90), 5_833);
        let twice = user.transactions[0].clone();
        user.transactions.push(twice);
        assert_eq!(of(&user, 30), 17_500);
    }

    #[test]
    fn more_refunds_than_purchases_are_no_spend() {
        let mut user = user([checking(0)]);
        user.transactions = vec![Transaction {
            category: Category::Refund,
            ..purchase("c", 1, -2_500)
        }];
        assert_eq!(Ledger::of(&user, as_of()).window(30).monthly_expenses, 0);
    }
}
