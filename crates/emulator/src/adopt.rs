//! Adopts what an earlier bus kept in the same folder. What does not fit this version or this spec is said, and stays in the
//! folder as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::api;
use crate::config::Wiring;
use crate::control::SCHEDULE;
use crate::kept_work::{DELIVERY, FIRED, RUN};
use crate::local_bus::{Installed, LocalBus};
use crate::queue::kept::{MESSAGE, QUEUE, SENT};
use crate::state::{AHEAD, ALIVE, FUNCTION, Kept, Key, SAID, STARTS};
use crate::wiring;

/// The kinds in the order in which they are adopted. Those that are not here come between the two lists.
const FIRST: [&str; 5] = [SAID, "bus", "group", QUEUE, "archive"];
const LAST: [&str; 5] = [MESSAGE, SENT, "archived", DELIVERY, RUN];

/// The numbers that each bus of a folder has for the messages and receipts of a queue.
const PER_START: u32 = 40;

/// What is adopted once the rules are there.
#[derive(Default)]
struct Later {
    /// Deliveries and runs.
    work: Vec<(Key, String)>,
    /// The buses that have had this folder.
    starts: u64,
    /// The last instant at which the earlier bus is known to have run.
    alive: Option<Timestamp>,
    /// What did not fit, by why.
    misfits: BTreeMap<String, usize>,
}

/// Puts a configuration on the bus. The first time, what an earlier bus kept comes before it.
///
/// # Errors
/// A rule that EventBridge would refuse, or a queue that SQS would refuse; a state that cannot be read.
pub(crate) fn install(bus: &Arc<LocalBus>, wiring: &Wiring) -> anyhow::Result<()> {
    let Some(kept) = bus.take_kept() else {
        return wiring::install(bus, wiring);
    };
    let later = adopt(bus, kept)?;
    wiring::install(bus, wiring)?;
    go_on(bus, later);
    Ok(())
}

/// Adopts what does not need the rules of the spec, and begins to keep what changes.
fn adopt(bus: &Arc<LocalBus>, mut kept: Kept) -> anyhow::Result<Later> {
    for note in kept.notes.drain(..) {
        bus.note(note);
    }
    let mut keys: Vec<Key> = kept.keys().collect();
    let rank = |key: &Key| {
        let kind = key.parts().into_iter().next().unwrap_or_default();
        let place = |kinds: &[&str]| kinds.iter().position(|of| *of == kind);
        let last = place(&LAST).map(|place| FIRST.len() + 1 + place);
        place(&FIRST).or(last).unwrap_or(FIRST.len())
    };
    keys.sort_by_cached_key(rank);
    let mut later = Later::default();
    for key in keys {
        let value = kept.read(&key)?;
        let parts = key.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let [DELIVERY | RUN, _] = parts.as_slice() {
            later.work.push((key, value));
        } else if let Err(why) = adopt_one(bus, &parts, &value, &mut later) {
            later.misfit(&parts, &why);
        }
    }
    later.starts += 1;
    bus.queues.settle();
    bus.store.begin(kept)?;
    bus.set_starts(later.starts);
    bus.queues.count_from(later.starts << PER_START);
    Ok(later)
}

fn adopt_one(
    bus: &Arc<LocalBus>,
    key: &[&str],
    value: &str,
    later: &mut Later,
) -> anyhow::Result<()> {
    match key {
        [STARTS] => later.starts = read(value)?,
        [ALIVE] => later.alive = Some(read(value)?),
        [AHEAD] => bus
            .clock
            .put_forward(SignedDuration::from_millis(read(value)?)),
        [SAID] => bus.set_installed(Installed {
            said: read(value)?,
            ..Installed::default()
        }),
        [FIRED, arn] => {
            bus.fired().insert((*arn).into(), read(value)?);
        }
        [FUNCTION, name] => bus.functions.adopt(name, read(value)?),
        [QUEUE, name] => bus.queues.adopt(name, read(value)?)?,
        [SENT, name, id] => bus.queues.adopt_sent(name, id, read(value)?)?,
        [MESSAGE, name, _] => bus.queues.adopt_message(name, read(value)?)?,
        [SCHEDULE, group, name] => {
            let mut control = bus.control();
            let control = control.in_passing();
            api::adopt_schedule(control, (group, name), read(value)?)?;
            control.note_kept(key, value);
        }
        _ => {
            let mut control = bus.control();
            let control = control.in_passing();
            if !control.adopt(key, value)? {
                anyhow::bail!("this version of `codegen` does not know it");
            }
            control.note_kept(key, value);
        }
    }
    Ok(())
}

/// Goes on with what was on its way, as far as the spec still has what it needs.
fn go_on(bus: &Arc<LocalBus>, mut later: Later) {
    for (key, value) in std::mem::take(&mut later.work) {
        let parts = key.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let adopted = match parts.as_slice() {
            [DELIVERY, number] => bus.adopt_delivery(number, &value),
            _ => bus.adopt_run(&value),
        };
        if let Err(why) = adopted {
            later.misfit(&parts, &why);
        }
    }
    for (what, count) in &later.misfits {
        let times = if *count == 1 {
            String::new()
        } else {
            format!(" ({count} times)")
        };
        bus.note(format!(
            "not taken over from the state of before, and left where it is: {what}{times}"
        ));
    }
    bus.catch_up(later.alive);
}

impl Later {
    fn misfit(&mut self, key: &[&str], why: &anyhow::Error) {
        let what = match key {
            // There may be many, and their ids tell nobody anything.
            [kind @ (MESSAGE | SENT | "archived"), of, ..] => format!("{kind} of {of}"),
            [kind @ (DELIVERY | RUN), ..] => (*kind).to_owned(),
            parts => parts.join(" "),
        };
        *self.misfits.entry(format!("{what}: {why:#}")).or_default() += 1;
    }
}

fn read<T: DeserializeOwned>(value: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_str(value)?)
}
