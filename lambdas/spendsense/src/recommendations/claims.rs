//! What rationales say, held against the figures of the users whom they are written for.

use fastrand::Rng;

use super::*;
use crate::features::Frequency;
use crate::model::{Category, Channel, Transaction, User};
use crate::testing::{as_of, card_with, charge, checking, deposit, purchase, savings, user};

/// Makes a user whose accounts and transactions are on all sides of the bounds.
fn made_up(random: &mut Rng) -> User<'static> {
    let mut accounts = Vec::new();
    let kinds = random.usize(0..5);
    for number in 0..kinds {
        let limit = *random
            .choice([&None, &Some(0), &Some(10_000), &Some(100_000)])
            .unwrap();
        let payment = *random.choice([&None, &Some(2_500)]).unwrap();
        let mut account = match random.u8(0..4) {
            0 => savings(random.i64(-1..900_000)),
            1 => card_with(random.i64(-100..60_000), |card| {
                card.limit_cents = limit;
                card.minimum_payment_cents = payment;
                card.last_payment_cents = payment.map(|cents: i64| cents + random.i64(-700..700));
                card.is_overdue = random.u8(0..8) == 0;
            }),
            _ => checking(random.i64(-5_000..300_000)),
        };
        account.account_id = format!("a{number}");
        account.name = format!("Account {number}");
        if random.u8(0..4) == 0 {
            account.currency = Currency::EUR;
        }
        accounts.push(account);
    }
    let mut user = user(accounts);
    for _ in 0..if kinds == 0 { 0 } else { random.usize(0..10) } {
        series(&mut user, random);
    }
    user
}

/// Adds a row of like transactions.
fn series(user: &mut User<'static>, random: &mut Rng) {
    let account = random.usize(..user.accounts.len());
    let gap = random.choice([7, 14, 30, 31, 60, 5]).unwrap();
    let cents = random.i64(1..90_000);
    let merchants = [
        "Films",
        "Music",
        "Gym",
        "Acme Insurance",
        "Oak Rent",
        "Lazy Days",
    ];
    let merchant = *random.choice(&merchants).unwrap();
    let kind = random.u8(0..5);
    let mut ago = random.i64(0..35);
    for _ in 0..random.usize(1..8) {
        let posted = match kind {
            0 | 1 => charge(merchant, ago, cents),
            2 => Transaction {
                text: random.choice(&["ACME PAYROLL", "RIDES"]).unwrap(),
                ..deposit(ago, cents * random.i64(1..4))
            },
            3 => Transaction {
                category: Category::Transfer,
                channel: Channel::Other,
                ..purchase(0, ago, -cents)
            },
            _ => Transaction {
                category: Category::Interest,
                ..purchase(0, ago, cents / 50)
            },
        };
        user.transactions.push(Transaction { account, ..posted });
        ago += gap
            + if random.u8(0..6) == 0 {
                random.i64(0..9)
            } else {
                0
            };
    }
}

