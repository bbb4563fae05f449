//! Matches a recording of events against rule sets, and counts events per second, beside the crate
//! `quamina` on the sets that it supports. One thread; the recording is read into memory first. If
//! EXPECTED.json does not have the counts of a set, they are compared with the simple matcher's, on a part of the events.
//!
//! usage: bench-match EVENTS.ndjson RULES_FOLDER EXPECTED.json [RULE_SET …]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use eventbridge::pattern::{Event, Pattern, RuleSet};
use quamina::Quamina;
use serde_json::value::RawValue;

/// The number of times that each side runs each set over the recording. The median counts.
const ROUNDS: usize = 7;

/// The simple matcher sees one of so many events.
const SAMPLE: usize = 50;

type Counts = BTreeMap<String, u64>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [events, rules, expected, only @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: bench-match EVENTS.ndjson RULES_FOLDER EXPECTED.json [RULE_SET …]");
    };
    let text = fs::read_to_string(events).with_context(|| format!("cannot read {events}"))?;
    let events: Vec<&str> = text.lines().collect();
    let expected: BTreeMap<String, Counts> = serde_json::from_str(&fs::read_to_string(expected)?)?;
    let before = peak_kb();
    let mut sets = Vec::new();
    for (name, rules) in rule_sets(Path::new(rules))? {
        if only.is_empty() || only.contains(&name) {
            let set = Prepared::new(&name, &rules, &events, expected.get(&name));
            sets.push(set.with_context(|| name.clone())?);
        }
    }
    // Round by round, so that a slow moment of the machine does not hit one set alone.
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for set in &mut sets {
            set.run(&events).with_context(|| set.name.clone())?;
        }
    }
    print_table(&sets);
    let grown = peak_kb().saturating_sub(before);
    println!(
        "\nPeak memory beyond the recording, both sides together: {:.1} MB",
        grown as f64 / 1e3
    );
    Ok(())
}

fn print_table(sets: &[Prepared]) {
    let exact = sets.iter().find(|set| set.name == "EXACT");
    let exact = exact.map(|set| median(&set.ours));
    let ratio = |rate: f64, base: Option<f64>| {
        base.map_or_else(|| "–".to_owned(), |base| format!("{:.2}", rate / base))
    };
    println!("| Rule set | Rules | Events/s | quamina | Ratio to quamina | Ratio to EXACT |");
    println!("|---|--:|--:|--:|--:|--:|");
    for set in sets {
        let ours = median(&set.ours);
        let theirs = set.peer.as_ref().map(|_| median(&set.theirs));
        let of_peer = theirs.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0}"));
        println!(
            "| {} | {} | {ours:.0} | {of_peer} | {} | {} |",
            set.name,
            set.rules.len(),
            ratio(ours, theirs),
            ratio(ours, exact)
        );
    }
}

type Rules = Vec<(String, String)>;

/// Reads the rule sets of a folder, in the order of their names.
fn rule_sets(folder: &Path) -> anyhow::Result<BTreeMap<String, Rules>> {
    let mut sets = BTreeMap::new();
    for file in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        sets.insert(
            name.context("a rule set without a name")?.to_owned(),
            read(&path)?,
        );
    }
    Ok(sets)
}

fn read(path: &Path) -> anyhow::Result<Rules> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let rules: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text)?;
    Ok(rules
        .into_iter()
        .map(|(name, pattern)| (name, pattern.get().to_owned()))
        .collect())
}

/// A rule set that both sides compiled, with the measured times.
struct Prepared {
    name: String,
    rules: RuleSet,
    peer: Option<Quamina<usize>>,
    /// The number of matches of each rule, if it is known.
    expected: Option<Vec<u64>>,
    /// The events per second of each round.
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Prepared {
    fn new(
        name: &str,
        rules: &Rules,
        events: &[&str],
        expected: Option<&Counts>,
    ) -> anyhow::Result<Self> {
        let patterns = rules.iter().map(|(_, pattern)| Pattern::parse(pattern));
        let patterns: Vec<Pattern> = patterns.collect::<Result<_, _>>()?;
        let set = RuleSet::new(&patterns);
        if expected.is_none() {
            check_sample(&set, &patterns, events)?;
        }
        let count = |counts: &Counts, rule: &str| counts.get(rule).copied().unwrap_or(0);
        let in_order =
            |counts: &Counts| rules.iter().map(|(rule, _)| count(counts, rule)).collect();
        Ok(Self {
            name: name.to_owned(),
            rules: set,
            peer: expected.and_then(|_| quamina_of(rules)),
            expected: expected.map(in_order),
            ours: Vec::new(),
            theirs: Vec::new(),
        })
    }

    /// Runs both sides over all events. A peer with wrong counts is dropped.
    fn run(&mut self, events: &[&str]) -> anyhow::Result<()> {
        let (rate, counts) = run_ours(&self.rules, events)?;
        self.ours.push(rate);
        let Some(expected) = &self.expected else {
            return Ok(());
        };
        ensure!(counts == *expected, "counted {counts:?}, not {expected:?}");
        let Some(peer) = &self.peer else {
            return Ok(());
        };
        let (rate, counts) = run_quamina(peer, expected.len(), events)?;
        self.theirs.push(rate);
        if counts != *expected {
            self.peer = None;
        }
        Ok(())
    }
}

fn run_ours(set: &RuleSet, events: &[&str]) -> anyhow::Result<(f64, Vec<u64>)> {
    let mut counts = vec![0; set.len()];
    let mut matcher = set.matcher();
    let start = Instant::now();
    for event in events {
        for rule in matcher.matches(event)? {
            counts[*rule] += 1;
        }
    }
    Ok((events.len() as f64 / start.elapsed().as_secs_f64(), counts))
}

/// Compares the set with the simple matcher.
fn check_sample(set: &RuleSet, patterns: &[Pattern], events: &[&str]) -> anyhow::Result<()> {
    let mut matcher = set.matcher();
    for text in events.iter().step_by(SAMPLE) {
        let event = Event::parse(text)?;
        let alone = (0..patterns.len()).filter(|rule| patterns[*rule].matches(&event));
        ensure!(
            alone.eq(matcher.matches(text)?.iter().copied()),
            "wrong for {text}"
        );
    }
    Ok(())
}

fn quamina_of(rules: &Rules) -> Option<Quamina<usize>> {
    let mut quamina = Quamina::new();
    for (place, (_, pattern)) in rules.iter().enumerate() {
        quamina.add_pattern(place, pattern).ok()?;
    }
    Some(quamina)
}

fn run_quamina(
    quamina: &Quamina<usize>,
    rules: usize,
    events: &[&str],
) -> anyhow::Result<(f64, Vec<u64>)> {
    let mut counts = vec![0; rules];
    let start = Instant::now();
    for event in events {
        for rule in quamina.matches_for_event(event.as_bytes())? {
            counts[rule] += 1;
        }
    }
    Ok((events.len() as f64 / start.elapsed().as_secs_f64(), counts))
}

fn median(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Returns the most memory that this process has had.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
