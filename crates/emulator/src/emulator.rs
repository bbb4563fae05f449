//! The running bus, as its owner sees it.

use std::sync::Arc;

use anyhow::Context;
use eventbridge::put_events::{Entry, Rejection};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::agenda::Due;
use crate::clock::Time;
use crate::companion::{Wait, Waited};
use crate::config::{Config, Wiring};
use crate::local_bus::LocalBus;
use crate::page::{Build, Desk, Workbench};
use crate::trace::{Follow, Record, Report};
use crate::{adopt, api, drive, page, wiring};

/// A bus that accepts events until it is dropped or [shut down](Emulator::shutdown).
#[derive(Debug)]
pub struct Emulator {
    bus: Arc<LocalBus>,
    desk: Arc<Desk>,
    tasks: Vec<JoinHandle<()>>,
}

impl Emulator {
    /// Serves the API on a listener, which the caller has bound to loopback.
    ///
    /// # Errors
    /// A listener without an address, or one that is reachable from other machines; a rule that EventBridge would
    /// refuse; a trace file that cannot be made; a folder of the state that cannot be used, or that another bus has.
    pub fn start(config: Config, listener: TcpListener) -> anyhow::Result<Self> {
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        anyhow::ensure!(
            address.ip().is_loopback(),
            "{address} is not a loopback address"
        );
        let (time, wiring) = (config.time, config.wiring.clone());
        let bus = Arc::new(LocalBus::new(config, format!("http://{address}"))?);
        if *bus.ready.borrow() {
            adopt::install(&bus, &wiring)?;
        } else {
            // What was kept waits for the rules and functions that it needs.
            wiring::install(&bus, &wiring)?;
        }
        let desk = Arc::new(Desk::default());
        let page = page::router(Arc::clone(&bus), Arc::clone(&desk));
        let router = api::router(&bus, page);
        let mut tasks = vec![tokio::spawn(api::serve(listener, router))];
        // In virtual time the owner lets time pass, with `settle` and `run_until`.
        if time == Time::Real {
            bus.plan_schedules();
            tasks.push(tokio::spawn(drive::drive(Arc::clone(&bus))));
        }
        Ok(Self { bus, desk, tasks })
    }

