//! The persona of a user: the first rule that holds for the features of one window decides.

pub(crate) mod name;

use serde::{Deserialize, Serialize};

pub use name::{Because, Persona};

use crate::currency::Currency;
use crate::features::{CardUse, Features, Frequency, Income, Savings, Subscriptions, Utilization};

/// A persona, with the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The persona.
    pub persona: Persona,
    /// The parts of the rule that hold, with the user's own figures; none if no rule holds.
    pub reasons: Vec<Reason>,
}

/// A part of a rule that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// A card with at least 50 % of its limit owed.
    CardUtilization {
        /// The card's account.
        account_id: String,
        /// The utilization in basis points, at least 5,000.
        utilization_bp: i64,
    },
    /// A card that was charged interest.
    CardInterest {
        /// The card's account.
        account_id: String,
        /// The interest in the window, in cents.
        interest_cents: i64,
        /// Their currency.
        #[serde(default)]
        currency: Currency,
    },
    /// A card of which only the minimum is paid.
    MinimumPaymentOnly {
        /// The card's account.
        account_id: String,
    },
    /// A card that is overdue.
    Overdue {
        /// The card's account.
        account_id: String,
    },
    /// Merchants that charge again and again.
    RecurringMerchants {
        /// The number of merchants, at least 3.
        count: usize,
    },
    /// Subscriptions of at least $50.00 in a month.
    MonthlyRecurring {
        /// In cents.
        cents: i64,
        /// Their currency.
        #[serde(default)]
        currency: Currency,
    },
    /// Subscriptions that are at least 10 % of expenses.
    RecurringShare {
        /// The share in basis points.
        share_bp: i64,
    },
    /// More than 45 days between pay days.
    PayGap {
        /// The median gap.
        days: i64,
    },
    /// Pay days without a pattern.
    IrregularPay,
    /// Less than a month of expenses on the checking accounts.
    ThinBuffer {
        /// The buffer in hundredths of a month.
        buffer_hundredths: i64,
    },
    /// Savings that grew by at least 2 %.
    Growth {
        /// The growth in basis points.
        growth_bp: i64,
    },
    /// At least $200.00 a month put aside.
    MonthlyInflow {
        /// In cents.
        cents: i64,
        /// Their currency.
        #[serde(default)]
        currency: Currency,
    },
}

impl Reason {
    /// Returns the kind of the reason.
    pub(crate) fn kind(&self) -> Because {
        match self {
            Self::CardUtilization { .. } => Because::CardUtilization,
            Self::CardInterest { .. } => Because::CardInterest,
            Self::MinimumPaymentOnly { .. } => Because::MinimumPaymentOnly,
            Self::Overdue { .. } => Because::Overdue,
            Self::RecurringMerchants { .. } => Because::RecurringMerchants,
            Self::MonthlyRecurring { .. } => Because::MonthlyRecurring,
            Self::RecurringShare { .. } => Because::RecurringShare,
            Self::PayGap { .. } => Because::PayGap,
            Self::IrregularPay => Because::IrregularPay,
            Self::ThinBuffer { .. } => Because::ThinBuffer,
            Self::Growth { .. } => Because::Growth,
            Self::MonthlyInflow { .. } => Because::MonthlyInflow,
        }
    }
}

/// The least number of merchants that charge again and again.
const RECURRING_MERCHANTS: usize = 3;
/// The least amount that they take in a month, in US cents.
const RECURRING_CENTS: i64 = 5_000;
/// The least share of all expenses that they take, in basis points.
const RECURRING_SHARE_BP: i64 = 1_000;
/// The longest median gap between pay days that is still usual.
const PAY_GAP_DAYS: i64 = 45;
/// A month of expenses, in hundredths.
const MONTH_HUNDREDTHS: i64 = 100;
/// The least growth of savings, in basis points.
const GROWTH_BP: i64 = 200;
/// The least amount that is put aside in a month, in US cents.
const INFLOW_CENTS: i64 = 20_000;

