//! JSON lines on standard output, each with the invocation that it belongs to.

use std::panic::PanicHookInfo;
use std::task::{Context, Poll};

use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaInvocation};
use tracing::instrument::Instrumented;
use tracing::{Instrument, Level, Span, field};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

/// Sends the process's log to standard output, and panics to the log.
pub(crate) fn init() {
    let variable = |name| std::env::var(name).ok();
    let filter = filter(variable("AWS_LAMBDA_LOG_LEVEL"), variable("RUST_LOG"));
    // A function has one log: a second call changes nothing.
    if subscriber(std::io::stdout, filter).try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// Chooses the lines that are logged. Lambda's setting overrides `RUST_LOG`; a setting that cannot be read is ignored.
fn filter(lambda_level: Option<String>, rust_log: Option<String>) -> Targets {
    let lambda_level = lambda_level.and_then(|level| match level.to_ascii_uppercase().as_str() {
        // Lambda has one level more than `tracing`.
        "FATAL" => Some(Level::ERROR),
        level => level.parse().ok(),
    });
    match lambda_level {
        Some(level) => Targets::new().with_default(level),
        None => rust_log
            .filter(|directives| !directives.is_empty())
            .and_then(|directives| directives.parse().ok())
            .unwrap_or_else(|| Targets::new().with_default(Level::INFO)),
    }
}

fn subscriber<W>(writer: W, filter: Targets) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(lines.with_filter(filter))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(
        location,
        "panic: {}",
        panic.payload_as_str().unwrap_or("no message")
    );
}

/// The span of one invocation. Its empty fields are recorded when the event has been read.
fn span(job: &str, request_id: &str, trace_id: Option<&str>) -> Span {
    // A filter drops spans by their level, too: a span at the level of an error stays on the lines of every level.
    tracing::error_span!(
        "invocation",
        job,
        request_id,
        trace_id,
        event_id = field::Empty,
        subject = field::Empty,
    )
}

/// The span of one message of a batch, instead of that of the invocation. It says the same of the message's own event.
pub(crate) fn message_span(job: &str, request_id: &str, message_id: &str) -> Span {
    tracing::error_span!(
        "message",
        job,
        request_id,
        message_id,
        event_id = field::Empty,
        subject = field::Empty,
    )
}

/// Puts every line of an invocation, the runtime's own included, into the invocation's span.
pub(crate) struct InvocationLayer {
    /// The job's name.
    pub(crate) job: &'static str,
}

impl<S> Layer<S> for InvocationLayer {
    type Service = InvocationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        InvocationService {
            inner,
            job: self.job,
        }
    }
}

/// The service of an [`InvocationLayer`].
pub(crate) struct InvocationService<S> {
    inner: S,
    job: &'static str,
}

impl<S> Service<LambdaInvocation> for InvocationService<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
{
    type Response = ();
    type Error = Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let context = &invocation.context;
        let span = span(
            self.job,
            &context.request_id,
            context.xray_trace_id.as_deref(),
        );
        // `call` may log before it returns the future, so it runs inside the span as well.
        let future = span.in_scope(|| self.inner.call(invocation));
        future.instrument(span)
    }
}

#[cfg(test)]
mod tests;
