//! Lambda's own queue for events, where an event waits and is retried after the bus has delivered it.
//!
//! Source: [asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agenda::{Due, Invocation, later};
use crate::function::{Attempt, Pool, Work};
use crate::local_bus::LocalBus;
use crate::queue::Message;
use crate::refusal::Refusal;
use crate::trace::{Failure, FaultKind, Step};

/// The result of a run that somebody waits for.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The function's response, or the error in Lambda's shape.
    pub(crate) payload: String,
    /// The function's failure, if it failed.
    pub(crate) failure: Option<Failure>,
    /// The last 4 KB that the function wrote.
    pub(crate) log_tail: String,
}

/// The code of the refusal when a function already has as many runs as it may.
pub(crate) const TOO_MANY_REQUESTS: &str = "TooManyRequestsException";

/// The longest tail of a log in a response, in bytes.
const LOG_TAIL: usize = 4 << 10;

/// The first wait of a throttled event, and the longest.
const THROTTLE_WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(5)];

/// The faults of an attempt, which has one at most.
const FAULTS: [FaultKind; 3] = [FaultKind::Timeout, FaultKind::Kill, FaultKind::DropResponse];

impl LocalBus {
    /// Puts an event into a function's queue, for somebody who does not wait.
    pub(crate) fn invoke_async(
        self: &Arc<Self>,
        function: &str,
        payload: String,
    ) -> Result<Arc<str>, Refusal> {
        if self.functions.get(function).is_none() {
            return Err(self.no_function(function));
        }
        let room = self.check_room();
        room.map_err(|message| Refusal::new(TOO_MANY_REQUESTS, message))?;
        let invocation = self.invoked(function, payload);
        let request = Arc::clone(&invocation.request);
        self.begin_run(invocation);
        Ok(request)
    }

    /// Runs a function for somebody who waits: once, without retries. A reset of the bus ends the run.
    pub(crate) async fn invoke_sync(
        self: &Arc<Self>,
        function: &str,
        payload: String,
    ) -> Result<Answer, Refusal> {
        let mut resets = self.resets.subscribe();
        tokio::select! {
            biased;
            _ = resets.changed() => {
                Err(Refusal::new("ServiceException", "the local bus was reset during the run"))
            }
            answer = self.run_for_caller(function, payload) => answer,
        }
    }

    async fn run_for_caller(
        self: &Arc<Self>,
        function: &str,
        payload: String,
    ) -> Result<Answer, Refusal> {
        let pool = self.functions.get(function);
        let pool = pool.ok_or_else(|| self.no_function(function))?;
        let room = self.check_room();
        room.map_err(|message| Refusal::new(TOO_MANY_REQUESTS, message))?;
        // It counts while it waits for its turn, too.
        let _weight = self.load.add(payload.len());
        let _flight = self.flights.take_off();
        let permit = pool.permit().await;
        let permit = permit.ok_or_else(|| Refusal::new(TOO_MANY_REQUESTS, "Rate Exceeded."))?;
        let invocation = self.invoked(function, payload);
        let from = self.journal.count();
        let attempt = self.run_once(&pool, &permit, &invocation, false).await;
        let failure = self.ended(&invocation, attempt, None);
        drop(permit);
        let (payload, failure) = match failure {
            Ok(answer) => (answer, None),
            Err(failure) => (
                failure.payload(&invocation.request).to_string(),
                Some(failure),
            ),
        };
        Ok(Answer {
            payload,
            failure,
            log_tail: self.log_tail(&invocation.request, from),
        })
    }

    /// Makes the refusal for a function that does not exist.
    pub(crate) fn no_function(&self, name: &str) -> Refusal {
        let (region, account) = (&self.region, &self.account);
        Refusal::not_found(format!(
            "Function not found: arn:aws:lambda:{region}:{account}:function:{name}"
        ))
    }

    fn invoked(&self, function: &str, payload: String) -> Invocation {
        let invocation = Invocation {
            request: self.new_id(),
            function: function.into(),
            weight: self.load.add(payload.len()),
            payload: payload.into(),
            hops: 0,
            attempts: 0,
            throttled: 0,
            first: self.clock.now(),
        };
        self.record(Step::FunctionInvoked {
            request: Arc::clone(&invocation.request),
            function: Arc::clone(&invocation.function),
            payload: Arc::clone(&invocation.payload),
        });
        invocation
    }

    /// Begins to run a function in the background. In virtual time, the run waits for its turn.
    pub(crate) fn begin_run(self: &Arc<Self>, invocation: Invocation) {
        self.keep_run(&invocation);
        // Through the agenda, so that runs begin one after another and a seed gives the same trace.
        if self.is_virtual() {
            let now = self.clock.now();
            self.clock.schedule(now, Due::Run(invocation));
        } else {
            self.take_off(invocation);
        }
    }

