//! Behavioural features of a user: what the accounts say, without a judgement.
//!
//! Definitions, units and edge cases stand in each signal's file; `DEFINITIONS.md` has them in one place, for whoever
//! computes them elsewhere.

mod credit;
mod income;
mod savings;
mod subscriptions;

pub use credit::{CardUse, Credit, Utilization};
pub use income::{Frequency, Income};
pub use savings::{Cover, Savings};
pub use subscriptions::{Cadence, Subscription, Subscriptions};

use crate::model::{User, Window};

/// The features of one user in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// Charges that come again and again.
    pub subscriptions: Subscriptions,
    /// How cards are used.
    pub credit: Credit,
    /// What is put aside.
    pub savings: Savings,
    /// What comes in.
    pub income: Income,
}

impl Features {
    /// Computes all signals.
    pub fn of(user: &User, window: Window) -> Self {
        Self {
            subscriptions: Subscriptions::of(user, window),
            credit: Credit::of(user, window),
            savings: Savings::of(user, window),
            income: Income::of(user, window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Transaction};
    use crate::testing::{card, charge, checking, deposit, purchase, savings, user, window};

    /// A user with something of everything.
    fn rich() -> User {
        let mut user = user([checking(120_000), savings(500_000), card(45_000)]);
        for ago in [5, 35, 65] {
            user.transactions.push(charge("Films", ago, 1_500));
            user.transactions.push(charge("Music", ago + 1, 999));
        }
        for ago in [1, 15, 29, 43] {
            user.transactions.push(deposit(ago, 150_000 + ago));
        }
        user.transactions.push(purchase("k", 3, 22_222));
        user.transactions.push(Transaction {
            category: Category::Transfer,
            ..purchase("s", 2, -30_000)
        });
        user
    }

    #[test]
    fn order_and_repetition_of_transactions_change_nothing() {
        let user = rich();
        let expected = Features::of(&user, window(90));
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..50 {
            let mut other = user.clone();
            let again = random.usize(..other.transactions.len());
            let again = other.transactions[again].clone();
            other.transactions.push(again);
            random.shuffle(&mut other.transactions);
            assert_eq!(Features::of(&other, window(90)), expected);
        }
    }

    #[test]
    fn what_lies_outside_of_a_window_changes_nothing() {
        let mut user = rich();
        let expected = Features::of(&user, window(30));
        user.transactions.push(deposit(200, 999_999));
        user.transactions.push(purchase("k", -1, 999_999));
        assert_eq!(Features::of(&user, window(30)), expected);
    }

    #[test]
    fn a_user_without_anything_has_features_too() {
        let features = Features::of(&User::default(), window(180));
        assert_eq!(features.subscriptions.monthly_recurring_cents, 0);
        assert!(features.credit.cards.is_empty());
        assert_eq!(features.savings.cover, Cover::Low);
        assert_eq!(features.income.frequency, None);
    }
}
