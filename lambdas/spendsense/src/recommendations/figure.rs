//! Figures of a user that a rationale can cite.

use serde::{Deserialize, Serialize};

/// A user's own figure, as a placeholder in a rationale names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// The number of accounts.
    AccountCount,
    /// The card with the highest utilization.
    Card,
    /// The amount owed on that card.
    CardBalance,
    /// The limit of that card.
    CardLimit,
    /// The share of its limit that is owed on that card.
    CardUtilization,
    /// Interest on all cards in 30 days, if there was any.
    CardInterest,
    /// The card that cost the most interest in 30 days, if something is owed on it.
    InterestCard,
    /// The amount owed on that card.
    InterestCardBalance,
    /// A card of which only the minimum is paid.
    MinimumPaymentCard,
    /// A card that is overdue.
    OverdueCard,
    /// The expenses of a month.
    MonthlyExpenses,
    /// Wages in 30 days, if there were any.
    MonthlyIncome,
    /// Days between pay days.
    PayGap,
    /// How much wages vary, from 10 %.
    IncomeVariability,
    /// How long the checking accounts last, if there are any.
    Buffer,
    /// How many merchants charge again and again, if there are any.
    SubscriptionCount,
    /// Some of those merchants.
    SubscriptionMerchants,
    /// The amount that they take in a month.
    SubscriptionMonthly,
    /// The share of all expenses that they take, if these are more.
    SubscriptionShare,
    /// The balance of the savings accounts, if there are any.
    SavingsBalance,
    /// The net inflow into them in 30 days, if it is above 0.
    SavingsInflow,
    /// The growth of them in 30 days, if they grew by at least 0.1 %.
    SavingsGrowth,
    /// How long the savings last.
    SavingsCover,
    /// How long the savings last, if that is less than six months.
    SavingsCoverToGrow,
}

impl Figure {
    /// The figures that every user has.
    pub(crate) const ALWAYS: [Self; 2] = [Self::AccountCount, Self::MonthlyExpenses];

    /// Finds the figure that a placeholder names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}
