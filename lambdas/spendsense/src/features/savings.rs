//! Savings: money that is put aside.
//!
//! Net inflow is the money that came into savings accounts minus the money that left them, transfers included. Growth is
//! the net inflow compared with the balance before it, which is the present balance minus the net inflow. Growth is
//! unknown if that was not above 0. Cover is the number of months of expenses that the savings last, in hundredths.
//! Without expenses the number is unknown, and the level is excellent if there are savings.
//!
//! Figures are rounded down: a rounded figure reaches a threshold only if the exact figure does.

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::ledger::Window;
use crate::model::{AccountKind, Cents, rounded_down, saturated};

/// The savings of a user in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Savings {
    /// The currency of the amounts.
    #[serde(default)]
    pub currency: Currency,
    /// The balance of all savings accounts now.
    pub balance_cents: Cents,
    /// The net inflow in the window.
    pub net_inflow_cents: Cents,
    /// The net inflow in a month of 30 days.
    pub monthly_inflow_cents: Cents,
    /// The growth in the window, in basis points of the balance before it.
    pub growth_bp: Option<i64>,
    /// The expenses of a month, by this window: savings and buffer are measured by them.
    pub monthly_expenses_cents: Cents,
    /// The months of expenses that the savings last, in hundredths.
    pub cover_hundredths: Option<i64>,
    /// The level of that cover.
    pub cover: Cover,
    /// The same for the accounts in each other currency, by its code. Amounts of two currencies are never added up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_currencies: Vec<Self>,
}

/// How far savings go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Less than a month.
    Low,
    /// From 1 month.
    Building,
    /// From 3 months.
    Good,
    /// From 6 months.
    Excellent,
}

impl Savings {
    /// Computes the savings of a window from all savings accounts.
    pub(crate) fn of(window: Window<'_>) -> Self {
        let balance = window.user.balance(|kind| *kind == AccountKind::Savings);
        let entries = window.entries.iter();
        let of_savings = entries.filter(|entry| entry.account.kind == AccountKind::Savings);
        let outflow: i128 = of_savings
            .map(|entry| i128::from(entry.transaction.amount_cents))
            .sum();
        let inflow = saturated(-outflow);
        let start = i128::from(balance) - i128::from(inflow);
        let expenses = window.monthly_expenses;
        Self {
            currency: window.currency,
            balance_cents: balance,
            net_inflow_cents: inflow,
            monthly_inflow_cents: window.monthly(inflow),
            growth_bp: (start > 0).then(|| rounded_down(i128::from(inflow) * 10_000, start)),
            monthly_expenses_cents: expenses,
            cover_hundredths: months_of(balance, expenses),
            cover: Cover::of(balance, expenses),
            other_currencies: Vec::new(),
        }
    }
}

impl Cover {
    fn of(balance: Cents, expenses: Cents) -> Self {
        let lasts = |months: i128| match expenses {
            0 => balance > 0,
            expenses => i128::from(balance) >= months * i128::from(expenses),
        };
        [(6, Self::Excellent), (3, Self::Good), (1, Self::Building)]
            .into_iter()
            .find(|(months, _)| lasts(*months))
            .map_or(Self::Low, |(_, cover)| cover)
    }
}

/// Computes how many months of expenses an amount lasts, in hundredths rounded down; unknown without expenses.
pub(super) fn months_of(amount: Cents, expenses: Cents) -> Option<i64> {
    let hundredths = i128::from(amount) * 100;
    (expenses > 0).then(|| rounded_down(hundredths, expenses.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::model::{Category, Transaction};
    use crate::testing::{as_of, checking, purchase, savings, user};

    fn of(balance: Cents, inflow: Cents, spend: Cents) -> Savings {
        let mut user = user([checking(0), savings(balance)]);
        user.transactions = vec![
            Transaction {
                category: Category::Transfer,
                ..purchase(1, 1, -inflow)
            },
            purchase(0, 1, spend),
        ];
        Savings::of(Ledger::of(&user, as_of()).window(30))
    }

    #[test]
    fn cover_has_its_thresholds() {
        for (balance, expected) in [
            (59_999, Cover::Good),
            (60_000, Cover::Excellent),
            (60_001, Cover::Excellent),
            (29_999, Cover::Building),
            (30_000, Cover::Good),
            (9_999, Cover::Low),
            (10_000, Cover::Building),
            (-1, Cover::Low),
        ] {
            assert_eq!(of(balance, 0, 10_000).cover, expected, "{balance}");
        }
        assert_eq!(of(15_550, 0, 10_000).cover_hundredths, Some(155));
        assert_eq!(of(-1, 0, 10_000).cover_hundredths, Some(-1));
    }

    #[test]
    fn without_expenses_any_savings_are_excellent() {
        assert_eq!(
            (of(1, 0, 0).cover, of(1, 0, 0).cover_hundredths),
            (Cover::Excellent, None)
        );
        assert_eq!(of(0, 0, 0).cover, Cover::Low);
    }

    #[test]
    fn growth_is_of_what_was_there_before() {
        assert_eq!(of(102_000, 2_000, 0).growth_bp, Some(200));
        assert_eq!(of(101_999, 1_999, 0).growth_bp, Some(199));
        assert_eq!(of(102_001, 2_001, 0).growth_bp, Some(200));
        assert_eq!(of(99_999, -1, 0).growth_bp, Some(-1));
        assert_eq!(of(98_000, -2_000, 0).growth_bp, Some(-200));
        assert_eq!(of(5_000, 5_000, 0).growth_bp, None);
        assert_eq!(of(0, 5_000, 0).growth_bp, None);
    }

    #[test]
    fn inflow_is_made_monthly() {
        let mut user = user([savings(100_000)]);
        user.transactions = vec![purchase(0, 1, -60_000), purchase(0, 2, 1_000)];
        let found = Savings::of(Ledger::of(&user, as_of()).window(90));
        assert_eq!(
            (found.net_inflow_cents, found.monthly_inflow_cents),
            (59_000, 19_666)
        );
    }
}
