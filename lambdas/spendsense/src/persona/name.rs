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
