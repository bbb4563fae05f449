//! What a run knows of the queue that it reads.

use std::collections::{HashMap, HashSet};

use super::Fate;
use super::letter::Letter;
use super::plan::Sending;
use crate::aws::Reading;
use crate::aws::deployed::Target;

/// How many refusals in a row end the attempts at a receiver.
const REFUSALS: u32 = 10;

/// What is known of a queue and of those that get its letters.
#[derive(Default)]
pub(super) struct Known {
    /// The letters that stay, by their ids, with their newest receipts.
    pub(super) left: HashMap<String, String>,
    /// The letters that were sent. They come again only if they could not be deleted.
    pub(super) sent: HashSet<String>,
    /// The targets of rules, by the rule's ARN.
    pub(super) targets: HashMap<String, Reading<Vec<Target>>>,
    /// What was sent to several targets at once. AWS does not tell which of them did not take an event, so each letter is for
    /// all of them, and the first one has done for the others.
    shared: HashSet<Vec<(String, String)>>,
    /// The message groups of which a letter stays: what comes after it must not overtake it.
    held: HashSet<String>,
    /// How many times in a row a receiver has refused.
    refusals: HashMap<String, u32>,
}

/// How an attempt at a letter ended.
#[derive(Debug)]
pub(super) enum Attempt {
    Sent,
    /// It was sent, but not deleted: why.
    NotDeleted(String),
    /// A receiver does not take it: which, and why.
    Refused(String, String),
    /// Nobody would take anything: why.
    Hopeless(String),
    /// The run was stopped before its turn.
    NoTurn,
}

impl Known {
    /// Whether a letter was met before.
    pub(super) fn has(&self, letter: &Letter) -> bool {
        self.left.contains_key(&letter.id) || self.sent.contains(&letter.id)
    }

    /// Keeps a letter where it is.
    pub(super) fn leave(&mut self, letter: &Letter) {
        self.left.insert(letter.id.clone(), letter.receipt.clone());
    }

    /// Says why a letter must not be sent now, whatever its receiver would say.
    pub(super) fn objection(&self, letter: &Letter, sendings: &[Sending]) -> Option<String> {
        let is_held = letter.group.as_ref();
        if is_held.is_some_and(|group| self.held.contains(group)) {
            let why = "one before it in its message group stays, and a group keeps its order";
            return Some(why.to_owned());
        }
        let mut names = sendings.iter().map(|sending| sending.to.name());
        let tired = names.find(|name| self.refusals.get(name).is_some_and(|it| *it >= REFUSALS))?;
        Some(format!(
            "{tired} has refused {REFUSALS} letters in a row, so it is not asked again in this run"
        ))
    }

    /// Whether another letter has done for this one: all that it stands for was sent to the same targets.
    pub(super) fn is_done(&self, sendings: &[Sending]) -> bool {
        sendings.len() > 1 && self.shared.contains(&shared(sendings))
    }

    /// Takes the end of an attempt down, and says what became of the letter; nothing if nothing did.
    pub(super) fn settle(
        &mut self,
        letter: &Letter,
        sendings: &[Sending],
        attempt: Attempt,
    ) -> Option<Fate> {
        let to = names(sendings);
        match attempt {
            Attempt::Sent => {
                self.sent.insert(letter.id.clone());
                if sendings.len() > 1 {
                    self.shared.insert(shared(sendings));
                }
                for sending in sendings {
                    self.refusals.remove(&sending.to.name());
                }
                Some(Fate::Sent { to })
            }
            Attempt::NotDeleted(why) => {
                self.sent.insert(letter.id.clone());
                let why = format!("it was sent to {to} and stays, so it is sent again: {why}");
                Some(Fate::Left { why })
            }
            Attempt::Refused(name, why) => {
                self.leave(letter);
                self.held.extend(letter.group.clone());
                *self.refusals.entry(name).or_default() += 1;
                Some(Fate::Left { why })
            }
            Attempt::Hopeless(_) | Attempt::NoTurn => {
                self.leave(letter);
                self.held.extend(letter.group.clone());
                None
            }
        }
    }
}

