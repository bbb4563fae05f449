//! The faults that somebody asks for, as a file or as one rate.

use std::fs;

use anyhow::Context;
use emulator::Faults;
use serde_json::Value;

use crate::args::FaultArgs;

/// Reads the faults from a file, or makes them from one rate for every kind.
pub(crate) fn read(args: &FaultArgs, seed: Option<u64>) -> anyhow::Result<Faults> {
    let seed = seed.unwrap_or_default();
    let Some(path) = &args.faults else {
        return Ok(Faults::of_every_kind(
            args.fault_rate.unwrap_or_default(),
            seed,
        ));
    };
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the faults {}", path.display()))?;
    let faults = parse_faults(&text)
        .with_context(|| format!("the faults in {} cannot be read", path.display()))?;
    Ok(Faults { seed, ..faults })
}

/// Parses faults, and names every mistake in the text with its line.
fn parse_faults(text: &str) -> anyhow::Result<Faults> {
    let read = pipeline::read_yaml(text).map_err(|mistakes| {
        let lines = mistakes.iter().map(|mistake| {
            let before = text.bytes().take(mistake.span.start as usize);
            let line = before.filter(|byte| *byte == b'\n').count() + 1;
            format!("line {line}: {}", mistake.message)
        });
        anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
    })?;
    Ok(serde_json::from_value(Value::Object(read))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_rates_and_a_mistake_is_named_with_its_line() {
        let faults = parse_faults("kill: 0.5\ndelay: 1\ndelay_up_to_seconds: 2\n").unwrap();
        assert_eq!((faults.kill, faults.delay), (0.5, 1.0));
        for (text, mistake) in [
            ("kill: 0.5\nkill: 1\n", "line 2: "),
            ("kill: [\n", "line "),
            ("- kill\n", "line 1: "),
            ("kil: 1\n", "unknown field `kil`, expected one of"),
            ("kill: often\n", "invalid type: string \"often\""),
            ("kill: 2\n", "from 0 to 1"),
        ] {
            let error = parse_faults(text).unwrap_err().to_string();
            assert!(error.contains(mistake), "{text}: {error}");
        }
    }
}
