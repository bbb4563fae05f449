//! Subscriptions: charges that come again and again at a steady pace.
//!
//! A charge is a purchase of at least one cent with a merchant, in the 100 days up to the window's last one, whatever the
//! window: room for two gaps of 33 days and the 33 days until the next charge. Two of one amount on one day count as one. A
//! merchant's charges of one amount are a subscription if there are at least three of them, every gap is within 27–33
//! days (monthly) or 6–8 days (weekly), and the next charge is not overdue. The merchant's other charges together are
//! one, too, if they come like that. Three days either way leave room for weekends and short months.
//!
//! Rent, groceries, insurance, the care of children, loans and taxes come as steadily, and nobody cancels them:
//! [`essentials`](super::essentials) tells them apart.

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use super::essentials;
use crate::currency::Currency;
use crate::ledger::{Entry, Ledger, Window};
use crate::model::{Category, Cents, median, rounded, rounded_down, saturated};

/// The subscriptions of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriptions {
    /// The currency of the amounts.
    #[serde(default)]
    pub currency: Currency,
    /// The subscriptions, by the merchant's name and then by amount. One without a fixed amount comes last.
    pub subscriptions: Vec<Subscription>,
    /// The different merchants, by name.
    pub merchants: Vec<String>,
    /// The amount of all of them together, in a month.
    pub monthly_recurring_cents: Cents,
    /// The share of a month's expenses in the window, in basis points from 0 to 10,000.
    pub share_bp: i64,
    /// Other merchants that charge as steadily and are no subscriptions, such as insurers, by name.
    #[serde(default)]
    pub essentials: Vec<String>,
    /// The same for the accounts in each other currency, by its code. Amounts of two currencies are never added up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_currencies: Vec<Self>,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The merchant's name in lower case, without outer spaces.
    pub merchant: String,
    /// How often it is charged.
    pub cadence: Cadence,
    /// The amount in a month: the median charge, and 30/7 of it for a weekly subscription.
    pub monthly_cents: Cents,
}

/// How often a subscription is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Every 6–8 days.
    Weekly,
    /// Every 27–33 days.
    Monthly,
}

/// The number of days in which subscriptions are looked for: three times the longest gap, and the last day.
const DAYS: i32 = 100;
/// The least number of charges of a subscription.
const TIMES: u32 = 3;
/// A usual number of merchants of a user, and of charges of a merchant, for which memory is reserved.
const USUAL: usize = 24;
/// The whole, in basis points.
const ALL: i64 = 10_000;

/// The amount of a purchase, and the number of days before the last one.
type Charge = (Cents, i32);

/// A set of days: bit `n` is the day `n` days before the last one.
type Days = u128;

const _: () = assert!(DAYS as u32 <= Days::BITS);

/// The merchants of a user that charge steadily.
#[derive(Debug, Default)]
pub(crate) struct Steady {
    /// By the merchant's name and then by amount.
    subscriptions: Vec<Subscription>,
    /// By name.
    essentials: Vec<String>,
}

impl Subscriptions {
    /// Compares the subscriptions with a window's expenses.
    pub(crate) fn of(found: &Steady, window: Window<'_>) -> Self {
        let subscriptions = found.subscriptions.clone();
        let mut merchants: Vec<String> =
            subscriptions.iter().map(|of| of.merchant.clone()).collect();
        merchants.dedup();
        let recurring = subscriptions
            .iter()
            .map(|of| i128::from(of.monthly_cents))
            .sum();
        let recurring = saturated(recurring);
        Self {
            currency: window.currency,
            share_bp: share(recurring, window.monthly_expenses),
            subscriptions,
            merchants,
            monthly_recurring_cents: recurring,
            essentials: found.essentials.clone(),
            other_currencies: Vec::new(),
        }
    }
}

impl Steady {
    /// Finds the merchants that charge steadily.
    pub(crate) fn all(ledger: &Ledger<'_>) -> Self {
        let mut found = Vec::new();
        for (merchant, charges) in charges(ledger) {
            add_merchant(&merchant, charges, &mut found);
        }
        found.sort_by(|a, b| a.merchant.cmp(&b.merchant));
        let (others, subscriptions): (Vec<Subscription>, _) = found
            .into_iter()
            .partition(|of| essentials::is_essential(&of.merchant));
        let mut essentials: Vec<String> = others.into_iter().map(|of| of.merchant).collect();
        essentials.dedup();
        Self {
            subscriptions,
            essentials,
        }
    }
}