/// The names of receivers, each once.
pub(super) fn names(sendings: &[Sending]) -> String {
    let mut names: Vec<String> = sendings.iter().map(|sending| sending.to.name()).collect();
    names.dedup();
    names.join(", ")
}

fn shared(sendings: &[Sending]) -> Vec<(String, String)> {
    let each = sendings
        .iter()
        .map(|sending| (sending.to.name(), sending.payload.clone()));
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::letter;
    use super::super::plan::To;
    use super::*;

    fn sending(payload: &str) -> Sending {
        Sending {
            to: To::Function {
                arn: "arn:aws:lambda:r:1:function:f".to_owned(),
                qualifier: None,
            },
            payload: payload.to_owned(),
            letter: "l".to_owned(),
        }
    }

    /// Three shards of a run that were not delivered are three letters, each of which may be any of them.
    #[test]
    fn the_first_letter_of_a_sharded_run_does_for_the_others() {
        let mut known = Known::default();
        let shards = [sending("{\"shard\":0}"), sending("{\"shard\":1}")];
        let other = [
            sending("{\"shard\":0,\"run\":2}"),
            sending("{\"shard\":1,\"run\":2}"),
        ];
        assert!(!known.is_done(&shards));
        let fate = known.settle(&letter("1", "{}", &[]), &shards, Attempt::Sent);
        assert_eq!(fate, Some(Fate::Sent { to: "f".to_owned() }));
        assert!(known.is_done(&shards));
        assert!(!known.is_done(&other));
        // Two equal letters to one target are two letters.
        known.settle(&letter("2", "{}", &[]), &shards[..1], Attempt::Sent);
        assert!(!known.is_done(&shards[..1]));
    }

    #[test]
    fn a_receiver_that_refuses_everything_is_not_asked_for_ever() {
        let mut known = Known::default();
        let one = [sending("{}")];
        let refused = || Attempt::Refused("f".to_owned(), "no".to_owned());
        for number in 0..REFUSALS {
            let letter = letter(&number.to_string(), "{}", &[]);
            assert_eq!(known.objection(&letter, &one), None);
            known.settle(&letter, &one, refused());
        }
        let next = letter("next", "{}", &[]);
        let why = known.objection(&next, &one).unwrap();
        assert!(why.contains("f has refused 10 letters"), "{why}");
        // One that it took meanwhile begins the count anew.
        known.settle(&next, &one, Attempt::Sent);
        assert_eq!(known.objection(&next, &one), None);
    }

    #[test]
    fn nothing_overtakes_a_letter_of_its_group_that_stays() {
        let mut known = Known::default();
        let one = [sending("{}")];
        let mut first = letter("1", "{}", &[]);
        first.group = Some("g".to_owned());
        let fate = known.settle(
            &first,
            &one,
            Attempt::Refused("f".to_owned(), "no".to_owned()),
        );
        assert!(matches!(fate, Some(Fate::Left { .. })), "{fate:?}");
        let mut second = letter("2", "{}", &[]);
        second.group = Some("g".to_owned());
        assert!(known.objection(&second, &one).is_some());
        second.group = Some("h".to_owned());
        assert_eq!(known.objection(&second, &one), None);
    }

    #[test]
    fn a_letter_that_could_not_be_deleted_is_not_sent_twice_by_one_run() {
        let mut known = Known::default();
        let one = letter("1", "{}", &[]);
        let fate = known.settle(&one, &[sending("{}")], Attempt::NotDeleted("no".to_owned()));
        let Some(Fate::Left { why }) = fate else {
            panic!("{fate:?}");
        };
        assert!(why.contains("it was sent to f and stays"), "{why}");
        assert!(known.has(&one));
        assert!(known.left.is_empty());
    }
}
