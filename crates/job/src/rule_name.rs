//! Names of rules, by which a job knows which of its schedules has started it.

/// Stands for the environment in a form.
const ENVIRONMENT: &str = "{environment}";

/// Stands for nothing, or for a hyphen and the number of one of several rules.
const NUMBER: &str = "{rule}";

/// Returns whether a name has a form. An environment that is not known may be any text.
///
/// Names have at most 64 characters, and forms few variables: trying every length is fast.
pub(crate) fn fits(form: &str, name: &str, environment: Option<&str>) -> bool {
    if let Some(rest) = form.strip_prefix(ENVIRONMENT) {
        return match environment {
            Some(text) => name
                .strip_prefix(text)
                .is_some_and(|name| fits(rest, name, environment)),
            None => fits_any(rest, name, environment),
        };
    }
    if let Some(rest) = form.strip_prefix('*') {
        return fits_any(rest, name, environment);
    }
    if let Some(rest) = form.strip_prefix(NUMBER) {
        return fits(rest, name, environment) || fits_number(rest, name, environment);
    }
    match (form.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some(expected), Some(found)) if expected == found => {
            let length = found.len_utf8();
            fits(&form[length..], &name[length..], environment)
        }
        _ => false,
    }
}

/// Returns whether any end of a name has a form.
fn fits_any(form: &str, name: &str, environment: Option<&str>) -> bool {
    let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.any(|at| fits(form, &name[at..], environment))
}

/// Returns whether what stands behind a hyphen and a number has a form.
fn fits_number(form: &str, name: &str, environment: Option<&str>) -> bool {
    let Some(number) = name.strip_prefix('-') else {
        return false;
    };
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    (1..=digits).any(|length| fits(form, &number[length..], environment))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_made_name_ends_in_the_environment() {
        let form = "shop-remind-a{rule}-{environment}";
        for name in [
            "shop-remind-a-prod",
            "shop-remind-a-2-prod",
            "shop-remind-a-12-prod",
        ] {
            assert!(fits(form, name, Some("prod")), "{name}");
            assert!(fits(form, name, None), "{name}");
        }
        for name in [
            "shop-remind-a-dev",
            "shop-remind-a-b-prod",
            "shop-remind-a-prod-2",
            "shop-remind-a",
            "",
        ] {
            assert!(!fits(form, name, Some("prod")), "{name}");
        }
        // An environment may look like another schedule's end.
        assert!(fits(form, "shop-remind-a-b-x", Some("b-x")));
        assert!(!fits(
            "shop-remind-a-b-{environment}",
            "shop-remind-a-b-x",
            Some("b-x")
        ));
    }

    #[test]
    fn a_kept_name_may_hold_values() {
        assert!(fits(
            "acme-*-mail{rule}",
            "acme-eu-west-mail-3",
            Some("prod")
        ));
        assert!(fits("acme-*-mail{rule}", "acme--mail", Some("prod")));
        assert!(!fits("acme-*-mail", "acme-mail", Some("prod")));
        assert!(fits("*", "größe", None));
        assert!(!fits("acme-mail", "acme-mail-2", None));
    }
}
