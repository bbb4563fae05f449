//! The personas.

use serde::{Deserialize, Serialize};

/// The way in which somebody handles money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persona {
    /// Cards are near their limits, or cost interest.
    HighUtilization,
    /// Subscriptions take much money.
    SubscriptionHeavy,
    /// Income comes seldom or unsteadily, and there is little to bridge that.
    VariableIncomeBudgeter,
    /// Savings grow, and cards are used little.
    SavingsBuilder,
    /// None of these.
    GeneralWellness,
}

impl Persona {
    /// Returns the word for it in the store and in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HighUtilization => "high_utilization",
            Self::SubscriptionHeavy => "subscription_heavy",
            Self::VariableIncomeBudgeter => "variable_income_budgeter",
            Self::SavingsBuilder => "savings_builder",
            Self::GeneralWellness => "general_wellness",
        }
    }

    /// All personas, in the order of the rules.
    pub const ALL: [Self; 5] = [
        Self::HighUtilization,
        Self::SubscriptionHeavy,
        Self::VariableIncomeBudgeter,
        Self::SavingsBuilder,
        Self::GeneralWellness,
    ];
}

/// The kinds of reasons for a persona.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A card with at least 50 % of its limit owed.
    CardUtilization,
    /// A card that was charged interest.
    CardInterest,
    /// A card of which only the minimum is paid.
    MinimumPaymentOnly,
    /// A card that is overdue.
    Overdue,
    /// Merchants that charge again and again.
    RecurringMerchants,
    /// Subscriptions of at least $50.00 in a month.
    MonthlyRecurring,
    /// Subscriptions that are at least 10 % of expenses.
    RecurringShare,
    /// More than 45 days between pay days.
    PayGap,
    /// Pay days without a pattern.
    IrregularPay,
    /// Less than a month of expenses on the checking accounts.
    ThinBuffer,
    /// Savings that grew by at least 2 %.
    Growth,
    /// At least $200.00 a month put aside.
    MonthlyInflow,
}