    pub(crate) fn take_off(self: &Arc<Self>, invocation: Invocation) {
        let bus = Arc::clone(self);
        self.flights.spawn(async move { bus.run(invocation).await });
    }

    async fn run(self: Arc<Self>, mut invocation: Invocation) {
        let Some(pool) = self.functions.get(&invocation.function) else {
            return self.fail(&invocation, None, RETRIES_EXHAUSTED, None);
        };
        let end = later(invocation.first, pool.asynchronous().max_age);
        // As with deliveries, every event is tried once before its age counts.
        let waited = invocation.attempts > 0 || invocation.throttled > 0;
        if waited && self.clock.now() >= end {
            return self.fail(&invocation, Some(&pool), AGE_EXCEEDED, None);
        }
        // Reserving 0 runs is the way to switch a function off, so Lambda does not retry.
        if pool.function().reserved_concurrency == Some(0) {
            return self.fail(&invocation, Some(&pool), RETRIES_EXHAUSTED, None);
        }
        // A throttle counts as no attempt, so that it uses up none of the retries.
        let Some(permit) = pool.permit().await else {
            return self.wait_for_room(invocation, end);
        };
        invocation.attempts += 1;
        let attempt = self.attempt_run(&pool, &permit, &invocation).await;
        let retry_at = self.retry_at(&pool, &invocation);
        // Recorded before the permit is free. If not, a trace could show two runs at a time of a function that may have
        // only one.
        let ended = self.ended(&invocation, attempt, retry_at);
        drop(permit);
        let failure = match ended {
            Ok(response) => return self.succeed(&invocation, &pool, &response),
            Err(failure) => failure,
        };
        match retry_at {
            Some(at) => self.plan_run_of(at.min(end), invocation),
            None => self.fail(&invocation, Some(&pool), RETRIES_EXHAUSTED, Some(&failure)),
        }
    }

    /// Runs a function once, with the fault that this attempt has, if it has one.
    pub(crate) async fn attempt_run(
        self: &Arc<Self>,
        pool: &Pool,
        permit: &tokio::sync::SemaphorePermit<'_>,
        invocation: &Invocation,
    ) -> Attempt {
        match self.fault_of_run(invocation) {
            Some(FaultKind::Timeout) => self.timed_out(pool, invocation),
            fault => {
                let is_doomed = fault == Some(FaultKind::Kill);
                let mut attempt = self.run_once(pool, permit, invocation, is_doomed).await;
                // The function has done its work and put its events on the bus. Only its response is lost.
                if fault == Some(FaultKind::DropResponse) && attempt.result.is_ok() {
                    attempt.result = Err(Failure::Lost);
                }
                attempt
            }
        }
    }

    async fn run_once(
        self: &Arc<Self>,
        pool: &Pool,
        permit: &tokio::sync::SemaphorePermit<'_>,
        invocation: &Invocation,
        is_doomed: bool,
    ) -> Attempt {
        let work = Work {
            request: Arc::clone(&invocation.request),
            payload: Arc::clone(&invocation.payload),
            attempt: invocation.attempts,
            hops: invocation.hops,
            is_doomed,
        };
        if let Some(stub) = pool.stub() {
            self.started(invocation, false);
            return self.run_stub(stub, &work);
        }
        let started = |cold| self.started(invocation, cold);
        self.functions.run(pool, permit, work, started).await
    }

    fn started(&self, invocation: &Invocation, cold: bool) {
        self.record(Step::FunctionStart {
            request: Arc::clone(&invocation.request),
            function: Arc::clone(&invocation.function),
            attempt: invocation.attempts.max(1),
            cold,
        });
    }

    /// Makes the attempt of a run that is stopped at its timeout and has done nothing.
    fn timed_out(&self, pool: &Pool, invocation: &Invocation) -> Attempt {
        self.started(invocation, false);
        let seconds = pool.function().timeout.as_secs();
        Attempt {
            result: Err(Failure::Timeout { seconds }),
            duration: Duration::ZERO,
            init: Duration::ZERO,
        }
    }

    /// Chooses and records the fault of an attempt, if it has one.
    fn fault_of_run(&self, invocation: &Invocation) -> Option<FaultKind> {
        let key = (&*invocation.request, invocation.attempts);
        let fault = self.config.faults.one_of(&FAULTS, key)?;
        self.record(Step::Fault {
            fault,
            delivery: None,
            request: Some(Arc::clone(&invocation.request)),
        });
        Some(fault)
    }

