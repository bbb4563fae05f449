//! Credit: how cards are used.
//!
//! Utilization is the share of the limit that is owed, in basis points and rounded down. It is 0 if nothing is owed, or if
//! there is money on the card. It is unknown if something is owed and there is no limit above 0. High begins at 50 % and
//! medium at 30 %, compared exactly. A minimum payment counts if something older than a month's purchases is owed after it,
//! or interest was charged: who pays a small statement in full pays its minimum, too. Interest is the sum of the card's `interest` transactions in the window.

use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::ledger::Window;
use crate::model::{Account, AccountKind, Card, Category, Cents, saturated};

/// How a user's cards are used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The currency of the amounts.
    #[serde(default)]
    pub currency: Currency,
    /// The cards, in the order of their accounts' ids.
    pub cards: Vec<CardUse>,
    /// The same for the accounts in each other currency, by its code. Amounts of two currencies are never added up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_currencies: Vec<Self>,
}

/// How one card is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUse {
    /// The card's account.
    pub account_id: String,
    /// The amount owed, in basis points of the limit; nothing if that is unknown.
    pub utilization_bp: Option<i64>,
    /// The level of that utilization.
    pub utilization: Option<Utilization>,
    /// Whether the last payment was within $5.00 of the minimum, and left something owed.
    pub is_minimum_payment_only: bool,
    /// Interest charged in the window.
    pub interest_cents: Cents,
    /// Whether a payment is late.
    pub is_overdue: bool,
}

/// How much of its limit a card uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Utilization {
    /// Below 30 %.
    Low,
    /// From 30 % to below 50 %.
    Medium,
    /// From 50 %.
    High,
}

/// How far the last payment may be from the minimum, in US cents.
const NEAR_MINIMUM: Cents = 500;
/// The days of a statement, in which purchases are new and not carried over.
const STATEMENT_DAYS: i32 = 30;

impl Credit {
    /// Computes the use of every card in a window.
    pub(crate) fn of(window: Window<'_>) -> Self {
        let cards = window
            .user
            .accounts
            .iter()
            .filter_map(|account| match &account.kind {
                AccountKind::CreditCard(card) => Some((account, card)),
                _ => None,
            });
        let cards = cards.map(|(account, card)| used(window, account, card));
        let mut cards: Vec<CardUse> = cards.collect();
        cards.sort_by(|a, b| a.account_id.cmp(&b.account_id));
        Self {
            currency: window.currency,
            cards,
            other_currencies: Vec::new(),
        }
    }
}

fn used(window: Window<'_>, account: &Account, card: &Card) -> CardUse {
    let owed = i128::from(account.balance_cents.max(0));
    let limit = card.limit_cents.filter(|limit| *limit > 0).map(i128::from);
    let (utilization_bp, utilization) = match (owed, limit) {
        (0, _) => (Some(0), Some(Utilization::Low)),
        (_, None) => (None, None),
        (owed, Some(limit)) => (
            Some(saturated(owed * 10_000 / limit)),
            Some(meaning(owed, limit)),
        ),
    };
    let on_card = || {
        let entries = window.entries.iter();
        entries.filter(|entry| std::ptr::eq(entry.account, account))
    };
    let interest = on_card().map(|entry| entry.transaction);
    let interest = interest.filter(|of| of.category == Category::Interest && of.amount_cents > 0);
    let interest_cents = saturated(interest.map(|of| i128::from(of.amount_cents)).sum());
    let recent = on_card().filter(|entry| entry.ago < STATEMENT_DAYS);
    let recent: i128 = recent.map(|entry| i128::from(entry.spent)).sum();
    // What was bought since the last statement is owed by everybody, also by those who pay in full.
    let is_carried = interest_cents > 0 || owed > recent;
    CardUse {
        account_id: account.account_id.clone(),
        utilization_bp,
        utilization,
        is_minimum_payment_only: is_carried && is_minimum_payment(card, window.currency),
        interest_cents,
        is_overdue: card.is_overdue,
    }
}

fn meaning(owed: i128, limit: i128) -> Utilization {
    if 2 * owed >= limit {
        Utilization::High
    } else if 10 * owed >= 3 * limit {
        Utilization::Medium
    } else {
        Utilization::Low
    }
}

