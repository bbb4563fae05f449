//! The language server: messages in and out, in the order in which they come.
//!
//! One thread takes messages and answers requests about the newest text. Another one judges texts, which takes longer: of
//! several changes it sees the last.

mod about;
mod answer;
mod ask;
mod files;
mod inbox;
mod judge;
mod mend;
mod naming;
mod outline;
mod refusal;
mod session;
mod show;
mod uri;

use lsp_server::Connection;

use crate::around::Around;
use session::Session;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As the protocol wants it: `shutdown`, then `exit`.
    Clean,
    /// The client went away without `shutdown`.
    Abrupt,
}

/// Serves one editor until it says `exit` or goes away.
pub fn serve(connection: &Connection, around: Box<dyn Around>) -> End {
    Session::new(connection, around).run()
}

/// Serves the editor that started this process, over standard input and output.
///
/// # Errors
/// A message that is none, or a stream that cannot be read or written.
pub fn serve_stdio(around: Box<dyn Around>) -> std::io::Result<End> {
    let (connection, threads) = Connection::stdio();
    let end = serve(&connection, around);
    drop(connection);
    threads.join()?;
    Ok(end)
}

#[cfg(test)]
mod tests;
