//! The figures of a user as text, for rationales.

use std::collections::BTreeMap;

use super::figure::Figure;
use crate::features::{CardUse, Features};
use crate::model::{Account, AccountKind, Cents};

/// The most merchants that are named.
const NAMED: usize = 3;

/// The least variation of wages that is worth a word, in basis points.
const VARIES_BP: i64 = 1_000;
/// The least growth that is not written as 0 %, in basis points.
const GREW_BP: i64 = 10;
/// Six months, in hundredths.
const AIM_HUNDREDTHS: i64 = 600;

/// Writes the figures that a user has in one currency as text.
pub(crate) fn of(features: &Features, accounts: &[Account]) -> BTreeMap<Figure, String> {
    let mut figures = BTreeMap::new();
    let currency = features.currency();
    let money = |cents: Cents| currency.written(cents);
    let mut set = |figure, text: Option<String>| {
        if let Some(text) = text {
            figures.insert(figure, text);
        }
    };
    set(Figure::AccountCount, Some(count(accounts.len(), "account")));
    add_cards(features, accounts, &mut set);
    let savings = &features.savings;
    set(
        Figure::MonthlyExpenses,
        Some(money(savings.monthly_expenses_cents)),
    );
    set(
        Figure::SavingsBalance,
        positive(savings.balance_cents).map(money),
    );
    set(
        Figure::SavingsInflow,
        positive(savings.net_inflow_cents).map(money),
    );
    set(
        Figure::SavingsGrowth,
        savings.growth_bp.filter(|bp| *bp >= GREW_BP).map(percent),
    );
    let has_savings = savings.balance_cents > 0;
    let cover = savings.cover_hundredths.filter(|_| has_savings);
    set(Figure::SavingsCover, cover.map(months));
    let below = cover.filter(|cover| *cover < AIM_HUNDREDTHS);
    set(Figure::SavingsCoverToGrow, below.map(months));
    let income = &features.income;
    set(
        Figure::MonthlyIncome,
        positive(income.total_cents).map(money),
    );
    set(Figure::PayGap, income.median_gap_days.map(days));
    let varies = income.variability_bp.filter(|bp| *bp >= VARIES_BP);
    set(Figure::IncomeVariability, varies.map(percent));
    let has_checking = accounts
        .iter()
        .any(|account| account.kind == AccountKind::Checking);
    let buffer = income.buffer_hundredths.filter(|_| has_checking);
    set(Figure::Buffer, buffer.map(|buffer| months(buffer.max(0))));
    let recurring = &features.subscriptions;
    if !recurring.merchants.is_empty() {
        set(
            Figure::SubscriptionCount,
            Some(recurring.merchants.len().to_string()),
        );
        set(
            Figure::SubscriptionMerchants,
            Some(list(&recurring.merchants)),
        );
        set(
            Figure::SubscriptionMonthly,
            Some(money(recurring.monthly_recurring_cents)),
        );
        // The share has a bound, and is no figure of its own where it is reached.
        let is_share = recurring.monthly_recurring_cents < savings.monthly_expenses_cents;
        let share = is_share.then(|| percent(recurring.share_bp));
        set(Figure::SubscriptionShare, share);
    }
    figures
}

/// Adds the figures of cards.
fn add_cards(
    features: &Features,
    accounts: &[Account],
    set: &mut impl FnMut(Figure, Option<String>),
) {
    let currency = features.currency();
    let money = |cents: Cents| currency.written(cents);
    let card = most_used(features);
    let account = card.and_then(|card| account(accounts, &card.account_id));
    set(Figure::Card, account.map(named));
    set(
        Figure::CardBalance,
        account.map(|account| money(account.balance_cents)),
    );
    set(Figure::CardLimit, account.and_then(limit).map(money));
    let used = card.and_then(|card| card.utilization_bp);
    set(Figure::CardUtilization, used.map(percent));
    let cards = &features.credit.cards;
    let interest: Cents = cards.iter().map(|card| card.interest_cents).sum();
    set(Figure::CardInterest, positive(interest).map(money));
    let costly = cards.iter().rev().max_by_key(|card| card.interest_cents);
    let costly = costly.filter(|card| card.interest_cents > 0);
    let costly = costly.and_then(|card| self::account(accounts, &card.account_id));
    let costly = costly.filter(|account| account.balance_cents > 0);
    set(Figure::InterestCard, costly.map(named));
    set(
        Figure::InterestCardBalance,
        costly.map(|account| money(account.balance_cents)),
    );
    let which = |is: fn(&CardUse) -> bool| {
        let card = cards.iter().find(|card| is(card))?;
        account_named(accounts, &card.account_id)
    };
    set(
        Figure::MinimumPaymentCard,
        which(|card| card.is_minimum_payment_only),
    );
    set(Figure::OverdueCard, which(|card| card.is_overdue));
}

