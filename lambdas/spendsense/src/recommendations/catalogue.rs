//! The catalogue of recommendations: `catalogue.json`, which is checked when the package is built.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::name::{Because, Persona};
use super::tone;

/// The items that can be recommended, the most helpful first.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) education: Vec<Item>,
    pub(crate) offers: Vec<Item>,
}

/// The layout of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    education: Vec<Written>,
    offers: Vec<Written>,
}

/// An item as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: String,
    personas: Vec<Persona>,
    #[serde(default)]
    because: Vec<Because>,
    rationale: String,
    offer: Option<Offer>,
}

/// An item that can be recommended, after the checks.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    /// The personas that it is made for.
    pub(crate) personas: Vec<Persona>,
    /// The reasons of which one has to hold; without any the persona is enough.
    pub(crate) because: Vec<Because>,
    pub(crate) rationale: Vec<Part>,
    /// The partner's offer; nothing for education.
    pub(crate) offer: Option<Offer>,
}

/// A part of a rationale.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Figure(Figure),
}

/// A partner's offer, and who may get it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offer {
    pub(crate) product: Product,
    /// The rate of credit, in basis points a year.
    #[serde(default)]
    pub(crate) max_apr_bp: i64,
    /// Names of merchants: a user whom one of them charges again and again has the product already.
    #[serde(default)]
    pub(crate) had_by_merchants: Vec<String>,
    /// An account that the user needs to have.
    pub(crate) needs: Option<AccountNeed>,
    /// Whether a user with an overdue card does not get it.
    #[serde(default)]
    pub(crate) not_overdue: bool,
    /// The least wages in 30 days, in US cents. Whoever has another currency does not get such an offer.
    #[serde(default)]
    pub(crate) min_income_cents: i64,
    /// The highest utilization of the most used card.
    pub(crate) max_utilization_bp: Option<i64>,
}

/// The products that partners may offer. Loans against wages or cars, and the like, are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Product {
    BalanceTransferCard,
    BudgetingApp,
    CreditCounselling,
    CreditMonitoring,
    HighYieldSavings,
    Insurance,
    SecuredCard,
    SpendingPlanner,
    SubscriptionManager,
}

/// A kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountNeed {
    Checking,
    CreditCard,
}

/// The highest rate of credit that is not predatory: the limit of the
/// [Military Lending Act](https://www.consumerfinance.gov/rules-policy/regulations/) in the United States.
const MAX_APR_BP: i64 = 3_600;

/// The least number of education items that the product promises.
const MIN_EDUCATION: usize = 15;
const MIN_OFFERS: usize = 8;
/// The number of education items that everybody gets. So many have to be possible for a user without accounts, too.
pub(crate) const EDUCATION: std::ops::RangeInclusive<usize> = 3..=5;
pub(crate) const OFFERS: std::ops::RangeInclusive<usize> = 2..=3;

impl Catalogue {
    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, Vec<String>> {
        let file: File = serde_json::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut wrong = Vec::new();
        let catalogue = Self {
            education: items(file.education, &mut wrong),
            offers: items(file.offers, &mut wrong),
        };
        catalogue.check(&mut wrong);
        if wrong.is_empty() {
            Ok(catalogue)
        } else {
            Err(wrong)
        }
    }

    fn check(&self, wrong: &mut Vec<String>) {
        let mut ids = BTreeSet::new();
        for item in self.education.iter().chain(&self.offers) {
            if !ids.insert(&item.id) {
                wrong.push(format!("{}: the id is there twice", item.id));
            }
            if item.personas.is_empty() {
                wrong.push(format!("{}: it is for no persona", item.id));
            }
            if !item
                .rationale
                .iter()
                .any(|part| matches!(part, Part::Figure(_)))
            {
                wrong.push(format!("{}: the rationale cites no figure", item.id));
            }
            let texts = item.rationale.iter().filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Figure(_) => None,
            });
            for text in texts.chain([item.title.as_str()]) {
                if let Some(avoided) = tone::avoided_in(text) {
                    wrong.push(format!("{}: it says `{avoided}`", item.id));
                }
            }
        }
        for item in &self.education {
            if item.offer.is_some() {
                wrong.push(format!("{}: education offers nothing", item.id));
            }
        }
        for item in &self.offers {
            match &item.offer {
                None => wrong.push(format!("{}: what does it offer?", item.id)),
                Some(offer) if !(0..=MAX_APR_BP).contains(&offer.max_apr_bp) => {
                    wrong.push(format!("{}: the rate is predatory", item.id));
                }
                Some(_) => {}
            }
        }
        self.check_numbers(wrong);
    }

    fn check_numbers(&self, wrong: &mut Vec<String>) {
        for (what, items, least, always) in [
            (
                "education items",
                &self.education,
                MIN_EDUCATION,
                *EDUCATION.start(),
            ),
            ("offers", &self.offers, MIN_OFFERS, *OFFERS.start()),
        ] {
            if items.len() < least {
                wrong.push(format!("{} {what}, not {least}", items.len()));
            }
            let for_all = items.iter().filter(|item| item.is_for_all()).count();
            if for_all < always {
                wrong.push(format!(
                    "{for_all} {what} for a user without anything, not {always}"
                ));
            }
        }
        for persona in Persona::ALL {
            if !self
                .education
                .iter()
                .any(|item| item.personas.contains(&persona))
            {
                wrong.push(format!("no education item is for {}", persona.as_str()));
            }
        }
    }
}

