//! `codegen cost`: what the pipeline costs on AWS in a month.

use anyhow::bail;
use cost::{BUILT_IN, Counted, Counter, DAYS, Estimate, Rates, Volume, estimate};
use jiff::Timestamp;
use pipeline::Pipeline;
use serde::Serialize;

use crate::args::{CostArgs, Format};
use crate::input;
use crate::project::{Chosen, Project};
use crate::recording;
use crate::render::{self, clean};
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &CostArgs) -> anyhow::Result<Outcome> {
    if args.print_rates {
        session.say(BUILT_IN.trim_end())?;
        return Ok(Outcome::Fine);
    }
    let project = Project::load_for(&session.spec, &Chosen::local(&args.values))?;
    if project.parsed.has_errors() {
        render::findings(session, &project, &[])?;
        return Ok(Outcome::Findings);
    }
    let text = match &args.rates {
        Some(path) => input::text(path)?,
        None => BUILT_IN.to_owned(),
    };
    let rates = match Rates::read(&text) {
        Ok(rates) => rates,
        Err(found) => {
            let path = args.rates.clone().unwrap_or_default();
            let file = Project::of_file(&path, text, found);
            render::findings_of_file(session, &file)?;
            return Ok(Outcome::Findings);
        }
    };
    let pipeline = project.pipeline()?;
    let counted = count(session, args, pipeline)?;
    let from = args.now.unwrap_or_else(Timestamp::now);
    let volume = Volume::new(pipeline, counted.as_ref(), from);
    let dashboards = terraform::dashboards(pipeline);
    let estimated = estimate(pipeline, &volume, &rates, dashboards, args.free_tier);
    if session.format == Format::Json {
        let document = Document {
            days: DAYS,
            from,
            as_of: rates.as_of.to_string(),
            region: &rates.region,
            currency: &rates.currency,
            recorded: counted.as_ref().map(Counted::all),
            estimate: &estimated,
        };
        session.say(serde_json::to_string(&document)?)?;
    } else {
        show(session, &rates, &estimated)?;
    }
    Ok(Outcome::Fine)
}

/// Counts what was recorded; nothing if nothing was.
fn count(
    session: &mut Session,
    args: &CostArgs,
    pipeline: &Pipeline,
) -> anyhow::Result<Option<Counted>> {
    if args.recording.is_empty() {
        return Ok(None);
    }
    let counter = Counter::new(pipeline);
    let mut reader = counter.reader();
    recording::read(session, &args.recording, |_, _, line| reader.read(line))?;
    let recorded = reader.finish();
    let recorded = recorded.over(args.over.map(|over| over.as_secs_f64()));
    let Some(seconds) = recorded.seconds() else {
        bail!(
            "the recorded events do not tell how long it took to record them: say it with `--over 24h`"
        );
    };
    session.note(format_args!(
        "{} events in {seconds:.0} s are recorded as those of every {seconds:.0} s",
        recorded.all()
    ))?;
    Ok(Some(recorded))
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Document<'d> {
    days: u32,
    from: Timestamp,
    as_of: String,
    region: &'d str,
    currency: &'d str,
    recorded: Option<u64>,
    #[serde(flatten)]
    estimate: &'d Estimate,
}

fn show(session: &mut Session, rates: &Rates, estimate: &Estimate) -> anyhow::Result<()> {
    let currency = clean(&rates.currency);
    session.say(format_args!(
        "{DAYS} days, prices of {} on {}",
        clean(&rates.region),
        rates.as_of
    ))?;
    session.say("")?;
    for line in &estimate.items {
        let free = if line.free > 0.0 {
            format!(", {} of them free", figure(line.free))
        } else {
            String::new()
        };
        session.say(format_args!(
            "{:>14}  {:<30} {:>12} {currency}{free}",
            figure(line.quantity),
            line.what,
            money(line.cost)
        ))?;
    }
    session.say(format_args!(
        "{:>14}  {:<30} {:>12} {currency}",
        "",
        "all",
        money(estimate.total)
    ))?;
    session.say("")?;
    session.say(format_args!(
        "{:<30} {:>14} {:>14} {:>12}",
        "job", "deliveries", "runs", currency
    ))?;
    for job in &estimate.jobs {
        session.say(format_args!(
            "{:<30} {:>14} {:>14} {:>12}",
            clean(&job.job),
            figure(job.deliveries),
            figure(job.runs),
            money(job.cost)
        ))?;
    }
    let lists = [
        (
            "Nobody says how many, so none are counted:",
            &estimate.unsaid,
        ),
        ("Assumed:", &estimate.assumed),
        ("Not counted:", &estimate.not_counted),
    ];
    for (title, sentences) in lists {
        if !sentences.is_empty() {
            session.say("")?;
            session.say(title)?;
        }
        for sentence in sentences {
            session.say(format_args!("  {}", clean(sentence)))?;
        }
    }
    Ok(())
}

/// An amount: cents, and more digits for what is less than one.
fn money(amount: f64) -> String {
    if amount == 0.0 || amount >= 0.01 {
        format!("{amount:.2}")
    } else {
        format!("{amount:.4}")
    }
}

/// A quantity with a comma between thousands, and two digits of what is small.
fn figure(quantity: f64) -> String {
    if quantity < 10.0 && quantity.fract() > 0.0 {
        return format!("{quantity:.2}");
    }
    let digits = format!("{quantity:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        let shown = [0.0, 0.25, 7.0, 999.4, 1_000.0, 1_234_567.0].map(figure);
        assert_eq!(shown, ["0", "0.25", "7", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.004, 1.005, 20.0].map(money),
            ["0.00", "0.0040", "1.00", "20.00"]
        );
    }
}
