//! Recommendations: 3–5 education items and 2–3 partner offers for a user, each with a rationale that cites the user's
//! own figures, and a trace that says for every item of the catalogue why it was chosen or not.
//!
//! Items are considered in the order of the catalogue, first those for the user's persona whose reason holds, then those for
//! everybody. What is recommended follows from the reason, and not from the persona's name alone. An item is left out if
//! its rationale cites a figure that the user does not have, if the user has the product already or
//! is not eligible, or if the text contains words that no text may contain ([`tone`]). Education items for everybody
//! only fill up the least number.

mod catalogue;
mod figure;
mod figures;
mod tone;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::Serialize;

use crate::currency::Currency;
use crate::features::{CardUse, Features};
use crate::model::{Account, AccountKind};
use crate::persona::{Assignment, Persona, Reason, name};
use catalogue::{AccountNeed, Catalogue, EDUCATION, Item, OFFERS, Offer, Part, Product};
use figure::Figure;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(include_str!("../../catalogue.json")).expect("the build script has read it")
});

/// The recommendations for a user, and why they were chosen.
#[derive(Debug)]
pub struct Recommendations {
    /// The recommendations, in the order in which they are shown.
    pub chosen: Vec<Recommendation>,
    /// The trace of the choice.
    pub trace: Trace,
}

/// One recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// The item's id in the catalogue.
    pub item_id: &'static str,
    /// The kind: education or an offer.
    pub kind: Kind,
    /// The title that the user reads.
    pub title: &'static str,
    /// The reason why this user gets it, with the user's own figures.
    pub rationale: String,
}

/// The kind of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something to read.
    Education,
    /// Something that a partner offers.
    Offer,
}

/// A trace of the choice: enough to repeat it by hand.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// The window of the persona and of the figures.
    window_days: i32,
    persona: Persona,
    reasons: Vec<Reason>,
    figures: BTreeMap<Figure, String>,
    /// Every item of the catalogue, in the order in which it was considered.
    items: Vec<Considered>,
}

#[derive(Debug, Serialize)]
struct Considered {
    id: &'static str,
    #[serde(flatten)]
    decision: Decision,
}

/// The decision about an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
enum Decision {
    Chosen,
    /// The item is not for the persona, and not needed to fill up the least number.
    NotForPersona,
    /// None of the reasons that it is for holds.
    NoReason,
    /// The greatest number is chosen already.
    Enough,
    /// The rationale cites a figure that the user does not have.
    FigureUnknown {
        figure: Figure,
    },
    AlreadyHas {
        product: Product,
    },
    /// The user lacks an account that it needs.
    AccountMissing {
        account: AccountNeed,
    },
    CardOverdue,
    /// The offer's amounts are in US dollars.
    OtherCurrency,
    IncomeTooLow {
        min_income_cents: i64,
    },
    UtilizationTooHigh {
        max_utilization_bp: i64,
    },
    /// The text contains words that no text may contain.
    Tone {
        word: &'static str,
    },
}

/// The data of a user that items are checked against.
struct Subject<'s> {
    assignment: &'s Assignment,
    /// The features in the currency in which the persona's rule holds.
    features: &'s Features,
    /// The cards in all currencies.
    cards: Vec<&'s CardUse>,
    /// The merchants that charge steadily, in all currencies.
    merchants: Vec<&'s String>,
    accounts: &'s [Account],
    figures: BTreeMap<Figure, String>,
}

impl Recommendations {
    /// Chooses by the persona and the features of the shortest window, and by accounts.
    pub fn of(assignment: &Assignment, features: &Features, accounts: &[Account]) -> Self {
        let each = features.each();
        let holds = |of: &&Features| Assignment::of(of).persona == assignment.persona;
        let features = each.iter().find(holds).unwrap_or(features);
        let subject = Subject {
            assignment,
            features,
            cards: each.iter().flat_map(|of| &of.credit.cards).collect(),
            merchants: each
                .iter()
                .flat_map(|of| {
                    of.subscriptions
                        .merchants
                        .iter()
                        .chain(&of.subscriptions.essentials)
                })
                .collect(),
            accounts,
            figures: figures::of(features, accounts),
        };
        let mut chosen = Vec::new();
        let mut items = Vec::new();
        for (kind, all, wanted) in [
            (Kind::Education, &CATALOGUE.education, EDUCATION),
            (Kind::Offer, &CATALOGUE.offers, OFFERS),
        ] {
            subject.choose(kind, all, &wanted, &mut chosen, &mut items);
        }
        Self {
            chosen,
            trace: Trace {
                window_days: crate::model::WINDOWS[0],
                persona: assignment.persona,
                reasons: assignment.reasons.clone(),
                figures: subject.figures,
                items,
            },
        }
    }
}