    /// Records how an attempt ended.
    pub(crate) fn ended(
        &self,
        invocation: &Invocation,
        attempt: Attempt,
        retry_at: Option<Timestamp>,
    ) -> Result<String, Failure> {
        let request = Arc::clone(&invocation.request);
        let duration_us = micros(attempt.duration);
        match &attempt.result {
            Ok(_) => self.record(Step::FunctionSuccess {
                request,
                duration_us,
                init_us: micros(attempt.init),
            }),
            Err(failure) => self.record(Step::FunctionError {
                request,
                duration_us,
                failure: failure.clone(),
                retry_at,
            }),
        }
        attempt.result
    }

    /// Returns the instant of the next retry, if one is left: after one minute, then after two.
    fn retry_at(&self, pool: &Pool, invocation: &Invocation) -> Option<Timestamp> {
        let may = invocation.attempts <= pool.asynchronous().max_attempts;
        may.then(|| self.after(Duration::from_mins(invocation.attempts.into())))
    }

    /// Plans the next try of a throttled event. The waits double from 1 second to 5 minutes.
    fn wait_for_room(&self, mut invocation: Invocation, end: Timestamp) {
        let [first, longest] = THROTTLE_WAITS;
        let doublings = 2_u32.saturating_pow(invocation.throttled);
        let wait = first.saturating_mul(doublings).min(longest);
        let at = self.after(wait).min(end);
        invocation.throttled += 1;
        self.record(Step::FunctionThrottle {
            request: Arc::clone(&invocation.request),
            retry_at: Some(at),
        });
        self.plan_run_of(at, invocation);
    }

    /// Sends a record of a run to the function's success destination, if it has one.
    fn succeed(&self, invocation: &Invocation, pool: &Pool, response: &str) {
        if let Some(arn) = pool.asynchronous().on_success {
            let mut record = record(invocation, pool.arn(), "Success", self.clock.now());
            record["responsePayload"] =
                serde_json::from_str(response).unwrap_or_else(|_| response.into());
            // Without its queue it is lost, as on AWS, where a metric tells.
            let _ = self.send_message(&arn, Message::text(&record.to_string(), Vec::new()));
        }
        self.run_is_over(&invocation.request);
    }

    /// Gives up an event, and sends a record of it to the function's failure destination, if it has one.
    fn fail(
        &self,
        invocation: &Invocation,
        pool: Option<&Pool>,
        condition: &str,
        failure: Option<&Failure>,
    ) {
        let destination = pool.and_then(|pool| {
            let arn = pool.asynchronous().on_failure?;
            let now = self.clock.now();
            let mut record = record(invocation, pool.arn(), condition, now);
            if let Some(failure) = failure {
                // This is the status of Lambda's own call. A function's error does not change it.
                record["responseContext"]["functionError"] = "Unhandled".into();
                record["responsePayload"] = failure.payload(&invocation.request);
            } else if let Some(members) = record.as_object_mut() {
                members.remove("responseContext");
            }
            let message = Message::text(&record.to_string(), Vec::new());
            self.send_message(&arn, message).ok()?;
            Some(arn)
        });
        self.record(Step::FunctionFailure {
            request: Arc::clone(&invocation.request),
            condition: condition.to_owned(),
            destination,
        });
        self.run_is_over(&invocation.request);
    }

    /// Returns the last lines that a function wrote during a request.
    fn log_tail(&self, request: &str, from: u64) -> String {
        let mut tail = self.journal.last_lines(request, from, LOG_TAIL);
        let cut = tail.len().saturating_sub(LOG_TAIL);
        let cut = (cut..=tail.len()).find(|at| tail.is_char_boundary(*at));
        tail.split_off(cut.unwrap_or_default())
    }
}

const RETRIES_EXHAUSTED: &str = "RetriesExhausted";
const AGE_EXCEEDED: &str = "EventAgeExceeded";

/// Makes the [record](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html) of a request
/// that has ended.
fn record(invocation: &Invocation, arn: &str, condition: &str, now: Timestamp) -> Value {
    let payload: Value = serde_json::from_str(&invocation.payload)
        .unwrap_or_else(|_| Value::from(&*invocation.payload));
    json!({
        "version": "1.0",
        "timestamp": format!("{now:.3}"),
        "requestContext": {
            "requestId": &*invocation.request,
            "functionArn": format!("{arn}:$LATEST"),
            "condition": condition,
            "approximateInvokeCount": invocation.attempts,
        },
        "requestPayload": payload,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST" },
    })
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
