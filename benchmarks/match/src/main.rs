//! Matches a recording of events against rule sets, and counts events per second, beside the crate
//! `quamina` on the sets that it supports. One thread; the recording is read into memory first.
//!
//! usage: bench-match EVENTS.ndjson RULES_FOLDER EXPECTED.json

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use eventbridge::pattern::{Pattern, RuleSet};
use quamina::Quamina;
use serde_json::value::RawValue;

/// Each side runs this often over the recording, in turns; the median counts.
const ROUNDS: usize = 5;

type Counts = BTreeMap<String, u64>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [events, rules, expected] = arguments.as_slice() else {
        anyhow::bail!("usage: bench-match EVENTS.ndjson RULES_FOLDER EXPECTED.json");
    };
    let text = fs::read_to_string(events).with_context(|| format!("cannot read {events}"))?;
    let events: Vec<&str> = text.lines().collect();
    let expected: BTreeMap<String, Counts> = serde_json::from_str(&fs::read_to_string(expected)?)?;
    let before = peak_kb();
    println!("| Rule set | Rules | Events/s | quamina | Ratio | Counts |");
    println!("|---|--:|--:|--:|--:|---|");
    for (set, counts) in &expected {
        let rules = read(&Path::new(rules).join(format!("{set}.json")))?;
        let (ours, peer) = measure(&rules, &events, counts).with_context(|| set.clone())?;
        let of_peer = peer.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0}"));
        let ratio = peer.map_or_else(|| "–".to_owned(), |rate| format!("{:.2}", ours / rate));
        println!("| {set} | {} | {ours:.0} | {of_peer} | {ratio} | right |", rules.len());
    }
    let grown = peak_kb().saturating_sub(before);
    println!("\nPeak memory beyond the recording, both sides together: {:.1} MB", grown as f64 / 1e3);
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let rules: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text)?;
    Ok(rules.into_iter().map(|(name, pattern)| (name, pattern.get().to_owned())).collect())
}

/// Events per second of ours, and of quamina where it takes all the rules and counts right.
fn measure(
    rules: &[(String, String)],
    events: &[&str],
    expected: &Counts,
) -> anyhow::Result<(f64, Option<f64>)> {
    let patterns = rules.iter().map(|(_, pattern)| Pattern::parse(pattern));
    let patterns: Vec<Pattern> = patterns.collect::<Result<_, _>>()?;
    let set = RuleSet::new(&patterns);
    let peer = quamina_of(rules);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut peer_is_right = peer.is_some();
    for _ in 0..ROUNDS {
        let (rate, counts) = run_ours(&set, events)?;
        ours.push(rate);
        check(rules, &counts, expected)?;
        if let Some(peer) = peer.as_ref().filter(|_| peer_is_right) {
            let (rate, counts) = run_quamina(peer, rules.len(), events)?;
            theirs.push(rate);
            peer_is_right = check(rules, &counts, expected).is_ok();
        }
    }
    Ok((median(ours), peer_is_right.then(|| median(theirs))))
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

fn quamina_of(rules: &[(String, String)]) -> Option<Quamina<usize>> {
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

fn check(rules: &[(String, String)], counts: &[u64], expected: &Counts) -> anyhow::Result<()> {
    for ((name, _), count) in rules.iter().zip(counts) {
        let wanted = expected.get(name).copied().unwrap_or(0);
        ensure!(*count == wanted, "{name} matched {count} times, not {wanted}");
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// The most memory that this process has had.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