    /// Returns the bus's address for AWS's SDKs: the value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.bus.endpoint
    }

    /// Whether requests are answered. If not, they wait.
    pub fn is_ready(&self) -> bool {
        *self.bus.ready.borrow()
    }

    /// Returns the bus's time, which may be virtual.
    pub fn now(&self) -> Timestamp {
        self.bus.clock.now()
    }

    /// Puts an event on a bus, and returns its id. An event of AWS's own services is taken too: nobody else sends it here.
    ///
    /// # Errors
    /// Another entry that PutEvents would refuse, with AWS's code and message.
    pub fn publish(&self, entry: Entry) -> Result<String, Rejection> {
        let id = self.bus.publish_by_hand(entry)?;
        Ok(id.to_string())
    }

    /// Exchanges the rules, functions and queues. Requests that waited for them are answered now. Deliveries and runs on their way end with the old ones.
    ///
    /// # Errors
    /// A rule that EventBridge would refuse.
    pub fn rewire(&self, wiring: &Wiring) -> anyhow::Result<()> {
        adopt::install(&self.bus, wiring)?;
        if self.bus.config.time == Time::Real {
            self.bus.plan_schedules();
        }
        self.bus.ready.send_replace(true);
        Ok(())
    }

    /// Takes what has happened since the last call that the owner should know: of a state what could not be read or does
    /// not fit, and what was given up because the spec says another thing.
    pub fn take_notes(&self) -> Vec<String> {
        self.bus.take_notes()
    }

    /// Waits until everything that was accepted so far is in the folder of the state, if there is one.
    ///
    /// # Errors
    /// A disk that does not take it.
    pub async fn saved(&self) -> anyhow::Result<()> {
        self.bus.store.saved().await.map_err(anyhow::Error::msg)
    }

    /// Tells the bus's page about the pipeline.
    pub fn set_workbench(&self, workbench: Workbench) {
        self.desk.set_workbench(workbench);
    }

    /// Tells the bus's page how the build of the functions goes.
    pub fn set_build(&self, build: Build) {
        self.desk.set_build(build);
    }

    /// Waits until nothing is on its way, and lets virtual time jump over the waits between retries.
    pub async fn settle(&self) {
        self.bus.run_agenda(Timestamp::MAX).await;
    }

    /// Lets time pass until an instant. Every schedule that is due fires, in order. The next one fires only after
    /// everything that this one started has come to rest.
    pub async fn run_until(&self, until: Timestamp) {
        if self.bus.is_virtual() {
            self.bus.plan_schedules();
        }
        self.bus.run_agenda(until).await;
        self.bus.clock.move_to(until);
    }

    /// Lets virtual time pass until an instant, without any schedule that is not planned already.
    pub async fn wait_until(&self, until: Timestamp) {
        self.bus.run_agenda(until).await;
        self.bus.clock.move_to(until);
    }

    /// Takes the next runs of schedules off the agenda, so that [`settle`](Self::settle) ends in virtual time.
    pub fn forget_schedules(&self) {
        self.bus
            .clock
            .retain(|due| !matches!(due, Due::Schedule { .. }));
    }

    /// Returns the records so far that are kept.
    pub fn trace(&self) -> Vec<Record> {
        self.bus.journal.since(0)
    }

    /// Returns the report over every record so far, if [`TraceKeeping`](crate::TraceKeeping) asks for one.
    pub fn report(&self) -> Option<Report> {
        self.bus.journal.report()
    }

    /// Returns how many steps are no longer kept, and how many lines of functions.
    pub fn dropped(&self) -> (u64, u64) {
        self.bus.journal.dropped()
    }

    /// Returns the records from a sequence number on that are kept.
    pub fn trace_since(&self, sequence: u64) -> Vec<Record> {
        self.bus.journal.since(sequence)
    }

    /// Returns the records that are kept from a sequence number on: at most `most`, and about as many as `bytes` holds. The
    /// first comes whatever its length.
    pub fn trace_page(&self, sequence: u64, most: usize, bytes: usize) -> Vec<Record> {
        self.bus.journal.page(sequence, most, bytes)
    }

    /// Follows the records from a sequence number on.
    pub fn follow(&self, from: u64) -> Follow {
        self.bus.journal.follow(from)
    }

    /// Waits for a step that a pattern matches. Beside what the trace has, a step has what earlier ones know of it:
    /// `began_with`, the ids of the events that everything began with; of an event its `source`, `detail_type`,
    /// `event_type` and `subject`; of a delivery its `event`, `rule`, `target` and `arn`; of a request its `function`;
    /// and the `job`.
    ///
    /// # Errors
    /// A pattern that EventBridge would refuse.
    pub async fn wait(&self, wait: &Wait) -> anyhow::Result<Waited> {
        let workbench = self.desk.workbench();
        let waited = self.bus.wait_for(wait, &workbench.jobs).await;
        waited.map_err(anyhow::Error::msg)
    }

    /// Goes back to the state right after the bus was ready: what is on its way is ended and dropped, and queues, archives,
    /// the trace and what was changed over the API are gone. Processes of functions that wait for work are kept.
    ///
    /// # Errors
    /// A bus that is not ready.
    pub async fn reset(&self) -> anyhow::Result<()> {
        Ok(self.bus.reset().await?)
    }

    /// Ends the processes that wait for work. Those with an extension are asked to end, and have half a second.
    pub async fn end_functions(&self) {
        self.bus.functions.end_idle().await;
    }

    /// Stops serving, and waits for the runs that have begun. Then the functions' processes are stopped.
    pub async fn shutdown(self) {
        // The server stops first: with new work coming in, the wait below might never end.
        for task in &self.tasks {
            task.abort();
        }
        self.bus.flights.landed().await;
        self.end_functions().await;
        self.bus.store.close();
        self.bus.journal.flush();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.bus.store.close();
        self.bus.journal.flush();
    }
}