impl Assignment {
    /// Finds the persona of some features: the first rule that holds in any currency, the main one first.
    pub fn of(features: &Features) -> Self {
        let each = features.each();
        let cards: Vec<&CardUse> = each.iter().flat_map(|of| &of.credit.cards).collect();
        let rules: [(Persona, Rule); 4] = [
            (Persona::HighUtilization, |of, _| high_utilization(of)),
            (Persona::SubscriptionHeavy, |of, _| {
                subscription_heavy(&of.subscriptions)
            }),
            (Persona::VariableIncomeBudgeter, |of, _| {
                variable_income(&of.income)
            }),
            (Persona::SavingsBuilder, |of, cards| {
                savings_builder(&of.savings, cards)
            }),
        ];
        for (persona, rule) in rules {
            let mut reasons = each.iter().map(|features| rule(features, &cards));
            if let Some(reasons) = reasons.find(|reasons| !reasons.is_empty()) {
                return Self { persona, reasons };
            }
        }
        Self {
            persona: Persona::GeneralWellness,
            reasons: Vec::new(),
        }
    }
}

/// The reasons for a persona in one currency, for a user with these cards; none if the rule does not hold.
type Rule = fn(&Features, &[&CardUse]) -> Vec<Reason>;

/// Holds if any card is near its limit, was charged interest, gets only minimum payments, or is overdue.
fn high_utilization(features: &Features) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for card in &features.credit.cards {
        let account_id = || card.account_id.clone();
        if card.utilization == Some(Utilization::High) {
            reasons.push(Reason::CardUtilization {
                account_id: account_id(),
                utilization_bp: card.utilization_bp.unwrap_or_default(),
            });
        }
        if card.interest_cents > 0 {
            reasons.push(Reason::CardInterest {
                account_id: account_id(),
                interest_cents: card.interest_cents,
                currency: features.currency(),
            });
        }
        if card.is_minimum_payment_only {
            reasons.push(Reason::MinimumPaymentOnly {
                account_id: account_id(),
            });
        }
        if card.is_overdue {
            reasons.push(Reason::Overdue {
                account_id: account_id(),
            });
        }
    }
    reasons
}

/// Holds with three recurring merchants that take much money or a large share of expenses.
fn subscription_heavy(found: &Subscriptions) -> Vec<Reason> {
    let count = found.merchants.len();
    let mut reasons = Vec::new();
    if found.monthly_recurring_cents >= found.currency.amount(RECURRING_CENTS) {
        reasons.push(Reason::MonthlyRecurring {
            cents: found.monthly_recurring_cents,
            currency: found.currency,
        });
    }
    if found.share_bp >= RECURRING_SHARE_BP {
        reasons.push(Reason::RecurringShare {
            share_bp: found.share_bp,
        });
    }
    if count < RECURRING_MERCHANTS || reasons.is_empty() {
        return Vec::new();
    }
    reasons.insert(0, Reason::RecurringMerchants { count });
    reasons
}

/// Holds if pay comes seldom or unsteadily, and less than a month of expenses is at hand.
fn variable_income(income: &Income) -> Vec<Reason> {
    let buffer = income
        .buffer_hundredths
        .filter(|buffer| *buffer < MONTH_HUNDREDTHS);
    let mut reasons = Vec::new();
    if let Some(days) = income.median_gap_days.filter(|days| *days > PAY_GAP_DAYS) {
        reasons.push(Reason::PayGap { days });
    }
    if income.frequency == Some(Frequency::Irregular) {
        reasons.push(Reason::IrregularPay);
    }
    match buffer {
        Some(buffer_hundredths) if !reasons.is_empty() => {
            reasons.push(Reason::ThinBuffer { buffer_hundredths });
            reasons
        }
        _ => Vec::new(),
    }
}

