//! Behavioural features of a user: figures from the accounts, without a judgement.
//!
//! Each signal's file has its definitions, units and edge cases. `DEFINITIONS.md` has all of them in one place, for people
//! who compute them elsewhere.

mod credit;
mod income;
mod savings;
mod subscriptions;

pub use credit::{CardUse, Credit, Utilization};
pub use income::{Frequency, Income};
pub use savings::{Cover, Savings};
pub use subscriptions::{Cadence, Subscription, Subscriptions};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::income::PayDay;
use crate::ledger::Ledger;
use crate::model::{User, WINDOWS};

/// The features of one user in one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Charges that come again and again.
    pub subscriptions: Subscriptions,
    /// How cards are used.
    pub credit: Credit,
    /// Money that is put aside.
    pub savings: Savings,
    /// Wages.
    pub income: Income,
}

impl Features {
    /// Computes all signals for each of the [`WINDOWS`], which end with the day `as_of`.
    pub fn of(user: &User<'_>, as_of: Date) -> [Self; WINDOWS.len()] {
        let ledger = Ledger::of(user, as_of);
        let subscriptions = Subscription::all(&ledger);
        let pay_days = PayDay::all(&ledger);
        WINDOWS.map(|days| {
            let window = ledger.window(days);
            Self {
                subscriptions: Subscriptions::of(&subscriptions, window),
                credit: Credit::of(window),
                savings: Savings::of(window),
                income: Income::of(&pay_days, window),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Transaction};
    use crate::testing::{as_of, card, charge, checking, deposit, purchase, savings, user};

    /// A user with every kind of account and transaction.
    fn rich() -> User<'static> {
        let mut user = user([checking(120_000), savings(500_000), card(45_000)]);
        for ago in [5, 35, 65] {
            user.transactions.push(charge("Films", ago, 1_500));
            user.transactions.push(charge("Music", ago + 1, 999));
        }
        for ago in [1, 15, 29, 43] {
            user.transactions.push(deposit(ago, 150_000 + ago));
        }
        user.transactions.push(purchase(2, 3, 22_222));
        user.transactions.push(Transaction {
            category: Category::Transfer,
            ..purchase(1, 2, -30_000)
        });
        user
    }

    #[test]
    fn the_order_of_transactions_changes_nothing() {
        let user = rich();
        let expected = Features::of(&user, as_of());
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..50 {
            let mut other = user.clone();
            random.shuffle(&mut other.transactions);
            assert_eq!(Features::of(&other, as_of()), expected);
        }
    }

    #[test]
    fn what_lies_outside_of_a_window_changes_nothing() {
        let mut user = rich();
        let [of_30, of_90, of_180] = Features::of(&user, as_of());
        user.transactions.push(deposit(180, 999_999));
        user.transactions.push(purchase(2, -1, 999_999));
        assert_eq!(Features::of(&user, as_of())[2], of_180);
        user.transactions.push(deposit(90, 999_999));
        assert_eq!(Features::of(&user, as_of())[1], of_90);
        user.transactions.push(deposit(30, 999_999));
        assert_eq!(Features::of(&user, as_of())[0], of_30);
    }

    #[test]
    fn a_user_without_anything_has_features_too() {
        let [_, _, features] = Features::of(&User::default(), as_of());
        assert_eq!(features.subscriptions.monthly_recurring_cents, 0);
        assert!(features.credit.cards.is_empty());
        assert_eq!(features.savings.cover, Cover::Low);
        assert_eq!(features.income.frequency, None);
    }
}
