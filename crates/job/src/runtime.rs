//! The entry of a function.

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::Value;

use crate::emit::Emitter;
use crate::event::Job;
use crate::handler::{Error, Handler};
use crate::invocation::{Invoker, print_metric};
use crate::log::{self, InvocationLayer};

/// Serves the invocations of a function until Lambda ends the process.
///
/// # Errors
///
/// The Lambda Runtime API cannot be reached.
///
/// # Panics
///
/// Without the variables that Lambda gives every function, `AWS_LAMBDA_RUNTIME_API` among them.
pub async fn run<H: Handler>(handler: H) -> Result<(), Error> {
    log::init();
    let invoker = Invoker::new(handler, Emitter::from_env(), print_metric);
    let service = service_fn(|event: LambdaEvent<Value>| invoker.invoke(event));
    let layer = InvocationLayer { job: H::Job::NAME };
    Runtime::new(service).layer(layer).run().await
}
