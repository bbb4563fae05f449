//! Merchants that charge steadily and are no subscriptions: where one lives, what one eats, what one owes.
//!
//! The words of a merchant's name decide, whole ones. `DEFINITIONS.md` has the same list, by what they are.

use crate::words::Words;

/// Words of such names, in upper case: single ones, or several in a row.
pub(crate) const ESSENTIALS: [&str; 78] = [
    "ALBERT HEIJN",
    "ALDI",
    "ALLSTATE",
    "APARTMENT",
    "APARTMENTS",
    "ASDA",
    "ASSICURAZIONE",
    "ASSURANCE",
    "AUCHAN",
    "CARREFOUR",
    "CHILD CARE",
    "CHILDCARE",
    "CONAD",
    "COSTCO",
    "CRECHE",
    "CRÈCHE",
    "DAY CARE",
    "DAYCARE",
    "EDEKA",
    "ESSELUNGA",
    "FINANZAMT",
    "FOOD LION",
    "GEICO",
    "GROCER",
    "GROCERIES",
    "GROCERS",
    "GROCERY",
    "GUARDERÍA",
    "HOUSING",
    "INSTACART",
    "INSURANCE",
    "IRS",
    "JUMBO",
    "KAUFLAND",
    "KINDERGARTEN",
    "KITA",
    "KROGER",
    "LANDLORD",
    "LECLERC",
    "LEMONADE",
    "LIBERTY MUTUAL",
    "LIDL",
    "LOAN",
    "LOANS",
    "LOYER",
    "MERCADONA",
    "MIETE",
    "MIGROS",
    "MORRISONS",
    "MORTGAGE",
    "NETTO",
    "NURSERY",
    "PRESCHOOL",
    "PROGRESSIVE",
    "PROPERTY MANAGEMENT",
    "PUBLIX",
    "REALTY",
    "RENT",
    "REWE",
    "SAFEWAY",
    "SAINSBURY",
    "SAINSBURYS",
    "SCHOOL",
    "SEGUROS",
    "STATE FARM",
    "STUDENT LN",
    "SUPERMARKET",
    "TAX",
    "TESCO",
    "TRADER JOE",
    "TRADER JOES",
    "TUITION",
    "VERSICHERUNG",
    "VERSICHERUNGEN",
    "WAITROSE",
    "WALMART",
    "WEGMANS",
    "WHOLE FOODS",
];

/// Whether a merchant's name says that it is no subscription.
pub(crate) fn is_essential(merchant: &str) -> bool {
    let words = Words::of(merchant);
    ESSENTIALS.iter().any(|phrase| words.say(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_decide() {
        for (merchant, expected) in [
            ("RENT", true),
            ("rentflix", false),
            ("Trader Joe's #0042", true),
            ("ACME Insurance Co", true),
            ("Taxfix", false),
            ("Fit Club", false),
            ("Sunny Day-Care", true),
        ] {
            assert_eq!(is_essential(merchant), expected, "{merchant}");
        }
        assert!(ESSENTIALS.is_sorted());
    }
}
