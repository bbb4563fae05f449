use super::*;
use crate::features::{CardUse, Utilization};
use crate::model::{Card, User};
use crate::testing::{as_of, card_with, charge, checking, deposit, purchase, savings, user};

fn recommend(user: &User<'_>) -> Recommendations {
    let [features, _, _] = Features::of(user, as_of());
    Recommendations::of(&Assignment::of(&features), &features, &user.accounts)
}

fn ids(of: &Recommendations) -> Vec<&str> {
    of.chosen.iter().map(|of| of.item_id).collect()
}

#[track_caller]
fn decision(of: &Recommendations, id: &str) -> Decision {
    let mut items = of.trace.items.iter();
    items.find(|item| item.id == id).unwrap().decision.clone()
}

/// Checks what holds for every user: as many items as promised, no brace left, no avoided word, each item decided once.
#[track_caller]
fn check(of: &Recommendations) {
    let count = |kind| of.chosen.iter().filter(|of| of.kind == kind).count();
    assert!(EDUCATION.contains(&count(Kind::Education)), "{of:#?}");
    assert!(OFFERS.contains(&count(Kind::Offer)), "{of:#?}");
    for chosen in &of.chosen {
        assert!(!chosen.rationale.contains(['{', '}']), "{chosen:?}");
        assert_eq!(tone::avoided_in(&chosen.rationale), None, "{chosen:?}");
        let cites_a_figure = of
            .trace
            .figures
            .values()
            .any(|figure| chosen.rationale.contains(figure));
        assert!(cites_a_figure, "{chosen:?}");
    }
    let catalogue = CATALOGUE.education.len() + CATALOGUE.offers.len();
    assert_eq!(of.trace.items.len(), catalogue);
    let decided = of
        .trace
        .items
        .iter()
        .filter(|item| item.decision == Decision::Chosen);
    let decided: Vec<&str> = decided.map(|item| item.id).collect();
    assert_eq!(decided, ids(of));
}

/// A user with pay every two weeks, and a card near its limit.
fn indebted(change: impl FnOnce(&mut Card)) -> User<'static> {
    let mut user = user([checking(100_000), card_with(68_000, change)]);
    user.transactions = [1, 15, 29].map(|ago| deposit(ago, 150_000)).to_vec();
    user.transactions.push(purchase(1, 3, 50_000));
    user.transactions.push(crate::model::Transaction {
        category: crate::model::Category::Interest,
        ..purchase(1, 4, 1_234)
    });
    user
}

#[test]
fn a_user_without_anything_gets_the_least_and_what_cites_nothing_unknown() {
    let found = recommend(&User::default());
    check(&found);
    assert_eq!(found.trace.persona, Persona::GeneralWellness);
    let unknown = Decision::FigureUnknown {
        figure: Figure::SavingsCoverToGrow,
    };
    assert_eq!(decision(&found, "emergency-fund-levels"), unknown);
}

#[test]
fn a_rationale_cites_the_users_own_figures() {
    let found = recommend(&indebted(|_| ()));
    check(&found);
    let [first, second, ..] = found.chosen.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        first.rationale,
        "Your k uses 68 % of its $1,000.00 limit; below 30 % is where scores tend to recover."
    );
    assert_eq!(
        second.rationale,
        "Your cards charged $12.34 of interest in the last 30 days. Paying down the $680.00 on k first lowers that."
    );
    assert_eq!(decision(&found, "balance-transfer-card"), Decision::Chosen);
}

#[test]
fn an_offer_is_for_whoever_is_eligible() {
    let overdue = recommend(&indebted(|card| card.is_overdue = true));
    assert_eq!(
        decision(&overdue, "balance-transfer-card"),
        Decision::CardOverdue
    );
    let used_up = recommend(&indebted(|card| card.limit_cents = Some(75_000)));
    let too_high = Decision::UtilizationTooHigh {
        max_utilization_bp: 9_000,
    };
    assert_eq!(decision(&used_up, "balance-transfer-card"), too_high);
    let mut poorer = indebted(|_| ());
    poorer.transactions.retain(|of| of.amount_cents > -1);
    let too_low = Decision::IncomeTooLow {
        min_income_cents: 200_000,
    };
    assert_eq!(
        decision(&recommend(&poorer), "balance-transfer-card"),
        too_low
    );
    for found in [&overdue, &used_up] {
        check(found);
    }
}

#[test]
fn nothing_is_offered_that_the_user_has() {
    let saver = recommend(&user([checking(10_000), savings(10_000)]));
    let product = Product::HighYieldSavings;
    assert_eq!(
        decision(&saver, "high-yield-savings"),
        Decision::AlreadyHas { product }
    );
    let mut planner = user([checking(10_000)]);
    for ago in [1, 31, 61] {
        planner
            .transactions
            .push(charge("Rocket Money", ago, 1_499));
        planner.transactions.push(charge("Films", ago, 2_000));
        planner.transactions.push(charge("Music", ago, 2_000));
    }
    let found = recommend(&planner);
    assert_eq!(found.trace.persona, Persona::SubscriptionHeavy);
    let product = Product::SubscriptionManager;
    assert_eq!(
        decision(&found, "subscription-manager"),
        Decision::AlreadyHas { product }
    );
    check(&found);
}

#[test]
fn a_merchant_whose_name_would_shame_is_not_cited() {
    let mut customer = user([checking(10_000)]);
    for ago in [1, 31, 61] {
        for merchant in ["Lazy Days", "Films", "Music"] {
            customer.transactions.push(charge(merchant, ago, 2_000));
        }
    }
    let found = recommend(&customer);
    let tone = Decision::Tone { word: "lazy" };
    assert_eq!(decision(&found, "subscription-review"), tone);
    check(&found);
}

#[test]
fn whatever_the_features_are_the_promises_hold() {
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..3_000 {
        let mut accounts = Vec::new();
        for (is_there, account) in [
            (random.bool(), checking(random.i64(-100_000..1_000_000))),
            (random.bool(), savings(random.i64(-1..2_000_000))),
            (
                random.bool(),
                card_with(random.i64(-100..120_000), |card| card.limit_cents = None),
            ),
        ] {
            if is_there {
                accounts.push(account);
            }
        }
        let [mut features, _, _] = Features::of(&user(accounts.clone()), as_of());
        features.savings.growth_bp = random.bool().then(|| random.i64(-500..500));
        features.savings.net_inflow_cents = random.i64(-50_000..50_000);
        features.savings.monthly_inflow_cents = features.savings.net_inflow_cents;
        features.income.total_cents = random.i64(0..400_000);
        features.income.median_gap_days = random.bool().then(|| random.i64(1..60));
        features.income.buffer_hundredths = random.bool().then(|| random.i64(-50..300));
        features.subscriptions.merchants = vec!["films".to_owned(); random.usize(0..6)];
        features.subscriptions.monthly_recurring_cents = random.i64(0..10_000);
        if random.bool() {
            features.credit.cards = vec![CardUse {
                account_id: "k".to_owned(),
                utilization_bp: random.bool().then(|| random.i64(0..15_000)),
                utilization: random.bool().then_some(Utilization::Low),
                is_minimum_payment_only: random.bool(),
                interest_cents: random.i64(0..2) * 500,
                is_overdue: random.bool(),
            }];
        }
        check(&Recommendations::of(
            &Assignment::of(&features),
            &features,
            &accounts,
        ));
    }
}