/// Finds the card with the highest known utilization, among those with a limit.
pub(super) fn most_used(features: &Features) -> Option<&CardUse> {
    let cards = features.credit.cards.iter();
    let used = cards.filter(|card| card.utilization_bp.is_some_and(|bp| bp > 0));
    // `max_by_key` takes the last of equals; reversed, that is the first by id.
    used.rev().max_by_key(|card| card.utilization_bp)
}

fn account<'a>(accounts: &'a [Account], id: &str) -> Option<&'a Account> {
    accounts.iter().find(|account| account.account_id == id)
}

fn account_named(accounts: &[Account], id: &str) -> Option<String> {
    account(accounts, id).map(named)
}

fn named(account: &Account) -> String {
    account.name.clone()
}

fn limit(account: &Account) -> Option<Cents> {
    match &account.kind {
        AccountKind::CreditCard(card) => card.limit_cents,
        _ => None,
    }
}

fn positive(figure: i64) -> Option<i64> {
    (figure > 0).then_some(figure)
}

/// Writes basis points as `68.4 %`, rounded down to tenths.
fn percent(basis_points: i64) -> String {
    let tenths = basis_points / 10;
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        tenth => format!("{}.{} %", tenths / 10, tenth.abs()),
    }
}

/// Writes hundredths as `1.5 months`, rounded down to tenths.
fn months(hundredths: i64) -> String {
    let tenths = hundredths / 10;
    match tenths {
        10 => "1 month".to_owned(),
        tenths if tenths % 10 == 0 => format!("{} months", tenths / 10),
        tenths => format!("{}.{} months", tenths / 10, (tenths % 10).abs()),
    }
}

fn days(days: i64) -> String {
    count(usize::try_from(days).unwrap_or_default(), "day")
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Writes merchants as `a, b and 3 more`, each with capital letters.
fn list(merchants: &[String]) -> String {
    let named: Vec<String> = merchants.iter().take(NAMED).map(|of| title(of)).collect();
    match merchants.len().saturating_sub(NAMED) {
        0 => match named.split_last() {
            Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => named.join(""),
        },
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn title(merchant: &str) -> String {
    let words = merchant.split(' ').map(|word| {
        let mut letters = word.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        first + letters.as_str()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        for (bp, expected) in [
            (6_842, "68.4 %"),
            (5_000, "50 %"),
            (9, "0 %"),
            (-250, "-2.5 %"),
        ] {
            assert_eq!(percent(bp), expected);
        }
        for (hundredths, expected) in [
            (155, "1.5 months"),
            (100, "1 month"),
            (0, "0 months"),
            (1_200, "12 months"),
        ] {
            assert_eq!(months(hundredths), expected);
        }
        assert_eq!(
            (days(1), days(14)),
            ("1 day".to_owned(), "14 days".to_owned())
        );
    }

    #[test]
    fn merchants_are_named_up_to_three() {
        let of = |names: &[&str]| {
            list(
                &names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(of(&["film club"]), "Film Club");
        assert_eq!(of(&["a", "b"]), "A and B");
        assert_eq!(of(&["a", "b", "c"]), "A, B and C");
        assert_eq!(of(&["a", "b", "c", "d", "e"]), "A, B, C and 2 more");
    }
}
