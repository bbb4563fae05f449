//! A PgBouncer in transaction mode before a server of a test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::postgres::{PASSWORD, Server, USER, as_account, url_at};

/// Where Debian has the program.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// Attempts to find a port that no other program takes in the meantime.
const TRIES: usize = 5;

/// A running PgBouncer.
pub(crate) struct PgBouncer {
    process: Child,
    port: u16,
}

impl PgBouncer {
    /// Starts it with a few connections to the server; nothing if it is not installed, which CI does not allow.
    pub(crate) fn start(server: &Server) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            assert!(std::env::var_os("CI").is_none(), "CI has no PgBouncer");
            eprintln!("SKIPPED: PgBouncer is not installed, so nothing is tested through it");
            return None;
        }
        let started = (0..TRIES).find_map(|_| Self::listen(server));
        Some(started.expect("PgBouncer does not start"))
    }

    fn listen(server: &Server) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let (users, settings) = (server.path("users.txt"), server.path("pgbouncer.ini"));
        std::fs::write(&users, format!("\"{USER}\" \"{PASSWORD}\"\n")).unwrap();
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = 4\nmax_client_conn = 100\nserver_login_retry = 0\n",
            server.port(),
            users.display()
        );
        std::fs::write(&settings, text).unwrap();
        let mut command = as_account(PROGRAM.as_ref());
        command.arg(&settings).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let is_up = lines
            .by_ref()
            .any(|line| line.unwrap().contains("process up"));
        // Its log has to be read on, or it would stop when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let started = Self { process, port };
        is_up.then_some(started)
    }

    /// Returns the URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        url_at(self.port, database)
    }

    /// Stops it as a network does that freezes: connections stay, and nobody answers.
    pub(crate) fn freeze(&self) {
        let id = self.process.id().to_string();
        let frozen = Command::new("kill").args(["-STOP", &id]).status();
        assert!(frozen.unwrap().success());
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
