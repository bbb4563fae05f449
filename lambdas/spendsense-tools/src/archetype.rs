//! Who is made up: one archetype for each persona, and others for what is seldom.

use clap::ValueEnum;
use spendsense::persona::Persona;

/// What somebody is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Archetype {
    /// Cards near their limits, with interest.
    HighUtilization,
    /// Many subscriptions.
    SubscriptionHeavy,
    /// Paid when there is work, with little at hand.
    VariableIncome,
    /// Puts money aside on every pay day.
    SavingsBuilder,
    /// Paid and spending regularly.
    GeneralWellness,
    /// An account without a transaction.
    NoTransactions,
    /// No account at all.
    NoAccounts,
    /// A negative balance.
    Overdrawn,
    /// Saves, with a card whose limit is zero.
    ZeroLimit,
    /// Refunds of more than was bought.
    Refunds,
    /// Ten days of data.
    Newcomer,
    /// Two subscriptions at one of three merchants.
    TwoAtOneMerchant,
    /// Moves money between their own accounts only.
    TransfersOnly,
    /// Never consented.
    WithoutConsent,
    /// Consented once.
    ConsentWithdrawn,
}

/// Most people are one of these.
const COMMON: usize = 5;

impl Archetype {
    /// Of the person of that number, from 0: three of four are one of the five common ones, in turn.
    pub fn of(number: usize) -> Self {
        let all = Self::value_variants();
        let seldom = &all[COMMON..];
        match number % 4 {
            3 => seldom[number / 4 % seldom.len()],
            _ => all[(number - number / 4) % COMMON],
        }
    }

    /// The persona of 30 days; none for those who do not consent.
    pub fn persona(self) -> Option<Persona> {
        match self {
            Self::HighUtilization => Some(Persona::HighUtilization),
            Self::SubscriptionHeavy | Self::TwoAtOneMerchant => Some(Persona::SubscriptionHeavy),
            Self::VariableIncome => Some(Persona::VariableIncomeBudgeter),
            Self::SavingsBuilder => Some(Persona::SavingsBuilder),
            Self::GeneralWellness
            | Self::NoTransactions
            | Self::NoAccounts
            | Self::Overdrawn
            | Self::ZeroLimit
            | Self::Refunds
            | Self::Newcomer
            | Self::TransfersOnly => Some(Persona::GeneralWellness),
            Self::WithoutConsent | Self::ConsentWithdrawn => None,
        }
    }

    /// As on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_archetype_is_among_the_first_forty() {
        let first: Vec<Archetype> = (0..40).map(Archetype::of).collect();
        for archetype in Archetype::value_variants() {
            assert!(first.contains(archetype), "{archetype:?}");
        }
        let common = first
            .iter()
            .filter(|of| Archetype::value_variants()[..COMMON].contains(of));
        assert_eq!(common.count(), 30);
    }
}
