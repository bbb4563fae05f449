//! Starts, runs and stops one process of a function.

use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::group::Group;
use super::runtime_api::{Handover, INIT_TIMEOUT, RuntimeApi};
use super::settings::Settings;
use super::stream::Stream;
use super::work::Work;
use crate::trace::Failure;

/// A running process, stopped when dropped.
#[derive(Debug)]
pub(super) struct Process {
    access_key: String,
    child: Child,
    group: Group,
    work: mpsc::Sender<Handover>,
    api: Arc<RuntimeApi>,
    timeout: Duration,
    current: Arc<Mutex<Option<Arc<str>>>>,
    server: JoinHandle<()>,
    streams: Vec<Stream>,
    is_alive: bool,
}

/// Why a process is not there.
enum Late {
    Failed(Failure),
    /// It did not ask for work in time.
    NotReady,
}

/// What became of work that was handed to a process.
pub(super) enum Handed {
    /// The function has run.
    Ran(Result<String, Failure>),
    /// The process ended before it took the work, so that another one can take it.
    NotTaken,
}

/// The variables of our own environment that a process may see.
const PASSED_ON: [&str; 5] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "RUST_BACKTRACE",
];

/// The longest wait for the last lines of a process that has ended.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The time that a process with an extension has for its last work.
const LAST_WORK: Duration = Duration::from_millis(500);

impl Process {
    /// Starts a process and waits until it asks for work.
    ///
    /// # Errors
    /// A program that cannot be started, that fails, or that does not ask within 10 s. Then it has another chance, under
    /// the timeout of the function: [init errors](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
    pub(super) async fn start(
        settings: &Arc<Settings>,
        access_key: impl Fn() -> String,
    ) -> Result<Self, Failure> {
        match Self::start_within(settings, access_key(), INIT_TIMEOUT).await {
            Ok(process) => Ok(process),
            Err(Late::Failed(failure)) => Err(failure),
            Err(Late::NotReady) => {
                let timeout = settings.function.timeout;
                let again = Self::start_within(settings, access_key(), timeout).await;
                again.map_err(|late| match late {
                    Late::Failed(failure) => failure,
                    Late::NotReady => Failure::Timeout {
                        seconds: timeout.as_secs(),
                    },
                })
            }
        }
    }

    async fn start_within(
        settings: &Arc<Settings>,
        access_key: String,
        most: Duration,
    ) -> Result<Self, Late> {
        let failed = |what: &str, error: std::io::Error| {
            Late::Failed(Failure::Start {
                message: format!("{what}: {error}"),
            })
        };
        // Each process has its own port, because a request for work does not say which process asks.
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|e| failed("no port for the Runtime API", e))?;
        let address = listener
            .local_addr()
            .map_err(|e| failed("no port for the Runtime API", e))?;
        let (work, queue) = mpsc::channel(1);
        let (ready, is_ready) = oneshot::channel();
        let api = RuntimeApi::new(queue, ready, Arc::clone(settings));
        let router = api.router();
        // Somebody waits for each response: TCP must not hold it back to fill a packet.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move {
            // It serves until dropping the process aborts it.
            let _ = axum::serve(listener, router).await;
        });
        let command = &settings.function.command;
        let mut child = command_for(settings, &access_key, &address.to_string())
            .spawn()
            .map_err(|error| failed(&command.display().to_string(), error))?;
        let current = Arc::new(Mutex::new(None));
        let group = Group::led_by(&child);
        let stdout = child
            .stdout
            .take()
            .map(|stream| Stream::forward(stream, settings, &current));
        let stderr = child
            .stderr
            .take()
            .map(|stream| Stream::forward(stream, settings, &current));
        let mut process = Self {
            access_key,
            child,
            group,
            work,
            api,
            timeout: settings.function.timeout,
            current,
            server,
            streams: stdout.into_iter().chain(stderr).collect(),
            is_alive: true,
        };
        process.wait_until_ready(is_ready, most).await?;
        Ok(process)
    }

    pub(super) fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Returns whether the process can take more work.
    pub(super) fn is_alive(&self) -> bool {
        self.is_alive
    }

    /// Whether the process has ended by itself while it had nothing to do.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands over one run, and waits for its end, the end of the process or the timeout. A process with a doomed run is
    /// killed when it first speaks.
    pub(super) async fn run(&mut self, work: Work, doom: Option<Arc<Notify>>) -> Handed {
        let (done, answer) = oneshot::channel();
        let is_taken = Arc::new(AtomicBool::new(false));
        self.set_current(Some(Arc::clone(&work.request)));
        // Deadline and timeout are real time, even if the bus's time is virtual: a process knows no other.
        let deadline = SystemTime::now() + self.timeout;
        let deadline_ms = deadline
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        let handover = Handover {
            work,
            deadline_ms,
            done,
            doom: doom.clone(),
            is_taken: Arc::clone(&is_taken),
        };
        // This fails only if the process has ended, and the wait below finds that out.
        let _ = self.work.send(handover).await;
        let outcome = tokio::select! {
            biased;
            // First: a process that responds and then ends has succeeded.
            Ok(outcome) = answer => outcome,
            () = met(doom) => {
                let status = self.stop().await;
                Err(Failure::Crash { status: describe(status) })
            }
            status = self.child.wait() => {
                self.is_alive = false;
                // What it has started ends with it, as Lambda ends the whole environment.
                self.group.end();
                Err(Failure::Crash { status: describe(status) })
            }
            () = tokio::time::sleep(self.timeout) => {
                // It may have ended by itself.
                let _ = self.stop().await;
                Err(Failure::Timeout { seconds: self.timeout.as_secs() })
            }
        };
        if self.is_alive && self.has_extensions() {
            let rest = tokio::time::timeout(self.timeout, self.api.extensions.rest()).await;
            if rest.is_err() {
                // The run has ended, but nothing else can begin in this process.
                let _ = self.stop().await;
            }
        }
        // The run's lines get its id and come before its end in the trace, so this waits for them.
        if self.is_alive {
            for stream in &self.streams {
                stream.catch_up().await;
            }
        } else {
            self.drain().await;
        }
        self.set_current(None);
        if !self.is_alive && !is_taken.load(Ordering::Relaxed) {
            return Handed::NotTaken;
        }
        Handed::Ran(outcome)
    }

    async fn wait_until_ready(
        &mut self,
        is_ready: oneshot::Receiver<Result<(), Failure>>,
        most: Duration,
    ) -> Result<(), Late> {
        let outcome = tokio::select! {
            biased;
            Ok(outcome) = is_ready => outcome,
            status = self.child.wait() => Err(Failure::Init { status: describe(status) }),
            () = tokio::time::sleep(most) => {
                // It may have ended by itself.
                let _ = self.stop().await;
                self.drain().await;
                return Err(Late::NotReady);
            }
        };
        let Err(failure) = outcome else {
            return Ok(());
        };
        // It may have ended by itself.
        let _ = self.stop().await;
        let said = self.streams.last().map(Stream::last);
        self.drain().await;
        // What a program wrote last says more than its exit status: `No module named mail`.
        let said = said.and_then(|said| said.lock().unwrap_or_else(PoisonError::into_inner).take());
        Err(Late::Failed(match (failure, said) {
            (Failure::Init { status }, Some(said)) => Failure::Init {
                status: format!("{status}: {said}"),
            },
            (failure, _) => failure,
        }))
    }

    async fn stop(&mut self) -> std::io::Result<ExitStatus> {
        self.is_alive = false;
        self.group.end();
        self.child.kill().await?;
        self.child.wait().await
    }

    /// Whether something in the process wants to be told before it is ended.
    pub(super) fn has_extensions(&self) -> bool {
        !self.api.extensions.is_empty()
    }

    /// Ends a process that has nothing to do. One with an extension is asked first, and has 500 ms, as on Lambda:
    /// [shutdown](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
    pub(super) async fn retire(mut self) {
        if !self.has_extensions() {
            return;
        }
        self.group.ask_leader();
        let _ = tokio::time::timeout(LAST_WORK, self.child.wait()).await;
        // What it has left behind may hold its streams open.
        self.group.end();
        self.drain().await;
    }

    /// Waits until every line of an ended process has been passed on, but not for ever: a child of that process may
    /// hold the stream open.
    async fn drain(&mut self) {
        for stream in self.streams.drain(..) {
            let _ = tokio::time::timeout(LAST_LINES, stream.ended()).await;
        }
    }

    fn set_current(&self, request: Option<Arc<str>>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = request;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process itself is killed by `kill_on_drop`, too, which waits for its end.
        self.group.end();
        self.server.abort();
        for stream in &self.streams {
            stream.abort();
        }
    }
}

