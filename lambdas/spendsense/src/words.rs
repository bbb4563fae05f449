//! Words of a statement's text: whole ones, in any language of the banks that are known here.

/// The words of a text, in upper case. Whatever is no letter and no digit is between words.
#[derive(Clone, Debug)]
pub struct Words(String);

/// Words that say that money is somebody's pay. `DEFINITIONS.md` has them, too.
pub const PAY: [&str; 22] = [
    "DIR DEP",
    "DIRECT DEP",
    "DIRECT DEPOSIT",
    "GEHALT",
    "LOHN",
    "LÖN",
    "LØN",
    "NOMINA",
    "NÓMINA",
    "PALKKA",
    "PAYCHECK",
    "PAYROLL",
    "PENSION",
    "SALAIRE",
    "SALARIO",
    "SALARIS",
    "SALARY",
    "SALÁRIO",
    "STIPENDIO",
    "WAGE",
    "WAGES",
    "WYNAGRODZENIE",
];

impl Words {
    /// Finds the words of a text.
    pub fn of(text: &str) -> Self {
        // A space on each side, so that a phrase is found by its own.
        let mut words = String::with_capacity(text.len() + 2);
        words.push(' ');
        let parts = text.split(|c: char| !c.is_alphanumeric());
        for word in parts.filter(|word| !word.is_empty()) {
            words.extend(word.chars().flat_map(char::to_uppercase));
            words.push(' ');
        }
        Self(words)
    }

    /// Whether a phrase, in upper case and with one space between its words, is among them.
    pub fn say(&self, phrase: &str) -> bool {
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find(phrase) {
            let end = at + phrase.len();
            if rest[..at].ends_with(' ') && rest[end..].starts_with(' ') {
                return true;
            }
            // What follows begins with the last space before it.
            rest = &rest[at + phrase.chars().next().map_or(1, char::len_utf8)..];
        }
        false
    }

    /// Returns them in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }
}

/// Whether words say that money is somebody's pay.
pub fn says_pay(words: &Words) -> bool {
    PAY.iter().any(|phrase| words.say(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        let words = Words::of("sepa-Lohn/Gehalt 06.2026 XRENT RENT");
        for (phrase, expected) in [
            ("LOHN", true),
            ("LOHN GEHALT", true),
            ("06 2026", true),
            ("RENT", true),
            ("SEPA", true),
            ("ENT", false),
            ("LOHN 06", false),
            ("XREN", false),
        ] {
            assert_eq!(words.say(phrase), expected, "{phrase}");
        }
        assert!(says_pay(&words));
        assert!(!says_pay(&Words::of("PINTEREST WAGESTREAM")));
        assert!(!Words::of("").say("A"));
        assert!(PAY.is_sorted());
        assert_eq!(Words::of("a-b").iter().collect::<Vec<_>>(), ["A", "B"]);
    }
}