/// Holds if savings grow, and every card is known to be used little.
fn savings_builder(savings: &Savings, cards: &[&CardUse]) -> Vec<Reason> {
    if cards
        .iter()
        .any(|card| card.utilization != Some(Utilization::Low))
    {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    if let Some(growth_bp) = savings.growth_bp.filter(|growth| *growth >= GROWTH_BP) {
        reasons.push(Reason::Growth { growth_bp });
    }
    if savings.monthly_inflow_cents >= savings.currency.amount(INFLOW_CENTS) {
        reasons.push(Reason::MonthlyInflow {
            cents: savings.monthly_inflow_cents,
            currency: savings.currency,
        });
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::User;
    use crate::testing::as_of;

    /// The features of a user without accounts.
    fn nothing() -> Features {
        let [features, _, _] = Features::of(&User::default(), as_of());
        features
    }

    fn card(utilization: Option<Utilization>) -> CardUse {
        CardUse {
            account_id: "k".to_owned(),
            utilization_bp: Some(0),
            utilization,
            is_minimum_payment_only: false,
            interest_cents: 0,
            is_overdue: false,
        }
    }

    #[track_caller]
    fn check(expected: Persona, change: impl FnOnce(&mut Features)) {
        let mut features = nothing();
        change(&mut features);
        assert_eq!(Assignment::of(&features).persona, expected);
    }

    #[test]
    fn any_sign_of_strain_on_a_card_is_high_utilization() {
        use Persona::{GeneralWellness, HighUtilization};
        for (card, expected) in [
            (card(Some(Utilization::High)), HighUtilization),
            (card(Some(Utilization::Medium)), GeneralWellness),
            (
                CardUse {
                    interest_cents: 1,
                    ..card(Some(Utilization::Low))
                },
                HighUtilization,
            ),
            (
                CardUse {
                    is_minimum_payment_only: true,
                    ..card(None)
                },
                HighUtilization,
            ),
            (
                CardUse {
                    is_overdue: true,
                    ..card(None)
                },
                HighUtilization,
            ),
            (card(None), GeneralWellness),
        ] {
            check(expected, |features| features.credit.cards = vec![card]);
        }
    }

    #[test]
    fn subscriptions_are_many_and_large() {
        use Persona::{GeneralWellness, SubscriptionHeavy};
        for (count, cents, share, expected) in [
            (3, 5_000, 0, SubscriptionHeavy),
            (3, 4_999, 999, GeneralWellness),
            (3, 4_999, 1_000, SubscriptionHeavy),
            (2, 50_000, 10_000, GeneralWellness),
            (4, 5_001, 1_001, SubscriptionHeavy),
        ] {
            check(expected, |features| {
                features.subscriptions.merchants = vec![String::new(); count];
                features.subscriptions.monthly_recurring_cents = cents;
                features.subscriptions.share_bp = share;
            });
        }
    }

    #[test]
    fn income_is_seldom_or_unsteady_and_the_buffer_thin() {
        use Persona::{GeneralWellness, VariableIncomeBudgeter};
        for (gap, frequency, buffer, expected) in [
            (46, Frequency::Monthly, Some(99), VariableIncomeBudgeter),
            (45, Frequency::Monthly, Some(99), GeneralWellness),
            (14, Frequency::Irregular, Some(99), VariableIncomeBudgeter),
            (14, Frequency::Irregular, Some(100), GeneralWellness),
            (14, Frequency::Irregular, None, GeneralWellness),
            (14, Frequency::Irregular, Some(-5), VariableIncomeBudgeter),
        ] {
            check(expected, |features| {
                features.income.median_gap_days = Some(gap);
                features.income.frequency = Some(frequency);
                features.income.buffer_hundredths = buffer;
            });
        }
    }

    #[test]
    fn savings_grow_and_cards_are_used_little() {
        use Persona::{GeneralWellness, SavingsBuilder};
        for (growth, inflow, utilization, expected) in [
            (Some(200), 0, None, SavingsBuilder),
            (Some(199), 19_999, None, GeneralWellness),
            (Some(199), 20_000, None, SavingsBuilder),
            (None, 20_001, Some(Some(Utilization::Low)), SavingsBuilder),
            (
                Some(500),
                50_000,
                Some(Some(Utilization::Medium)),
                GeneralWellness,
            ),
            (Some(500), 50_000, Some(None), GeneralWellness),
        ] {
            check(expected, |features| {
                features.savings.growth_bp = growth;
                features.savings.monthly_inflow_cents = inflow;
                features.credit.cards = utilization.map(card).into_iter().collect();
            });
        }
    }

    #[test]
    fn the_first_rule_that_holds_decides_and_gives_its_reasons() {
        let mut features = nothing();
        features.savings.growth_bp = Some(300);
        features.income.frequency = Some(Frequency::Irregular);
        features.income.buffer_hundredths = Some(50);
        let assignment = Assignment::of(&features);
        assert_eq!(assignment.persona, Persona::VariableIncomeBudgeter);
        let reasons = [
            Reason::IrregularPay,
            Reason::ThinBuffer {
                buffer_hundredths: 50,
            },
        ];
        assert_eq!(assignment.reasons, reasons);
        assert_eq!(Assignment::of(&nothing()).persona, Persona::GeneralWellness);
        assert!(Assignment::of(&nothing()).reasons.is_empty());
    }
}
