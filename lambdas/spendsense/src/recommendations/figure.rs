//! The figures of a user that a rationale can cite.

use serde::{Deserialize, Serialize};

/// A user's own figure, as a placeholder in a rationale names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// How many accounts there are.
    AccountCount,
    /// The card with the highest utilization.
    Card,
    /// What is owed on that card.
    CardBalance,
    /// The limit of that card.
    CardLimit,
    /// What is owed on that card, of its limit.
    CardUtilization,
    /// Interest on all cards in 30 days, if there was any.
    CardInterest,
    /// A card of which only the minimum is paid.
    MinimumPaymentCard,
    /// A card that is overdue.
    OverdueCard,
    /// What is spent in a month.
    MonthlyExpenses,
    /// Wages in 30 days, if there were any.
    MonthlyIncome,
    /// Days between pay days.
    PayGap,
    /// How much wages vary.
    IncomeVariability,
    /// How long the checking accounts last, if there are any.
    Buffer,
    /// How many merchants charge again and again, if there are any.
    SubscriptionCount,
    /// Some of those merchants.
    SubscriptionMerchants,
    /// What they take in a month.
    SubscriptionMonthly,
    /// What they take of all that is spent.
    SubscriptionShare,
    /// What is on the savings accounts, if there are any.
    SavingsBalance,
    /// What came into them in 30 days, if anything did.
    SavingsInflow,
    /// By how much they grew in 30 days, if they did.
    SavingsGrowth,
    /// How long the savings last.
    SavingsCover,
}

impl Figure {
    /// Those that every user has.
    pub(crate) const ALWAYS: [Self; 2] = [Self::AccountCount, Self::MonthlyExpenses];

    /// The figure that a placeholder names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}
