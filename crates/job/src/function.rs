//! The entry of a function.

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::Value;

use crate::emit::Emitter;
use crate::event::Job;
use crate::failed::FailureQueue;
use crate::handler::{Error, Handler};
use crate::idempotency::{EveryTime, IdempotencyStore};
use crate::invocation::{Invoker, print_metric};
use crate::log::{self, InvocationLayer};

/// A handler, and what the function does around it.
#[derive(Debug)]
pub struct Function<H, S = EveryTime> {
    handler: H,
    store: S,
}

impl<H: Handler> Function<H> {
    /// A function that runs a handler for every event that arrives.
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            store: EveryTime,
        }
    }

    /// Runs the handler once for each event, as far as the store knows.
    ///
    /// What arrives again is answered as before: nothing runs, and of the events that the first run was to emit, those
    /// that it had not come to emit are emitted now. An event without an id, such as a bare detail that a person sends, always
    /// runs.
    #[must_use]
    pub fn idempotent<S: IdempotencyStore>(self, store: S) -> Function<H, S> {
        Function {
            handler: self.handler,
            store,
        }
    }
}

impl<H: Handler, S: IdempotencyStore> Function<H, S> {
    /// Serves the invocations of a function until Lambda ends the process.
    ///
    /// # Errors
    ///
    /// The Lambda Runtime API cannot be reached.
    ///
    /// # Panics
    ///
    /// Without the variables that Lambda gives every function, `AWS_LAMBDA_RUNTIME_API` among them.
    pub async fn run(self) -> Result<(), Error> {
        log::init();
        let invoker = Invoker::new(self.handler, self.store, Emitter::from_env(), print_metric)
            .keeping(FailureQueue::from_env());
        // On the heap: the types of an SDK's futures are deep, and `main` of a function would be too deep for the compiler.
        let service = service_fn(|event: LambdaEvent<Value>| Box::pin(invoker.invoke(event)));
        let layer = InvocationLayer { job: H::Job::NAME };
        Runtime::new(service).layer(layer).run().await
    }
}

/// Serves the invocations of a function until Lambda ends the process: [`Function::run`] with nothing else around the
/// handler.
///
/// What a function needs to begin, it makes before: a first run that fails to begin is tried again by Lambda.
///
/// # Errors
///
/// The Lambda Runtime API cannot be reached.
///
/// # Panics
///
/// Without the variables that Lambda gives every function, `AWS_LAMBDA_RUNTIME_API` among them.
pub async fn run<H: Handler>(handler: H) -> Result<(), Error> {
    Function::new(handler).run().await
}

/// Runs something before the process ends: closes a pool, sends what is buffered.
///
/// Call it before [`run`]. Lambda gives it 500 ms after the last invocation, and only as long as the process is not killed
/// for a timeout or for its memory: what must not be lost belongs into the run.
///
/// Lambda tells only processes with an [extension](https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html) that they end,
/// so this registers one that does nothing.
///
/// # Panics
///
/// The extension cannot be registered.
#[cfg(feature = "shutdown")]
pub async fn on_shutdown<F>(hook: impl FnOnce() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    lambda_runtime::spawn_graceful_shutdown_handler(hook).await;
}