/// Lists the charges of each known merchant.
fn charges(ledger: &Ledger<'_>) -> impl Iterator<Item = (String, Vec<Charge>)> {
    let mut charges: Vec<Vec<Charge>> = Vec::with_capacity(USUAL);
    let mut merchants = FxHashMap::with_capacity_and_hasher(USUAL, FxBuildHasher);
    // A merchant's name is written in few ways and comes often, so each way is put in lower case only once.
    let mut written = FxHashMap::with_capacity_and_hasher(USUAL, FxBuildHasher);
    for entry in ledger.last(DAYS) {
        let Some(name) = charged_by(entry) else {
            continue;
        };
        let place = *written.entry(name).or_insert_with(|| {
            let merchant = merchants.entry(normalized(name));
            *merchant.or_insert_with(|| {
                charges.push(Vec::with_capacity(USUAL));
                charges.len() - 1
            })
        });
        charges[place].push((entry.spent, entry.ago));
    }
    let merchants = merchants.into_iter();
    let known = merchants.filter(|(name, _)| !name.is_empty());
    known.map(move |(name, place)| (name, std::mem::take(&mut charges[place])))
}

/// Returns the merchant of a purchase; blank if it is not known.
fn charged_by<'u>(entry: &Entry<'u>) -> Option<&'u str> {
    let is_charge = entry.spent > 0 && entry.transaction.category == Category::Purchase;
    is_charge.then_some(entry.transaction.text)
}

fn normalized(merchant: &str) -> String {
    merchant.trim().to_lowercase()
}

/// Adds a merchant's subscriptions: those of each amount, and then one of the other charges.
fn add_merchant(merchant: &str, mut charges: Vec<Charge>, found: &mut Vec<Subscription>) {
    if charges.len() < TIMES as usize {
        return;
    }
    charges.sort_unstable_by_key(|(amount, _)| *amount);
    let mut add = |cadence, charge| {
        found.push(Subscription {
            merchant: merchant.to_owned(),
            cadence,
            monthly_cents: match cadence {
                Cadence::Weekly => rounded(i128::from(charge) * 30, 7),
                Cadence::Monthly => charge,
            },
        });
    };
    let (mut others, mut other_days) = (Vec::with_capacity(charges.len()), 0);
    for of_amount in charges.chunk_by(|(a, _), (b, _)| a == b) {
        let (amount, _) = of_amount[0];
        let days = of_amount.iter().fold(0, |days, (_, ago)| days | 1 << ago);
        if let Some(cadence) = Cadence::of(days) {
            add(cadence, amount);
        } else {
            others.extend((0..days.count_ones()).map(|_| amount));
            other_days |= days;
        }
    }
    // Two charges on one day are no steady pace.
    let are_apart = usize::try_from(other_days.count_ones()) == Ok(others.len());
    let cadence = Cadence::of(other_days).filter(|_| are_apart);
    if let (Some(cadence), Some(charge)) = (cadence, median(&mut others, rounded)) {
        add(cadence, charge);
    }
}

impl Cadence {
    /// Returns the cadence of days, if there are enough of them at a steady pace, and the next one is not overdue.
    fn of(days: Days) -> Option<Self> {
        if days.count_ones() < TIMES {
            return None;
        }
        let last = days.trailing_zeros();
        let goes_on = |wanted: std::ops::RangeInclusive<u32>| {
            // The lowest bit is the latest charge, and the next bit above it the charge before that.
            let mut rest = days >> last;
            while rest > 1 {
                rest &= !1;
                let gap = rest.trailing_zeros();
                if !wanted.contains(&gap) {
                    return false;
                }
                rest >>= gap;
            }
            // A charge of tomorrow or later would come after too long a gap.
            last <= *wanted.end()
        };
        if goes_on(6..=8) {
            Some(Self::Weekly)
        } else if goes_on(27..=33) {
            Some(Self::Monthly)
        } else {
            None
        }
    }
}