/// What somebody who reads a rationale takes from it, beyond its figures.
fn holds(item: &str, of: &Features, accounts: &[Account]) -> Option<bool> {
    let cards = &of.credit.cards;
    let most = cards
        .iter()
        .filter_map(|card| card.utilization_bp)
        .max()
        .unwrap_or(0);
    let recurring = &of.subscriptions;
    let is_uneven = of.income.frequency == Some(Frequency::Irregular)
        || of.income.median_gap_days.is_some_and(|days| days > 45);
    Some(match item {
        // "below 30 % is where scores recover", and what a counsellor is for.
        "utilization-explained" | "credit-counselling" => most >= 5_000,
        "interest-saved" | "balance-transfer-card" => {
            cards.iter().any(|card| card.interest_cents > 0)
        }
        "beyond-the-minimum" => cards.iter().any(|card| card.is_minimum_payment_only),
        "catching-up" => cards.iter().any(|card| card.is_overdue),
        "snowball-or-avalanche" => {
            most >= 5_000 || cards.iter().any(|card| card.is_minimum_payment_only)
        }
        "subscription-review" | "subscription-manager" | "annual-plans" => {
            recurring.merchants.len() >= 3
        }
        "subscription-share" => {
            recurring.share_bp >= 1_000
                && recurring.monthly_recurring_cents < of.savings.monthly_expenses_cents
        }
        "budget-on-irregular-income" | "budgeting-app" => is_uneven,
        "smoothing-income" => of.income.variability_bp.is_some_and(|bp| bp >= 1_000),
        "income-buffer" => of
            .income
            .buffer_hundredths
            .is_some_and(|months| months < 100),
        "savings-goals" => of.savings.net_inflow_cents > 0,
        "savings-automation" => of.savings.growth_bp.is_some_and(|bp| bp >= 200),
        "emergency-fund-levels" => of.savings.cover_hundredths.is_some_and(|of| of < 600),
        "high-yield-savings" => !accounts.iter().any(|of| of.kind == AccountKind::Savings),
        "secured-card" => {
            !accounts.iter().any(|of| is_card(&of.kind)) && of.savings.balance_cents > 0
        }
        "renters-insurance" => {
            of.savings.balance_cents > 0
                && !recurring
                    .essentials
                    .iter()
                    .any(|name| name.contains("insurance"))
        }
        "spending-map"
        | "fifty-thirty-twenty"
        | "account-check-up"
        | "credit-monitoring"
        | "spending-planner" => true,
        _ => return None,
    })
}

/// Returns the digits of a text as a number.
fn number(text: &str) -> i64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(-1)
}

/// Whether the text of a figure is that of the features, computed by another way than the one that writes it.
fn is_right(figure: Figure, text: &str, of: &Features, accounts: &[Account]) -> bool {
    let cards = &of.credit.cards;
    let is_money = |cents: i64| {
        let is_sign = text.contains('-') == (cents < 0);
        let sign = if of.currency() == Currency::EUR {
            '€'
        } else {
            '$'
        };
        is_sign && text.contains(sign) && number(text) == cents.abs()
    };
    // Rounded down to tenths.
    let is_tenths = |figure: Option<i64>| {
        let shown = if text.contains('.') {
            number(text)
        } else {
            number(text) * 10
        };
        figure.is_some_and(|of| of.max(0) / 10 == shown)
    };
    let account = |is: &dyn Fn(&CardUse) -> bool| {
        cards.iter().filter(|card| is(card)).any(|card| {
            let account = accounts.iter().find(|of| of.account_id == card.account_id);
            account.is_some_and(|of| of.name == text)
        })
    };
    let balance = |is: &dyn Fn(&CardUse) -> bool| {
        cards.iter().filter(|card| is(card)).any(|card| {
            let account = accounts.iter().find(|of| of.account_id == card.account_id);
            account.is_some_and(|of| of.balance_cents > 0 && is_money(of.balance_cents))
        })
    };
    let most = cards.iter().filter_map(|card| card.utilization_bp).max();
    let is_most = |card: &CardUse| card.utilization_bp == most && most.is_some();
    let dearest = cards
        .iter()
        .map(|card| card.interest_cents)
        .max()
        .unwrap_or(0);
    let is_dearest = |card: &CardUse| dearest > 0 && card.interest_cents == dearest;
    match figure {
        Figure::AccountCount => number(text) == i64::try_from(accounts.len()).unwrap(),
        Figure::Card => account(&is_most),
        Figure::CardBalance => balance(&is_most),
        Figure::CardLimit => accounts.iter().any(|of| match &of.kind {
            AccountKind::CreditCard(card) => card.limit_cents.is_some_and(is_money),
            _ => false,
        }),
        Figure::CardUtilization => is_tenths(most),
        Figure::CardInterest => is_money(cards.iter().map(|card| card.interest_cents).sum()),
        Figure::InterestCard => account(&is_dearest),
        Figure::InterestCardBalance => balance(&is_dearest),
        Figure::MinimumPaymentCard => account(&|card| card.is_minimum_payment_only),
        Figure::OverdueCard => account(&|card| card.is_overdue),
        Figure::MonthlyExpenses => is_money(of.savings.monthly_expenses_cents),
        Figure::MonthlyIncome => is_money(of.income.total_cents),
        Figure::PayGap => Some(number(text)) == of.income.median_gap_days,
        Figure::IncomeVariability => is_tenths(of.income.variability_bp),
        Figure::Buffer => is_tenths(of.income.buffer_hundredths),
        Figure::SubscriptionCount => {
            number(text) == i64::try_from(of.subscriptions.merchants.len()).unwrap()
        }
        Figure::SubscriptionMerchants => {
            let first = &of.subscriptions.merchants[0];
            text.to_lowercase().starts_with(first.as_str())
        }
        Figure::SubscriptionMonthly => is_money(of.subscriptions.monthly_recurring_cents),
        Figure::SubscriptionShare => is_tenths(Some(of.subscriptions.share_bp)),
        Figure::SavingsBalance => is_money(of.savings.balance_cents),
        Figure::SavingsInflow => is_money(of.savings.net_inflow_cents),
        Figure::SavingsGrowth => is_tenths(of.savings.growth_bp),
        Figure::SavingsCover | Figure::SavingsCoverToGrow => is_tenths(of.savings.cover_hundredths),
    }
}