fn is_minimum_payment(card: &Card, currency: Currency) -> bool {
    match (card.last_payment_cents, card.minimum_payment_cents) {
        (Some(last), Some(minimum)) if minimum > 0 => {
            last.abs_diff(minimum) <= currency.amount(NEAR_MINIMUM).unsigned_abs()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::model::Transaction;
    use crate::testing::{as_of, card, card_with, checking, purchase, user};

    fn of(account: Account) -> CardUse {
        let user = user([checking(0), account]);
        let credit = Credit::of(Ledger::of(&user, as_of()).window(30));
        credit.cards.into_iter().next().unwrap()
    }

    #[test]
    fn utilization_has_its_thresholds() {
        use Utilization::{High, Low, Medium};
        for (balance, bp, meaning) in [
            (49_999, 4_999, Medium),
            (50_000, 5_000, High),
            (50_001, 5_000, High),
            (29_999, 2_999, Low),
            (30_000, 3_000, Medium),
            (30_001, 3_000, Medium),
            (150_000, 15_000, High),
            (0, 0, Low),
            (-5_000, 0, Low),
        ] {
            let found = of(card(balance));
            assert_eq!(
                (found.utilization_bp, found.utilization),
                (Some(bp), Some(meaning)),
                "{balance}"
            );
        }
    }

    #[test]
    fn without_a_limit_utilization_is_unknown_unless_nothing_is_owed() {
        for limit in [None, Some(0), Some(-1)] {
            assert_eq!(
                of(card_with(1, |card| card.limit_cents = limit)).utilization,
                None
            );
            assert_eq!(
                of(card_with(0, |card| card.limit_cents = limit)).utilization_bp,
                Some(0)
            );
        }
    }

    #[test]
    fn the_minimum_payment_has_five_dollars_of_room() {
        for (last, minimum, expected) in [
            (Some(3_000), Some(2_500), true),
            (Some(3_001), Some(2_500), false),
            (Some(2_000), Some(2_500), true),
            (Some(1_999), Some(2_500), false),
            (Some(2_500), Some(0), false),
            (None, Some(2_500), false),
            (Some(2_500), None, false),
        ] {
            let found = of(card_with(1, |card| {
                card.last_payment_cents = last;
                card.minimum_payment_cents = minimum;
            }));
            assert_eq!(
                found.is_minimum_payment_only, expected,
                "{last:?} {minimum:?}"
            );
        }
    }

    #[test]
    fn a_small_statement_that_is_paid_in_full_is_no_minimum_payment() {
        for (balance, spent, interest, expected) in [
            (1_200, 2_500, 0, false),
            (2_500, 2_500, 0, false),
            (2_501, 2_500, 0, true),
            (0, 0, 0, false),
            (-100, 0, 0, false),
            (1_200, 2_500, 1, true),
        ] {
            let mut user = user([card_with(balance, |card| {
                card.last_payment_cents = Some(2_500);
                card.minimum_payment_cents = Some(2_500);
            })]);
            user.transactions = vec![
                purchase(0, 29, spent),
                purchase(0, 30, 50_000),
                Transaction {
                    category: Category::Interest,
                    ..purchase(0, 1, interest)
                },
            ];
            let ledger = Ledger::of(&user, as_of());
            for days in [30, 90] {
                let found = &Credit::of(ledger.window(days)).cards[0];
                assert_eq!(found.is_minimum_payment_only, expected, "{balance} {spent}");
            }
        }
    }

    #[test]
    fn interest_is_the_windows_and_the_cards_own() {
        let mut user = user([checking(0), card(1)]);
        let interest = |account, ago, cents| Transaction {
            category: Category::Interest,
            ..purchase(account, ago, cents)
        };
        user.transactions = vec![
            interest(1, 0, 1_200),
            interest(1, 29, 300),
            interest(1, 30, 5_000),
            interest(0, 0, 700),
            interest(1, 1, -40),
        ];
        let ledger = Ledger::of(&user, as_of());
        assert_eq!(Credit::of(ledger.window(30)).cards[0].interest_cents, 1_500);
        assert_eq!(Credit::of(ledger.window(90)).cards[0].interest_cents, 6_500);
    }
}