/// Makes the command, with the [environment](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)
/// that Lambda gives, an endpoint instead of AWS, and no way to the metadata service.
fn command_for(settings: &Settings, access_key: &str, runtime_api: &str) -> Command {
    let function = &settings.function;
    let memory = function.memory_mb.to_string();
    let given = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", &settings.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &function.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", access_key),
        ("_HANDLER", &function.handler),
        ("AWS_REGION", &settings.region),
        ("AWS_DEFAULT_REGION", &settings.region),
        ("AWS_ACCESS_KEY_ID", access_key),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", &settings.endpoint),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("EVENT_BUS_NAME", &settings.bus),
        ("PIPELINE_ENVIRONMENT", "local"),
        ("TZ", ":UTC"),
    ];
    let mut command = Command::new(&function.command);
    command
        .args(&function.arguments)
        // A developer's `AWS_PROFILE` must not reach a function.
        .env_clear()
        .envs(
            PASSED_ON
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .envs(
            function
                .environment
                .iter()
                .filter(|(name, _)| !chooses_endpoint(name)),
        )
        // Last, so that these win: a function must not find its way to the real AWS.
        .envs(given)
        .envs(
            settings
                .failure_queue
                .iter()
                .map(|url| ("FAILURE_QUEUE_URL", url)),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, with which all that it starts is stopped. Ctrl-C in a terminal does not reach it.
        .process_group(0)
        .kill_on_drop(true);
    if let Some(folder) = &function.folder {
        // Lambda starts a function in the folder of its code.
        command.current_dir(folder).env("LAMBDA_TASK_ROOT", folder);
    }
    command
}

/// Whether a variable tells AWS's SDKs to leave `AWS_ENDPOINT_URL` aside, for one service or for all:
/// [service-specific endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
fn chooses_endpoint(variable: &str) -> bool {
    variable.starts_with("AWS_ENDPOINT_URL_") || variable == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
}

/// Waits until a doomed run has to end. Waits for ever if the run is not doomed.
async fn met(doom: Option<Arc<Notify>>) {
    match doom {
        Some(doom) => doom.notified().await,
        None => std::future::pending().await,
    }
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::chooses_endpoint;

    #[test]
    fn no_variable_of_a_function_leads_past_the_local_bus() {
        assert!(chooses_endpoint("AWS_ENDPOINT_URL_SQS"));
        assert!(chooses_endpoint("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
        assert!(!chooses_endpoint("AWS_RETRY_MODE"));
    }
}