#[test]
fn no_rationale_says_what_the_figures_contradict() {
    let mut random = Rng::with_seed(17);
    let mut chosen_once = std::collections::BTreeSet::new();
    for number in 0..20_000 {
        let user = made_up(&mut random);
        let [features, _, _] = Features::of(&user, as_of());
        let assignment = Assignment::of(&features);
        let found = Recommendations::of(&assignment, &features, &user.accounts);
        let each = features.each();
        // The currency in which the persona's rule holds.
        let view = each
            .iter()
            .find(|of| Assignment::of(of).persona == assignment.persona);
        let view = view.unwrap();
        for chosen in &found.chosen {
            let said = holds(chosen.item_id, view, &user.accounts);
            let said = said.unwrap_or_else(|| panic!("{} has no claim here", chosen.item_id));
            assert!(said, "user {number}: {chosen:?}\n{view:#?}");
            chosen_once.insert(chosen.item_id);
        }
        for (figure, text) in &found.trace.figures {
            assert!(
                is_right(*figure, text, view, &user.accounts),
                "user {number}: {figure:?} is `{text}`\n{view:#?}\n{:#?}",
                user.accounts
            );
        }
    }
    let all = CATALOGUE.education.iter().chain(&CATALOGUE.offers);
    let never: Vec<&str> = all
        .map(|item| item.id.as_str())
        .filter(|id| !chosen_once.contains(id))
        .collect();
    assert!(never.is_empty(), "nobody was recommended {never:?}");
}

#[test]
fn whoever_uses_little_of_a_card_hears_nothing_of_utilization() {
    let mut customer = user([
        checking(10_000),
        card_with(200, |card| card.is_overdue = true),
    ]);
    customer.transactions = vec![Transaction {
        category: Category::Interest,
        ..purchase(1, 3, 40)
    }];
    let [features, _, _] = Features::of(&customer, as_of());
    let assignment = Assignment::of(&features);
    assert_eq!(assignment.persona, Persona::HighUtilization);
    let found = Recommendations::of(&assignment, &features, &customer.accounts);
    let ids: Vec<&str> = found.chosen.iter().map(|of| of.item_id).collect();
    assert!(
        ids.contains(&"catching-up") && ids.contains(&"interest-saved"),
        "{ids:?}"
    );
    for none in [
        "utilization-explained",
        "credit-counselling",
        "snowball-or-avalanche",
    ] {
        assert!(!ids.contains(&none), "{ids:?}");
    }
}
