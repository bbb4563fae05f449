//! Reads a schedule: every place in an error lies in the text, and each run is later than the one before.
#![no_main]

use eventbridge::schedule::{Schedule, time_zone};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let schedule = match text.parse::<Schedule>() {
        Ok(schedule) => schedule,
        Err(error) => {
            assert!(text.get(error.span()).is_some(), "{:?}", error.span());
            return;
        }
    };
    for (zone, from) in [
        ("UTC", 0),
        ("Europe/Berlin", 1_774_745_000),
        ("Australia/Lord_Howe", 4_000_000_000),
    ] {
        let zone = time_zone(zone).expect("a zone");
        let from = Timestamp::from_second(from).expect("a time");
        let mut last = from;
        for run in schedule.runs_after(from, &zone).take(5) {
            assert!(run > last, "{run} after {last}");
            last = run;
        }
        assert!(last == from || !schedule.never_runs());
    }
});
