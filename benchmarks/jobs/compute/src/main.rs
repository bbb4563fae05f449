//! `bench-compute USERS UNTIL`: makes up the same users as `spendsense-seed`, with the data that the function reads. It
//! prints the seconds that their features take on one core: wall-clock time, and processor time.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::Date;
use spendsense::features::Features;
use spendsense::model::{User, WINDOWS};
use spendsense_tools::people::People;
use spendsense_tools::rows::Person;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: bench-compute USERS UNTIL");
    let (users, until): (usize, Date) = (next()?.parse()?, next()?.parse()?);
    let people = People { seed: 1, until };
    let longest = WINDOWS.into_iter().max().context("there are windows")?;
    let first = until.checked_sub(longest.days())?;
    let people: Vec<(Person, String)> = (0..users)
        .map(|number| {
            let mut person = people.person(number);
            person.transactions.retain(|of| of.posted_on > first);
            // The store returns them in this order.
            person.transactions.sort_by_key(|of| of.posted_on);
            let texts = texts(&person.user());
            (person, texts)
        })
        .collect();
    let users: Vec<User<'_>> = people
        .iter()
        .map(|(person, texts)| user(person, texts))
        .collect();
    let (begin, begin_cpu) = (Instant::now(), cpu_seconds()?);
    for user in &users {
        black_box(Features::of(black_box(user), until));
    }
    let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds()? - begin_cpu);
    println!("{{\"seconds\": {seconds}, \"cpu_seconds\": {cpu}}}");
    Ok(())
}

/// Joins the texts of a user, as the row that the function reads has them.
fn texts(user: &User<'_>) -> String {
    let mut texts = String::new();
    for of in &user.transactions {
        texts.push_str(of.text);
    }
    texts
}

/// Returns the user with those texts.
fn user<'d>(person: &'d Person, mut texts: &'d str) -> User<'d> {
    let mut user = person.user();
    for of in &mut user.transactions {
        (of.text, texts) = texts.split_at(of.text.len());
    }
    user
}

/// Returns the processor time that this thread has used.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = stat.split(' ').next().context("three numbers")?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}
