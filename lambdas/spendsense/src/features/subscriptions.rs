//! Subscriptions: charges that come again and again at a steady pace.
//!
//! Looked for in the 90 days up to the window's last one, whatever the window: purchases of at least one cent, with a
//! merchant. Two of one amount on one day are one. A merchant's charges of one amount that come at least three times,
//! every gap within 27–33 days (monthly) or 6–8 days (weekly), are a subscription; so are the merchant's other charges
//! together, if they come like that. Three days either way leave room for weekends and short months.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::ledger::{Entry, Ledger, Window};
use crate::model::{Category, Cents, median, rounded, rounded_down, saturated};

/// What recurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriptions {
    /// Each, by the merchant's name and then by amount; what has no amount of its own comes last.
    pub subscriptions: Vec<Subscription>,
    /// The different merchants, by name.
    pub merchants: Vec<String>,
    /// Of all of them together, in a month.
    pub monthly_recurring_cents: Cents,
    /// Of a month's expenses in the window, in basis points from 0 to 10,000.
    pub share_bp: i64,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Without case and outer spaces.
    pub merchant: String,
    /// How often.
    pub cadence: Cadence,
    /// In a month: the median charge; for a weekly one 30/7 of it.
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

/// How far back subscriptions are looked for, in days.
const DAYS: i32 = 90;
/// How often a charge has to come.
const TIMES: usize = 3;
/// All of something, in basis points.
const ALL: i64 = 10_000;

/// A charge of a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Charge {
    /// The merchant's place among all of them.
    merchant: usize,
    amount: Cents,
    /// Days before the last one.
    ago: i32,
}

impl Subscriptions {
    /// What recurs, beside a window's expenses.
    pub(crate) fn of(found: &[Subscription], window: Window<'_>) -> Self {
        let mut merchants: Vec<String> = found.iter().map(|of| of.merchant.clone()).collect();
        merchants.dedup();
        let recurring = found.iter().map(|of| i128::from(of.monthly_cents)).sum();
        let recurring = saturated(recurring);
        Self {
            share_bp: share(recurring, window.monthly_expenses),
            subscriptions: found.to_vec(),
            merchants,
            monthly_recurring_cents: recurring,
        }
    }
}

impl Subscription {
    /// Finds them, by the merchant's name and then by amount.
    pub(crate) fn all(ledger: &Ledger<'_>) -> Vec<Self> {
        let (merchants, mut charges) = charges(ledger);
        charges.sort_unstable();
        charges.dedup();
        let mut found = Vec::new();
        for of_merchant in charges.chunk_by(|a, b| a.merchant == b.merchant) {
            let name = &merchants[of_merchant[0].merchant];
            add_merchant(name, of_merchant, &mut found);
        }
        found
    }
}

/// The names of merchants in order, and what they charged.
fn charges(ledger: &Ledger<'_>) -> (Vec<String>, Vec<Charge>) {
    // A merchant is written in few ways, and charges often.
    let mut written: FxHashMap<&str, usize> = FxHashMap::default();
    let mut charges = Vec::new();
    for entry in ledger.last(DAYS) {
        let Some(merchant) = charged_by(entry) else {
            continue;
        };
        let next = written.len();
        charges.push(Charge {
            merchant: *written.entry(merchant).or_insert(next),
            amount: entry.transaction.amount_cents,
            ago: entry.ago,
        });
    }
    let mut names = vec![String::new(); written.len()];
    for (merchant, place) in written {
        names[place] = normalized(merchant);
    }
    let mut merchants: Vec<String> = names.clone();
    merchants.sort_unstable();
    merchants.dedup();
    let place_of = |name: &String| merchants.binary_search(name).unwrap_or_default();
    let places: Vec<usize> = names.iter().map(place_of).collect();
    for charge in &mut charges {
        charge.merchant = places[charge.merchant];
    }
    (merchants, charges)
}

/// The merchant of a purchase.
fn charged_by<'u>(entry: &Entry<'u>) -> Option<&'u str> {
    let charge = entry.transaction;
    let is_charge =
        charge.category == Category::Purchase && charge.amount_cents > 0 && entry.is_spending();
    let merchant = charge.merchant.as_deref().filter(|_| is_charge);
    merchant.filter(|name| !name.trim().is_empty())
}

fn normalized(merchant: &str) -> String {
    merchant.trim().to_lowercase()
}

/// A merchant's subscriptions: of each amount, and then of what is left. Charges are in the order of their amounts, and
/// of their days.
fn add_merchant(merchant: &str, charges: &[Charge], found: &mut Vec<Subscription>) {
    let mut others = Vec::new();
    for of_amount in charges.chunk_by(|a, b| a.amount == b.amount) {
        match subscription(merchant, of_amount) {
            Some(subscription) => found.push(subscription),
            None => others.extend_from_slice(of_amount),
        }
    }
    others.sort_unstable_by_key(|charge| (charge.ago, charge.amount));
    found.extend(subscription(merchant, &others));
}

/// Charges in the order of their days as a subscription, if they come often enough and steadily.
fn subscription(merchant: &str, charges: &[Charge]) -> Option<Subscription> {
    if charges.len() < TIMES {
        return None;
    }
    let gaps = charges.windows(2).map(|pair| pair[1].ago - pair[0].ago);
    let all_within =
        |days: std::ops::RangeInclusive<i32>| gaps.clone().all(|gap| days.contains(&gap));
    let cadence = if all_within(6..=8) {
        Cadence::Weekly
    } else if all_within(27..=33) {
        Cadence::Monthly
    } else {
        return None;
    };
    let mut amounts: Vec<Cents> = charges.iter().map(|charge| charge.amount).collect();
    let charge = median(&mut amounts, rounded)?;
    let monthly_cents = match cadence {
        Cadence::Weekly => rounded(i128::from(charge) * 30, 7),
        Cadence::Monthly => charge,
    };
    Some(Subscription {
        merchant: merchant.to_owned(),
        cadence,
        monthly_cents,
    })
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
    use super::*;
    use crate::model::Transaction;
    use crate::testing::{as_of, charge, checking, purchase, user};

    fn of(transactions: Vec<Transaction>) -> Subscriptions {
        let mut user = user([checking(0)]);
        user.transactions = transactions;
        let ledger = Ledger::of(&user, as_of());
        Subscriptions::of(&Subscription::all(&ledger), ledger.window(90))
    }

    fn at(days: &[i64]) -> Vec<Transaction> {
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
            (&[30, 60, 90], None),
            (&[0, 7, 37], None),
        ] {
            let found = of(at(days));
            let cadence = found.subscriptions.first().map(|of| of.cadence);
            assert_eq!(cadence, expected, "{days:?}");
        }
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
        mixed.push(purchase("c", 1, 40_500));
        // 45,000 in 90 days, of which 1,500 a month recur.
        assert_eq!(of(mixed).share_bp, 1_000);
    }

    #[test]
    fn the_same_charge_twice_on_a_day_is_one_and_purchases_without_a_merchant_are_none() {
        let mut charges = at(&[0, 30, 60]);
        let mut again = charge("Films", 30, 1_500);
        again.transaction_id = "again".to_owned();
        charges.push(again);
        assert_eq!(of(charges).subscriptions.len(), 1);
        let nameless = [0, 30, 60].map(|ago| purchase("c", ago, 1_500)).to_vec();
        assert!(of(nameless).subscriptions.is_empty());
    }
}
