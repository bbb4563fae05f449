//! Guesses what was meant by a cron that AWS refuses: one of Unix with five fields, or one with `?` in the wrong place.

use super::cron::Cron;

/// Names of the weekdays as Unix counts them: 0 is Sunday, and so is 7.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Advice for fields that are nearly those of a schedule: the schedule that means the same, or the two that do.
pub(super) fn help(fields: &str) -> Option<String> {
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let (minutes, hours, of_month, month, of_week, year) = match *fields.as_slice() {
        // Cron of Unix has no `?`, so a text with one counts weekdays as AWS does, and lacks the year alone.
        [minutes, hours, of_month, month, of_week] if of_month == "?" || of_week == "?" => {
            (minutes, hours, of_month, month, of_week.to_owned(), "*")
        }
        [minutes, hours, of_month, month, of_week] => {
            let of_week = weekdays_of_unix(of_week)?;
            (minutes, hours, of_month, month, of_week, "*")
        }
        [minutes, hours, of_month, month, of_week, year] => {
            (minutes, hours, of_month, month, of_week.to_owned(), year)
        }
        _ => return None,
    };
    let schedule = |of_month: &str, of_week: &str| {
        let fields = format!("{minutes} {hours} {of_month} {month} {of_week} {year}");
        let is_valid = Cron::parse(&fields, 0..fields.len()).is_ok();
        is_valid.then(|| format!("`cron({fields})`"))
    };
    let is_any = |field: &str| matches!(field, "*" | "?");
    let meant = match (is_any(of_month), is_any(&of_week)) {
        (true, true) => schedule("*", "?")?,
        (false, true) => schedule(of_month, "?")?,
        (true, false) => schedule("?", &of_week)?,
        // Cron of Unix runs on the days of either field.
        (false, false) => {
            let (one, other) = (schedule(of_month, "?")?, schedule("?", &of_week)?);
            return Some(format!(
                "one schedule cannot have both: for the days of either, write two, {one} and {other}"
            ));
        }
    };
    Some(format!("write {meant}"))
}

/// A day-of-week field of Unix, as AWS writes it; nothing if it is none.
fn weekdays_of_unix(field: &str) -> Option<String> {
    let mut runs_on = [false; 7];
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (item, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (weekday_of_unix(from)?, weekday_of_unix(to)?),
            None if range == "*" => (0, 6),
            None if step > 1 => return None,
            None => (weekday_of_unix(range)?, weekday_of_unix(range)?),
        };
        // `FRI-SUN`, which some crons take.
        let to = if from > to { to + 7 } else { to };
        for day in (from..=to).step_by(step) {
            runs_on[day % 7] = true;
        }
    }
    if runs_on == [true; 7] {
        return Some("*".to_owned());
    }
    // From Monday, so that a weekend stays together.
    let mut rows: Vec<Vec<&str>> = vec![Vec::new()];
    for day in (1..=7).map(|day| day % 7) {
        match rows.last_mut() {
            Some(row) if runs_on[day] => row.push(WEEKDAYS[day]),
            _ => rows.push(Vec::new()),
        }
    }
    let rows = rows.iter().map(|row| match row.as_slice() {
        [first, _, .., last] => format!("{first}-{last}"),
        row => row.join(","),
    });
    let rows: Vec<String> = rows.filter(|row| !row.is_empty()).collect();
    Some(rows.join(","))
}

fn weekday_of_unix(text: &str) -> Option<usize> {
    let named = WEEKDAYS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    named.or_else(|| text.parse().ok().filter(|day| *day <= 7))
}