impl Item {
    /// Whether every user can get it, also one without accounts.
    fn is_for_all(&self) -> bool {
        let is_always = |part: &Part| match part {
            Part::Text(_) => true,
            Part::Figure(figure) => Figure::ALWAYS.contains(figure),
        };
        let is_open = self.offer.as_ref().is_none_or(|offer| {
            offer.needs.is_none()
                && !offer.not_overdue
                && offer.min_income_cents == 0
                && offer.max_utilization_bp.is_none()
                && offer.had_by_merchants.is_empty()
                && !matches!(
                    offer.product,
                    Product::HighYieldSavings | Product::SecuredCard
                )
        });
        self.personas.contains(&Persona::GeneralWellness)
            && self.because.is_empty()
            && is_open
            && self.rationale.iter().all(is_always)
    }
}

fn items(written: Vec<Written>, wrong: &mut Vec<String>) -> Vec<Item> {
    let mut items = Vec::new();
    for item in written {
        match parts(&item.rationale) {
            Ok(rationale) => items.push(Item {
                id: item.id,
                title: item.title,
                personas: item.personas,
                because: item.because,
                rationale,
                offer: item.offer,
            }),
            Err(message) => wrong.push(format!("{}: {message}", item.id)),
        }
    }
    items
}

/// Splits a template at its placeholders, `{figure}`.
fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    for (index, piece) in template.split('{').enumerate() {
        let text = match (index, piece.split_once('}')) {
            (0, None) => piece,
            (0, Some(_)) | (_, None) => return Err("a brace has no other one".to_owned()),
            (_, Some((name, text))) => {
                let figure = Figure::named(name);
                parts.push(Part::Figure(
                    figure.ok_or_else(|| format!("no figure is called `{name}`"))?,
                ));
                text
            }
        };
        if text.contains('}') {
            return Err("a brace has no other one".to_owned());
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_figures() {
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            parts("a {card} b"),
            Ok(vec![text("a "), Part::Figure(Figure::Card), text(" b")])
        );
        assert_eq!(parts("{card}{card_limit}").map(|parts| parts.len()), Ok(2));
        for wrong in [
            "{",
            "}",
            "a {card",
            "a } b",
            "{no_such}",
            "{}",
            "{card}}",
            "{{card}}",
        ] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_checks_find_what_is_wrong() {
        let item = r#"{"id":"a","title":"T","personas":["general_wellness"],"rationale":"R"}"#;
        let text = format!(r#"{{"education":[{item},{item}],"offers":[{item}]}}"#);
        let wrong = Catalogue::read(&text).unwrap_err().join("\n");
        for expected in [
            "the id is there twice",
            "cites no figure",
            "what does it offer?",
            "2 education items, not 15",
            "no education item is for high_utilization",
        ] {
            assert!(wrong.contains(expected), "{expected}: {wrong}");
        }
        let offer = r#"{"id":"b","title":"Act now","personas":["savings_builder"],"rationale":"{card}",
            "offer":{"product":"secured_card","max_apr_bp":3601}}"#;
        let text = format!(r#"{{"education":[],"offers":[{offer}]}}"#);
        let wrong = Catalogue::read(&text).unwrap_err().join("\n");
        assert!(
            wrong.contains("predatory") && wrong.contains("act now"),
            "{wrong}"
        );
        let unknown = r#"{"education":[],"offers":[],"more":1}"#;
        assert!(Catalogue::read(unknown).is_err());
    }
}