fn share(recurring: Cents, expenses: Cents) -> i64 {
    match (recurring, expenses) {
        (0, _) => 0,
        (_, 0) => ALL,
        (recurring, expenses) => {
            rounded_down(i128::from(recurring) * i128::from(ALL), expenses.into()).min(ALL)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::model::Transaction;
    use crate::testing::{as_of, charge, checking, purchase, user};

    fn of(transactions: Vec<Transaction<'static>>) -> Subscriptions {
        let mut user = user([checking(0)]);
        user.transactions = transactions;
        let ledger = Ledger::of(&user, as_of());
        Subscriptions::of(&Steady::all(&ledger), ledger.window(90))
    }

    fn at(days: &[i64]) -> Vec<Transaction<'static>> {
        days.iter()
            .map(|ago| charge("Films", *ago, 1_500))
            .collect()
    }

    #[test]
    fn a_cadence_has_its_limits() {
        for (days, expected) in [
            (&[0, 30, 60][..], Some(Cadence::Monthly)),
            (&[0, 27, 54], Some(Cadence::Monthly)),
            (&[0, 33, 66], Some(Cadence::Monthly)),
            (&[0, 26, 53], None),
            (&[0, 34, 64], None),
            (&[0, 7, 14], Some(Cadence::Weekly)),
            (&[0, 6, 14], Some(Cadence::Weekly)),
            (&[0, 5, 12], None),
            (&[0, 9, 16], None),
            (&[0, 30], None),
            (&[29, 59, 89], Some(Cadence::Monthly)),
            (&[30, 60, 90], Some(Cadence::Monthly)),
            (&[33, 66, 99], Some(Cadence::Monthly)),
            (&[34, 64, 94], None),
            (&[34, 67, 100], None),
            (&[8, 15, 22], Some(Cadence::Weekly)),
            (&[9, 16, 23], None),
            (&[66, 73, 80], None),
            (&[0, 7, 37], None),
        ] {
            let found = of(at(days));
            let cadence = found.subscriptions.first().map(|of| of.cadence);
            assert_eq!(cadence, expected, "{days:?}");
        }
    }

    #[test]
    fn a_subscriber_stays_one_at_every_turn_of_a_month() {
        let first = date(2026, 1, 3);
        let mut user = user([checking(0)]);
        for month in 0..10 {
            for (merchant, cents) in [("Films", 1_549), ("Music", 1_099), ("Gym", 4_500)] {
                user.transactions.push(Transaction {
                    posted_on: first + month.months(),
                    ..charge(merchant, 0, cents)
                });
            }
        }
        for days in 0..100 {
            let ledger = Ledger::of(&user, date(2026, 7, 1) + days.days());
            let found = Subscriptions::of(&Steady::all(&ledger), ledger.window(30));
            assert_eq!(found.merchants.len(), 3, "{days}");
        }
        // The last charge is of 3 October: the next one is overdue on 6 November.
        for (as_of, expected) in [(date(2026, 11, 5), 3), (date(2026, 11, 6), 0)] {
            let ledger = Ledger::of(&user, as_of);
            let found = Subscriptions::of(&Steady::all(&ledger), ledger.window(30));
            assert_eq!(found.merchants.len(), expected, "{as_of}");
        }
    }

    #[test]
    fn a_price_that_rises_keeps_the_subscription() {
        let found = of(vec![
            charge("Films", 7, 1_699),
            charge("Films", 37, 1_549),
            charge("Films", 68, 1_549),
            charge("Films", 98, 1_549),
        ]);
        assert_eq!(found.merchants, ["films"]);
    }

    #[test]
    fn what_nobody_cancels_is_no_subscription() {
        let mut charges = at(&[0, 30, 60]);
        for merchant in [
            "Sunny Daycare",
            "ACME INSURANCE",
            "Oak Street Rent",
            "Rentflix",
        ] {
            charges.extend([3, 33, 63].map(|ago| charge(merchant, ago, 9_000)));
        }
        let found = of(charges);
        assert_eq!(found.merchants, ["films", "rentflix"]);
        assert_eq!(
            found.essentials,
            ["acme insurance", "oak street rent", "sunny daycare"]
        );
    }

    #[test]
    fn two_at_one_merchant_are_told_apart_by_their_amounts() {
        let mut charges = at(&[0, 30, 60]);
        charges.extend([3, 33, 63].map(|ago| charge(" films ", ago, 700)));
        let found = of(charges);
        assert_eq!(found.subscriptions.len(), 2);
        assert_eq!(found.merchants, ["films"]);
        assert_eq!(found.monthly_recurring_cents, 2_200);
    }

    #[test]
    fn amounts_that_differ_are_one_subscription_with_the_median() {
        let found = of(vec![
            charge("Power", 0, 5_000),
            charge("Power", 30, 7_000),
            charge("Power", 61, 6_001),
        ]);
        assert_eq!(found.monthly_recurring_cents, 6_001);
        let even = of([(0, 100), (30, 201), (60, 300), (89, 400)]
            .map(|(ago, cents)| charge("Power", ago, cents))
            .to_vec());
        assert_eq!(even.monthly_recurring_cents, 251);
    }

    #[test]
    fn a_weekly_charge_is_made_monthly_and_shares_have_bounds() {
        let found = of([0, 7, 14].map(|ago| charge("Box", ago, 1_000)).to_vec());
        assert_eq!(found.monthly_recurring_cents, 4_286);
        // Three charges in 90 days are 1,000 a month: less than what recurs.
        assert_eq!(found.share_bp, 10_000);
        let mut mixed = at(&[0, 30, 60]);
        mixed.push(purchase(0, 1, 40_500));
        // 45,000 in 90 days, of which 1,500 a month recur.
        assert_eq!(of(mixed).share_bp, 1_000);
    }

    #[test]
    fn the_same_charge_twice_on_a_day_is_one_and_purchases_without_a_merchant_are_none() {
        let mut charges = at(&[0, 30, 60]);
        charges.push(charge("Films", 30, 1_500));
        assert_eq!(of(charges).subscriptions.len(), 1);
        let nameless = [0, 30, 60].map(|ago| purchase(0, ago, 1_500)).to_vec();
        assert!(of(nameless).subscriptions.is_empty());
    }
}
