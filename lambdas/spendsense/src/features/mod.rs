//! Behavioural features of a user: figures from the accounts, without a judgement.
//!
//! Each signal's file has its definitions, units and edge cases. `DEFINITIONS.md` has all of them in one place, for people
//! who compute them elsewhere.

mod credit;
mod essentials;
mod income;
mod payers;
mod savings;
mod subscriptions;

pub use credit::{CardUse, Credit, Utilization};
pub use income::{Frequency, Income};
pub use savings::{Cover, Savings};
pub use subscriptions::{Cadence, Subscription, Subscriptions};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::income::Wages;
use self::subscriptions::Steady;
use crate::currency::Currency;
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
    /// Computes all signals for each of the [`WINDOWS`], which end with the day `as_of`: of the accounts in the user's main
    /// currency, and beside them of those in each other one.
    pub fn of(user: &User<'_>, as_of: Date) -> [Self; WINDOWS.len()] {
        let currencies = user.currencies();
        let [main, others @ ..] = currencies.as_slice() else {
            return Self::in_one_currency(user, as_of);
        };
        if others.is_empty() {
            return Self::in_one_currency(user, as_of);
        }
        let mut features = Self::in_one_currency(&user.in_currency(*main), as_of);
        for other in others {
            let found = Self::in_one_currency(&user.in_currency(*other), as_of);
            for (features, other) in features.iter_mut().zip(found) {
                let Self {
                    subscriptions,
                    credit,
                    savings,
                    income,
                } = other;
                features.subscriptions.other_currencies.push(subscriptions);
                features.credit.other_currencies.push(credit);
                features.savings.other_currencies.push(savings);
                features.income.other_currencies.push(income);
            }
        }
        features
    }

    fn in_one_currency(user: &User<'_>, as_of: Date) -> [Self; WINDOWS.len()] {
        let ledger = Ledger::of(user, as_of);
        let steady = Steady::all(&ledger);
        let wages = Wages::of(&ledger);
        WINDOWS.map(|days| {
            let window = ledger.window(days);
            Self {
                subscriptions: Subscriptions::of(&steady, window),
                credit: Credit::of(window),
                savings: Savings::of(window),
                income: Income::of(&wages, window),
            }
        })
    }

    /// Returns the currency of the figures beside those of other currencies.
    pub fn currency(&self) -> Currency {
        self.savings.currency
    }

    /// Returns the features of each currency alone, the main one first.
    pub(crate) fn each(&self) -> Vec<Self> {
        let mut main = self.clone();
        let subscriptions = std::mem::take(&mut main.subscriptions.other_currencies);
        let credit = std::mem::take(&mut main.credit.other_currencies);
        let savings = std::mem::take(&mut main.savings.other_currencies);
        let income = std::mem::take(&mut main.income.other_currencies);
        let others = subscriptions
            .into_iter()
            .zip(credit)
            .zip(savings)
            .zip(income);
        let others = others.map(|(((subscriptions, credit), savings), income)| Self {
            subscriptions,
            credit,
            savings,
            income,
        });
        std::iter::once(main).chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Account, Category, Transaction};
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
    fn amounts_of_two_currencies_are_never_added_up() {
        let one = rich();
        let mut both = one.clone();
        let eur: Currency = "EUR".parse().unwrap();
        both.accounts.push(Account {
            account_id: "e".to_owned(),
            currency: eur,
            ..checking(7_700)
        });
        both.transactions.push(purchase(3, 2, 12_345));
        let [of_one, _, _] = Features::of(&one, as_of());
        let [of_both, _, _] = Features::of(&both, as_of());
        let [main, other] = of_both.each().try_into().unwrap();
        assert_eq!(main, of_one);
        assert_eq!(other.currency(), eur);
        assert_eq!(other.savings.monthly_expenses_cents, 12_345);
        assert_eq!(other.income.buffer_hundredths, Some(62));
        // Whatever is written is read again.
        let text = serde_json::to_string(&of_both).unwrap();
        assert_eq!(serde_json::from_str::<Features>(&text).unwrap(), of_both);
    }

    #[test]
    fn the_main_currency_is_that_of_most_accounts() {
        let of = |codes: &[(&str, bool)]| {
            let accounts = codes.iter().map(|(code, is_checking)| Account {
                currency: code.parse().unwrap(),
                ..if *is_checking {
                    checking(0)
                } else {
                    savings(0)
                }
            });
            user(accounts).currencies()[0].to_string()
        };
        assert_eq!(of(&[]), "USD");
        assert_eq!(of(&[("EUR", true), ("USD", false), ("USD", false)]), "EUR");
        assert_eq!(of(&[("EUR", true), ("USD", true), ("USD", false)]), "USD");
        assert_eq!(of(&[("USD", true), ("EUR", true)]), "EUR");
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
