//! One run: queue by queue, a few letters at a time.

use std::pin::pin;

use anyhow::bail;
use eventbridge::arn::Arn;
use eventbridge::kept::Kept;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};

use super::change::set_fields;
use super::known::{Attempt, Known, names};
use super::letter::Letter;
use super::pace::Pace;
use super::plan::{Sending, plan};
use super::queue::{BATCH, Queue};
use super::send::{NotSent, Sender};
use super::{Fate, News, Order, Source, Told};
use crate::Config;
use crate::aws::Aws;

/// How long a received letter is hidden from others, in seconds, beside the time until its turn: more than sending takes.
const HIDDEN: i32 = 30;

/// How long a letter that stays is hidden if it comes back in the same run, in seconds.
const HIDDEN_AGAIN: i32 = 600;

/// The longest that SQS hides a message, in seconds.
const HIDDEN_MAX: i32 = 43_200;

/// Letters that are sent at a time. So many at most are sent twice if the program is killed.
const AT_A_TIME: usize = 8;

/// Sends letters again, and says what becomes of each. Returns the exit status of the signal that ended it early, if one did:
/// what is on its way then still arrives.
///
/// # Errors
/// A queue that cannot be read, or services that cannot be reached. What was not sent by then is still in its queue.
pub async fn redrive<'s>(
    config: &Config,
    order: &Order<'s>,
    stop: impl Future<Output = u8>,
    tell: &mut dyn FnMut(News<'s>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<u8>> {
    let run = Run {
        order,
        aws: Aws::new(config),
        sender: Sender::new(config),
        pace: Pace::new(order.per_second),
    };
    let sqs = aws_sdk_sqs::Client::new(config.sdk());
    let work = pin!(run.work(&sqs, tell));
    match select(pin!(stop), work).await {
        Either::Right((done, _)) => done.map(|()| None),
        Either::Left((status, work)) => {
            run.pace.stop();
            work.await.map(|()| Some(status))
        }
    }
}

struct Run<'r, 's> {
    order: &'r Order<'s>,
    aws: Aws,
    sender: Sender,
    pace: Pace,
}

type Tell<'t, 's> = &'t mut dyn FnMut(News<'s>) -> anyhow::Result<()>;

/// A letter with what is to be sent for it.
type Ready = (Letter, Vec<Sending>);

impl<'s> Run<'_, 's> {
    async fn work(&self, sqs: &aws_sdk_sqs::Client, tell: Tell<'_, 's>) -> anyhow::Result<()> {
        let mut remaining = self.order.limit;
        for source in self.order.sources {
            if remaining == 0 || self.pace.is_stopped() {
                break;
            }
            let Some(queue) = Queue::find(sqs, &source.queue).await? else {
                tell(News::NoQueue(source))?;
                continue;
            };
            let mut reader = Reader {
                // The counts are right after a minute, and then such a queue is not worth a wait.
                is_empty: queue.counts().await? == (0, 0),
                run: self,
                queue,
                source,
                known: Known::default(),
            };
            let done = reader.empty(&mut remaining, tell).await;
            // Also after a failure: what stays is to be seen by others at once.
            let shown = reader.show_again().await;
            done?;
            shown?;
            let (_, hidden) = reader.queue.counts().await?;
            if hidden > 0 {
                tell(News::Hidden(source, hidden))?;
            }
        }
        Ok(())
    }
}

/// The reader of one queue.
struct Reader<'r, 's> {
    run: &'r Run<'r, 's>,
    queue: Queue,
    source: &'s Source,
    /// Whether there was nothing in it a minute ago.
    is_empty: bool,
    known: Known,
}

