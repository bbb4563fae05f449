//! Lets a case happen on the local bus, in virtual time.

use anyhow::Context;
use emulator::{Config, Emulator, Faults, Time, Wiring};
use tokio::net::TcpListener;

use crate::bench::Bench;
use crate::case::{Case, What};
use crate::happened::Happened;
use crate::stub::stub;

/// Lets a case happen on a local bus of its own with this wiring, in which every function that the case stubs has some
/// program. A seed of the case wins over the given one.
///
/// # Errors
/// A wiring or an event that the bus refuses; no port on loopback.
pub async fn play(
    bench: &Bench<'_>,
    case: &Case,
    mut wiring: Wiring,
    seed: u64,
) -> anyhow::Result<Happened> {
    for function in wiring.functions.values_mut() {
        let own = case.environment.clone();
        function.environment.extend(own);
    }
    let seed = case.seed.unwrap_or(seed);
    let stubs = case.stubs.iter().filter_map(|(job, plan)| {
        let function = bench.function_name(job)?;
        Some((function, stub(bench, plan)))
    });
    let config = Config {
        seed: Some(seed),
        faults: Faults {
            seed,
            ..case.faults.clone()
        },
        stubs: stubs.collect(),
        ..Config::new(Time::Virtual(case.begin), wiring)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.context("cannot listen on loopback")?;
    let bus = Emulator::start(config, listener)?;
    for step in &case.steps {
        bus.wait_until(step.at).await;
        match &step.what {
            What::Event(entry) => {
                bus.publish(entry.clone())?;
            }
            What::Schedules(until) => {
                bus.run_until(*until).await;
                bus.forget_schedules();
            }
        }
    }
    bus.settle().await;
    let trace = bus.trace();
    bus.shutdown().await;
    Ok(Happened::read(bench, case.begin, trace))
}