impl Subject<'_> {
    fn choose(
        &self,
        kind: Kind,
        all: &'static [Item],
        wanted: &RangeInclusive<usize>,
        chosen: &mut Vec<Recommendation>,
        considered: &mut Vec<Considered>,
    ) {
        let is_own = |item: &&Item| {
            item.personas.contains(&self.assignment.persona) && self.has_reason(item)
        };
        let own = all.iter().filter(is_own);
        let others = all.iter().filter(|item| !is_own(item));
        let mut count = 0;
        for item in own.chain(others) {
            let most = if is_own(&item) {
                *wanted.end()
            } else {
                *wanted.start()
            };
            let is_for_all = item.personas.contains(&Persona::GeneralWellness);
            let decision = if !self.has_reason(item) {
                Err(Decision::NoReason)
            } else if !is_own(&item) && !is_for_all {
                Err(Decision::NotForPersona)
            } else if count >= most {
                Err(Decision::Enough)
            } else {
                self.rationale(item)
            };
            let decision = match decision {
                Ok(rationale) => {
                    count += 1;
                    chosen.push(Recommendation {
                        item_id: &item.id,
                        kind,
                        title: &item.title,
                        rationale,
                    });
                    Decision::Chosen
                }
                Err(decision) => decision,
            };
            considered.push(Considered {
                id: &item.id,
                decision,
            });
        }
    }

    /// Whether one of the reasons holds that an item is for.
    fn has_reason(&self, item: &Item) -> bool {
        let mut kinds = self.assignment.reasons.iter().map(Reason::kind);
        item.because.is_empty() || kinds.any(|kind| item.because.contains(&kind))
    }

    /// Writes the rationale of an item, or decides why the user does not get it.
    fn rationale(&self, item: &Item) -> Result<String, Decision> {
        if let Some(offer) = &item.offer {
            self.check(offer)?;
        }
        let mut text = String::new();
        for part in &item.rationale {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Figure(figure) => match self.figures.get(figure) {
                    Some(written) => text.push_str(written),
                    None => return Err(Decision::FigureUnknown { figure: *figure }),
                },
            }
        }
        match tone::avoided_in(&text) {
            Some(word) => Err(Decision::Tone { word }),
            None => Ok(text),
        }
    }

    /// Decides whether the user may get an offer.
    fn check(&self, offer: &Offer) -> Result<(), Decision> {
        if self.has(offer) {
            let product = offer.product;
            return Err(Decision::AlreadyHas { product });
        }
        if let Some(account) = offer.needs
            && !self.has_account(match account {
                AccountNeed::Checking => |kind| *kind == AccountKind::Checking,
                AccountNeed::CreditCard => is_card,
            })
        {
            return Err(Decision::AccountMissing { account });
        }
        let cards = &self.cards;
        if offer.not_overdue && cards.iter().any(|card| card.is_overdue) {
            return Err(Decision::CardOverdue);
        }
        let min_income_cents = offer.min_income_cents;
        if min_income_cents > 0 && self.features.currency() != Currency::USD {
            return Err(Decision::OtherCurrency);
        }
        if self.features.income.total_cents < min_income_cents {
            return Err(Decision::IncomeTooLow { min_income_cents });
        }
        if let Some(max_utilization_bp) = offer.max_utilization_bp
            && cards
                .iter()
                .any(|card| card.utilization_bp.is_none_or(|bp| bp > max_utilization_bp))
        {
            return Err(Decision::UtilizationTooHigh { max_utilization_bp });
        }
        Ok(())
    }

    /// Whether accounts or recurring charges show that the user has such a product already.
    fn has(&self, offer: &Offer) -> bool {
        let has_it = match offer.product {
            Product::HighYieldSavings => self.has_account(|kind| *kind == AccountKind::Savings),
            Product::SecuredCard => self.has_account(is_card),
            _ => false,
        };
        let pays = |name: &String| {
            self.merchants
                .iter()
                .any(|merchant| merchant.contains(name))
        };
        has_it || offer.had_by_merchants.iter().any(pays)
    }

    fn has_account(&self, is: fn(&AccountKind) -> bool) -> bool {
        self.accounts.iter().any(|account| is(&account.kind))
    }
}

fn is_card(kind: &AccountKind) -> bool {
    matches!(kind, AccountKind::CreditCard(_))
}

#[cfg(test)]
mod claims;
#[cfg(test)]
mod tests;