impl<'s> Reader<'_, 's> {
    /// Takes letters until there are none, or enough.
    async fn empty(&mut self, remaining: &mut u64, tell: Tell<'_, 's>) -> anyhow::Result<()> {
        let pace = &self.run.pace;
        while *remaining > 0 && !pace.is_stopped() {
            let most = pace.in_ten_seconds(BATCH);
            let most = usize::try_from(*remaining).map_or(most, |left| left.min(most));
            let hidden = HIDDEN.saturating_add(pace.seconds(most)).min(HIDDEN_MAX);
            let received = self.queue.receive(most, hidden, self.is_empty).await?;
            if received.is_empty() {
                break;
            }
            let (old, new): (Vec<_>, Vec<_>) = received
                .into_iter()
                .partition(|letter| self.known.has(letter));
            self.meet_again(old).await?;
            let mut ready = Vec::new();
            for letter in new {
                match self.prepare(&letter).await? {
                    // In order, or one after another because one may do for the next.
                    Ok(sendings) if self.source.is_fifo || sendings.len() > 1 => {
                        let attempt = self.attempt(&letter, &sendings).await;
                        self.settle(vec![((letter, sendings), attempt)], remaining, tell)?;
                    }
                    Ok(sendings) => ready.push((letter, sendings)),
                    Err(fate) => {
                        self.known.leave(&letter);
                        if matches!(fate, Fate::WouldBeSent { .. }) {
                            *remaining = remaining.saturating_sub(1);
                        }
                        tell(News::Letter(told(self.source, &letter, fate)))?;
                    }
                }
            }
            let attempts = self.attempt_all(ready).await;
            self.settle(attempts, remaining, tell)?;
        }
        Ok(())
    }

    /// Letters that come back because they were hidden for too short a time.
    async fn meet_again(&mut self, letters: Vec<Letter>) -> anyhow::Result<()> {
        let mut stay = Vec::new();
        for letter in letters {
            if self.known.sent.contains(&letter.id) {
                // If it fails once more, the letter comes back once more, here or in the next run.
                let _ = self.queue.delete(&letter).await;
            } else {
                self.known.leave(&letter);
                stay.push(letter.receipt);
            }
        }
        let receipts: Vec<&str> = stay.iter().map(String::as_str).collect();
        self.queue.hide(&receipts, HIDDEN_AGAIN).await
    }

    /// Shows the letters that stay to others.
    async fn show_again(&self) -> anyhow::Result<()> {
        let receipts: Vec<&str> = self.known.left.values().map(String::as_str).collect();
        self.queue.hide(&receipts, 0).await
    }

    /// Says what is to be sent for a letter, or what becomes of it without that.
    async fn prepare(&mut self, letter: &Letter) -> anyhow::Result<Result<Vec<Sending>, Fate>> {
        let order = self.run.order;
        if !order.wanted.has(letter, order.now) {
            return Ok(Err(Fate::Skipped));
        }
        let left = |why: String| Ok(Err(Fate::Left { why }));
        if letter.sent.is_some_and(|sent| sent > order.now) {
            return left(
                "it came while this went on, so it may have failed again: the next run sends it"
                    .to_owned(),
            );
        }
        let rule = match letter.kept() {
            Ok(Kept::DeadLetter { rule, .. }) => Some(rule),
            _ => None,
        };
        if let Some(arn) = rule
            && !self.known.targets.contains_key(arn)
            && let Some(rule) = Arn::parse(arn).ok().and_then(|arn| arn.rule())
        {
            let found = self.run.aws.targets(rule.bus, rule.name).await?;
            self.known.targets.insert(arn.to_owned(), found);
        }
        let targets = rule.and_then(|arn| self.known.targets.get(arn));
        let event = set_fields(order.pipeline, &letter.event(), &order.set);
        let planned = event.and_then(|event| plan(letter, self.source, &event, targets));
        let sendings = match planned {
            Ok(sendings) => sendings,
            Err(why) => return left(why),
        };
        if let Some(why) = self.known.objection(letter, &sendings) {
            return left(why);
        }
        if order.is_dry {
            let to = names(&sendings);
            return Ok(Err(Fate::WouldBeSent { to }));
        }
        Ok(Ok(sendings))
    }

    /// Sends what is to be sent for a letter, and deletes the letter once all of it is taken.
    async fn attempt(&self, letter: &Letter, sendings: &[Sending]) -> Attempt {
        if !self.known.is_done(sendings) {
            if !self.run.pace.turn().await {
                return Attempt::NoTurn;
            }
            for sending in sendings {
                match self.run.sender.send(sending).await {
                    Ok(()) => {}
                    Err(NotSent::Refused(why)) => return Attempt::Refused(sending.to.name(), why),
                    Err(NotSent::Hopeless(why)) => return Attempt::Hopeless(why),
                }
            }
        }
        match self.queue.delete(letter).await {
            Ok(()) => Attempt::Sent,
            Err(why) => Attempt::NotDeleted(why),
        }
    }

    async fn attempt_all(&self, ready: Vec<Ready>) -> Vec<(Ready, Attempt)> {
        let attempts = stream::iter(ready).map(|ready| async move {
            let attempt = self.attempt(&ready.0, &ready.1).await;
            (ready, attempt)
        });
        attempts.buffered(AT_A_TIME).collect().await
    }

    /// Takes down how attempts ended, and says it.
    fn settle(
        &mut self,
        attempts: Vec<(Ready, Attempt)>,
        remaining: &mut u64,
        tell: Tell<'_, 's>,
    ) -> anyhow::Result<()> {
        let mut hopeless = None;
        for ((letter, sendings), attempt) in attempts {
            if let Attempt::Hopeless(why) = &attempt {
                hopeless = Some(why.clone());
            }
            let fate = self.known.settle(&letter, &sendings, attempt);
            if matches!(fate, Some(Fate::Sent { .. })) {
                *remaining = remaining.saturating_sub(1);
            }
            if let Some(fate) = fate {
                tell(News::Letter(told(self.source, &letter, fate)))?;
            }
        }
        match hopeless {
            Some(why) => bail!(why),
            None => Ok(()),
        }
    }
}

fn told<'s>(source: &'s Source, letter: &Letter, fate: Fate) -> Told<'s> {
    Told {
        source,
        message: letter.id.clone(),
        event: letter.event_id(),
        error: letter.error(),
        fate,
    }
}
