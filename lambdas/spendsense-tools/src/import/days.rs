//! Days as banks write them.

use jiff::civil::Date;

use super::Refusal;

/// How days are written, as in strptime, with how that is said to people.
const FORMATS: [&str; 19] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d %B %Y",
];

/// The years in which a bank's file can be.
const YEARS: std::ops::RangeInclusive<i16> = 1950..=2100;

/// Reads a day in a format. A time of day behind it is left out.
pub(super) fn read(written: &str, format: &str) -> Option<Date> {
    let day = without_time(written.trim());
    let day = Date::strptime(format, day).ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

fn without_time(written: &str) -> &str {
    let is_time = |rest: &str| {
        let rest = rest.trim_start();
        rest.as_bytes()
            .get(1..3)
            .is_some_and(|of| of.contains(&b':'))
    };
    written
        .char_indices()
        .filter(|(_, c)| matches!(c, ' ' | 'T' | ','))
        .find(|(at, c)| is_time(&written[at + c.len_utf8()..]))
        .map_or(written, |(at, _)| written[..at].trim_end())
}

/// Finds the format of days.
///
/// # Errors
/// No format fits, or days and months can be told apart by none of them.
pub(super) fn find(days: &[&str]) -> Result<&'static str, Refusal> {
    let fits = |format: &&'static str| {
        let fitting = days.iter().filter(|day| read(day, format).is_some());
        (*format, fitting.count())
    };
    let mut found: Vec<(&'static str, usize)> = FORMATS
        .iter()
        .map(fits)
        .filter(|(_, count)| *count > 0)
        .collect();
    // The first of equals stays first.
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let Some((best, count)) = found.first().copied() else {
        let shown = days.first().copied().unwrap_or_default();
        return Err(Refusal::new(format!("`{shown}` is no day that is known"))
            .or("--date-format says how days are written, such as %d.%m.%Y"));
    };
    for (other, others) in &found[1..] {
        let differs = days.iter().find(|day| {
            let (one, two) = (read(day, best), read(day, other));
            one.is_some() && two.is_some() && one != two
        });
        let has_more = days
            .iter()
            .any(|day| read(day, best).is_none() && read(day, other).is_some());
        if let Some(day) = differs
            && (*others == count || has_more)
        {
            let (one, two) = (read(day, best), read(day, other));
            let say = |format: &str, day: Option<Date>| {
                let day = day.map(|day| day.strftime("%-d %B %Y").to_string());
                format!(
                    "--date-format {format} if it is {}",
                    day.unwrap_or_default()
                )
            };
            return Err(Refusal::new(format!("`{day}` can be two days"))
                .or(say(best, one))
                .or(say(other, two)));
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (written, format, expected) in [
            ("2026-06-03", "%Y-%m-%d", date(2026, 6, 3)),
            ("2026-06-03 14:05:06", "%Y-%m-%d", date(2026, 6, 3)),
            ("2026-06-03T14:05:06Z", "%Y-%m-%d", date(2026, 6, 3)),
            ("03.06.26", "%d.%m.%y", date(2026, 6, 3)),
            ("13/06/2026", "%d/%m/%Y", date(2026, 6, 13)),
            ("6/13/2026", "%m/%d/%Y", date(2026, 6, 13)),
            ("20260603", "%Y%m%d", date(2026, 6, 3)),
            ("13 Jun 2026", "%d %b %Y", date(2026, 6, 13)),
            ("13-JUN-26", "%d-%b-%y", date(2026, 6, 13)),
            ("Jun 13, 2026", "%b %d, %Y", date(2026, 6, 13)),
        ] {
            assert_eq!(find(&[written]), Ok(format), "{written}");
            assert_eq!(read(written, format), Some(expected), "{written}");
        }
    }

    #[test]
    fn one_day_can_decide_for_all_and_without_one_there_is_a_choice() {
        assert_eq!(find(&["03/04/2026", "13/04/2026"]), Ok("%d/%m/%Y"));
        assert_eq!(find(&["03/04/2026", "04/13/2026"]), Ok("%m/%d/%Y"));
        assert_eq!(find(&["04/04/2026"]), Ok("%m/%d/%Y"));
        let refusal = find(&["03/04/2026"]).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "`03/04/2026` can be two days\n  --date-format %m/%d/%Y if it is 4 March 2026\n  \
             --date-format %d/%m/%Y if it is 3 April 2026"
        );
        assert!(find(&["13/04/2026", "04/13/2026", "03/04/2026"]).is_err());
        assert!(find(&["soon"]).is_err());
        // One bad row is that row's own.
        assert_eq!(find(&["2026-06-30", "2026-06-31"]), Ok("%Y-%m-%d"));
    }
}
