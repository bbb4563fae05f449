//! Archetypes of made-up users: one for each persona, and others for rare cases.

use clap::ValueEnum;
use spendsense::persona::Persona;

/// The kind of user that is made up.
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
    /// Paid by a ride service, without an employer.
    RideDriver,
    /// Paid by two employers, at different times.
    TwoEmployers,
    /// Pays a small card in full every month.
    PaidInFull,
    /// Lives in euros, with many subscriptions.
    InEuros,
    /// Has dollars, and a card in euros near its limit.
    TwoCurrencies,
    /// Never consented.
    WithoutConsent,
    /// Consented once.
    ConsentWithdrawn,
}

/// The number of common archetypes, which come first.
const COMMON: usize = 5;

impl Archetype {
    /// Returns the archetype of the person with a number, from 0. Three of four people are one of the five common
    /// archetypes, in turn.
    pub fn of(number: usize) -> Self {
        let all = Self::value_variants();
        let seldom = &all[COMMON..];
        match number % 4 {
            3 => seldom[number / 4 % seldom.len()],
            _ => all[(number - number / 4) % COMMON],
        }
    }

    /// Returns the persona that the window of 30 days should give; none for people who do not consent.
    pub fn persona(self) -> Option<Persona> {
        match self {
            Self::HighUtilization | Self::TwoCurrencies => Some(Persona::HighUtilization),
            Self::SubscriptionHeavy | Self::TwoAtOneMerchant | Self::InEuros => {
                Some(Persona::SubscriptionHeavy)
            }
            Self::VariableIncome | Self::RideDriver => Some(Persona::VariableIncomeBudgeter),
            Self::SavingsBuilder => Some(Persona::SavingsBuilder),
            Self::GeneralWellness
            | Self::NoTransactions
            | Self::NoAccounts
            | Self::Overdrawn
            | Self::ZeroLimit
            | Self::Refunds
            | Self::Newcomer
            | Self::TransfersOnly
            | Self::TwoEmployers
            | Self::PaidInFull => Some(Persona::GeneralWellness),
            Self::WithoutConsent | Self::ConsentWithdrawn => None,
        }
    }

    /// Returns the name that the command line has for it.
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
    fn every_archetype_is_among_the_first_sixty() {
        let first: Vec<Archetype> = (0..60).map(Archetype::of).collect();
        for archetype in Archetype::value_variants() {
            assert!(first.contains(archetype), "{archetype:?}");
        }
        let common = first
            .iter()
            .filter(|of| Archetype::value_variants()[..COMMON].contains(of));
        assert_eq!(common.count(), 45);
    }
}
