//! Tests of Ctrl-C and SIGTERM: functions end with all that they have started.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{codegen, stderr};

const SPEC: &str = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { existing: j, local: { command: [bash, ./hang.sh] } }
    triggers: [{ event: e }]
";

/// Asks for work over Lambda's Runtime API, starts a child, says who both are, and hangs.
const HANG: &str = r#"
exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: localhost\r\n\r\n' >&3
read -r _ <&3
for ((line = 0; line < 3000; line++)); do echo "a line of a log, to fill the pipe to a reader that does not read"; done
sleep 600 &
echo "$$ $!" > processes.tmp
mv processes.tmp processes
wait
"#;

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), SPEC).unwrap();
    fs::write(folder.path().join("hang.sh"), HANG).unwrap();
    folder
}

/// A running command, killed with the test.
struct Running(Child);

impl Running {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Self(process.unwrap())
    }

    fn out(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.0.stdout.take().unwrap())
    }

    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, and returns the exit status.
    fn status(&mut self) -> Option<i32> {
        let mut status = None;
        until("the command ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
    }
}

#[track_caller]
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !is() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// Waits until the function hangs, and returns the ids of its process and of its child.
fn hanging(folder: &Path) -> Vec<String> {
    let path = folder.join("processes");
    until("the function runs", || path.exists());
    let ids = fs::read_to_string(path).unwrap();
    let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
    assert!(
        ids.iter().all(|id| is_alive(id)) && ids.len() == 2,
        "{ids:?}"
    );
    ids
}

/// Whether a process runs. One that has ended, and that nobody has waited for, does not.
fn is_alive(id: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", id]).output();
    let state = String::from_utf8(state.unwrap().stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[test]
fn a_run_that_is_stopped_ends_its_functions_and_shows_the_tree_so_far() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let folder = project();
        let mut run = Running::start(folder.path(), &["run", "--event", "e"]);
        let ids = hanging(folder.path());
        run.signal(signal);
        let mut tree = String::new();
        run.out().read_to_string(&mut tree).unwrap();
        assert_eq!(run.status(), Some(status), "{tree}");
        assert!(
            tree.contains("p-j-event-local") && tree.contains('e'),
            "{tree}"
        );
        until("its processes end", || !ids.iter().any(|id| is_alive(id)));
    }
}

#[test]
fn cases_that_are_stopped_end_their_functions() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let folder = project();
        fs::create_dir(folder.path().join("tests")).unwrap();
        let cases = "cases: { one: { event: e, expect: { runs: [j] } }, two: { event: e, expect: { runs: [j] } } }\n";
        fs::write(folder.path().join("tests/c.yaml"), cases).unwrap();
        let mut test = Running::start(folder.path(), &["test", "--jobs", "1"]);
        let ids = hanging(folder.path());
        test.signal(signal);
        let mut lines = String::new();
        test.out().read_to_string(&mut lines).unwrap();
        assert_eq!(test.status(), Some(status), "{lines}");
        assert!(lines.contains("0 passed; 0 failed"), "{lines}");
        until("its processes end", || !ids.iter().any(|id| is_alive(id)));
    }
}

/// The log is more than a pipe holds, and nobody reads it.
#[test]
fn a_second_signal_ends_a_run_that_hangs_in_its_output() {
    let folder = project();
    let mut run = Running::start(folder.path(), &["run", "--event", "e", "--verbose"]);
    let ids = hanging(folder.path());
    run.signal("-INT");
    until("its processes end", || !ids.iter().any(|id| is_alive(id)));
    run.signal("-INT");
    assert_eq!(run.status(), Some(130));
}

#[test]
fn a_local_bus_that_is_stopped_ends_its_functions() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let folder = project();
        let mut dev = Running::start(folder.path(), &["dev", "--port", "0", "--format", "json"]);
        let mut out = dev.out();
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let endpoint: serde_json::Value = serde_json::from_str(&line).unwrap();
        let endpoint = endpoint["endpoint"].as_str().unwrap();
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let send = || {
            let sent = Command::new(env!("CARGO_BIN_EXE_codegen"))
                .args(["send", "--event", "e", "--region", "eu-central-1"])
                .args(["--endpoint-url", endpoint])
                .current_dir(folder.path())
                .env("AWS_ACCESS_KEY_ID", "test")
                .env("AWS_SECRET_ACCESS_KEY", "test")
                .output();
            let sent = sent.unwrap();
            assert!(sent.status.success(), "{}", stderr(&sent));
        };
        // An event that comes before the rules are there starts nothing.
        until("the function runs", || {
            send();
            folder.path().join("processes").exists()
        });
        let ids = hanging(folder.path());
        dev.signal(signal);
        assert_eq!(dev.status(), Some(status));
        until("its processes end", || !ids.iter().any(|id| is_alive(id)));
    }
}

/// A function that ends by itself leaves nobody behind, as Lambda's environment ends with it.
#[test]
fn what_a_function_has_started_ends_with_it() {
    let folder = project();
    let ends = HANG.replace("wait\n", "exit 3\n");
    fs::write(folder.path().join("hang.sh"), ends).unwrap();
    let run = codegen(folder.path(), &["run", "--event", "e"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let ids = fs::read_to_string(folder.path().join("processes")).unwrap();
    until("its processes end", || {
        !ids.split_whitespace().any(is_alive)
    });
}
