//! A PostgreSQL server for one test: on loopback, in a temporary folder, removed with the test.
#![allow(dead_code, reason = "two packages use it, each a part")]

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The name of the server's only role.
pub(crate) const USER: &str = "spendsense";
/// The first password of that role.
pub(crate) const PASSWORD: &str = "p@ss:w/rd%";

/// Attempts to find a port that no other program takes in the meantime.
const TRIES: usize = 5;

/// The account that the server runs as if tests run as root, which the server refuses.
const ACCOUNT: &str = "postgres";

/// A running server.
pub(crate) struct Server {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server; nothing if PostgreSQL is not installed, which CI does not allow.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "CI has no PostgreSQL");
            eprintln!("SKIPPED: PostgreSQL is not installed, so nothing is tested on it");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            run(Command::new("chown").arg(ACCOUNT).arg(folder.path()));
        }
        let mut server = Self {
            folder,
            programs,
            port: 0,
        };
        std::fs::write(server.path("password"), PASSWORD).unwrap();
        let password = server.path("password");
        let data = server.path("data");
        run(server
            .program("initdb")
            .args(["--no-sync", "--auth=scram-sha-256", "--username", USER])
            .arg("--pgdata")
            .arg(&data)
            .arg("--pwfile")
            .arg(&password));
        for _ in 0..TRIES {
            if server.listen() {
                return Some(server);
            }
        }
        panic!("{}", server.log());
    }

    /// Starts the server on a port that was free a moment ago.
    fn listen(&mut self) -> bool {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        self.port = free.local_addr().unwrap().port();
        drop(free);
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} -c fsync=off",
            self.port,
            self.folder.path().display()
        );
        let (data, log) = (self.path("data"), self.path("log"));
        let mut start = self.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &settings]);
        start.arg("--pgdata").arg(data).arg("--log").arg(log);
        start.status().unwrap().success()
    }

    /// Restarts the server with further settings, a line each.
    pub(crate) fn configure(&mut self, settings: &str, access: &str) {
        let configuration = self.path("data/postgresql.auto.conf");
        std::fs::write(&configuration, settings).unwrap();
        std::fs::write(self.path("data/pg_hba.conf"), access).unwrap();
        self.stop();
        assert!((0..TRIES).any(|_| self.listen()), "{}", self.log());
    }

    /// Returns the URL of the database.
    pub(crate) fn url(&self) -> String {
        url_at(self.port, "postgres")
    }

    /// Returns the port on loopback.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the path of a file in the server's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs SQL over the server's socket, and returns what it prints.
    pub(crate) fn sql(&self, password: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--dbname", "postgres"])
            .args(["--username", USER, "--command", statement])
            .arg("--host")
            .arg(self.folder.path())
            .env("PGPORT", self.port.to_string())
            .env("PGPASSWORD", password);
        String::from_utf8(run(&mut psql).stdout).unwrap()
    }

    fn stop(&self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--silent", "--mode", "immediate"]);
        stop.arg("--pgdata").arg(self.path("data"));
        stop.status().unwrap();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Makes a command for one of PostgreSQL's programs, as an account that may run the server.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = as_account(program.as_os_str());
        command.current_dir(self.folder.path());
        command
    }
}

/// Returns the URL of a database of that role.
pub(crate) fn url_at(port: u16, database: &str) -> String {
    format!("postgres://{USER}:p%40ss%3Aw%2Frd%25@127.0.0.1:{port}/{database}")
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes a command for the account that may run the server: another one only for root.
pub(crate) fn as_account(program: &OsStr) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"])
        .arg(program);
    command
}

fn is_root() -> bool {
    let output = run(Command::new("id").arg("-u"));
    output.stdout == b"0\n"
}

/// Finds the newest PostgreSQL of Debian's packages, or the one on the path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter();
    let mut packaged: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    packaged.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path);
    let mut all = packaged.into_iter().rev().chain(others);
    all.find(|folder| has_server(folder))
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{error}");
    output
}
