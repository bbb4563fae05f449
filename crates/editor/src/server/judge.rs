//! The thread that judges texts.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use pipeline::{Diagnostic, Pipeline, Setting, Surroundings, everywhere};

use crate::around::{Around, Seen};

/// A text to judge.
pub(super) struct Order {
    pub(super) uri: String,
    /// Our number of the text.
    pub(super) revision: i64,
    pub(super) text: Arc<str>,
    /// The folder that it is in, if it is a file.
    pub(super) folder: Option<PathBuf>,
}

/// What came of it.
pub(super) struct Judgement {
    pub(super) uri: String,
    pub(super) revision: i64,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) pipeline: Option<Arc<Pipeline>>,
    pub(super) seen: Arc<Seen>,
    /// Why something around the text could not be looked at.
    pub(super) trouble: Option<String>,
}

/// A thread that judges one text at a time.
pub(super) struct Judge {
    orders: Option<Sender<Order>>,
    pub(super) judgements: Receiver<Judgement>,
    thread: Option<JoinHandle<()>>,
}

impl Judge {
    pub(super) fn new(mut around: Box<dyn Around>) -> Self {
        let (orders, waiting) = bounded::<Order>(1);
        let (done, judgements) = unbounded();
        let thread = thread::spawn(move || {
            for order in waiting {
                if done.send(judge(order, around.as_mut())).is_err() {
                    break;
                }
            }
        });
        Self {
            orders: Some(orders),
            judgements,
            thread: Some(thread),
        }
    }

    /// Begins with a text. The caller waits for its judgement before the next one.
    pub(super) fn begin(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only with this value.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn judge(order: Order, around: &mut dyn Around) -> Judgement {
    let now = around.now();
    let folder = order.folder.as_deref();
    let packages = folder.and_then(|folder| around.packages(folder));
    let mut seen = Seen {
        packages: packages.clone().unwrap_or_default(),
        environments: Vec::new(),
        used: folder.and_then(|folder| around.used(folder, &order.text)),
        now: Some(now),
    };
    let mut trouble = None;
    let surroundings = Surroundings {
        packages,
        now: Some(now),
        setting: Setting::default(),
        used: seen.used.clone(),
    };
    let environments = |pipeline: &Pipeline| {
        let read = folder.map_or(Ok(Vec::new()), |folder| {
            around.environments(pipeline, folder)
        });
        let read = read.unwrap_or_else(|why| {
            trouble = Some(why);
            Vec::new()
        });
        seen.environments.clone_from(&read);
        Ok::<_, std::convert::Infallible>(read)
    };
    let Ok(parsed) = everywhere::check(&order.text, &surroundings, environments);
    Judgement {
        uri: order.uri,
        revision: order.revision,
        findings: parsed.diagnostics,
        pipeline: parsed.pipeline.map(Arc::new),
        seen: Arc::new(seen),
        trouble,
    }
}
