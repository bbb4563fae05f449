//! One run of the command: the arguments that all verbs share, and the two streams.

mod background;

use std::io::{self, Write};
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;

use crate::args::{Args, Color, Format};
use background::{Background, Stream};

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to complain about.
    Fine,
    /// The verb did its work, and found something.
    Findings,
    /// A signal ended it, with the exit status that tells of the signal.
    Stopped(u8),
}

/// One run of the command.
pub(crate) struct Session {
    pub(crate) spec: PathBuf,
    /// The specs of other pipelines, for verbs that take several.
    pub(crate) others: Vec<PathBuf>,
    pub(crate) format: Format,
    /// Whether only findings and results are shown.
    pub(crate) quiet: bool,
    /// The product.
    pub(crate) out: AutoStream<io::Stdout>,
    /// Everything else.
    pub(crate) err: AutoStream<io::Stderr>,
    /// Writes lines in the background, if the verb must not wait for a reader.
    background: Option<Background>,
    choice: ColorChoice,
}

impl Session {
    pub(crate) fn new(args: &Args) -> Self {
        let choice = match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            spec: args.spec.first().cloned().unwrap_or_default(),
            others: args.spec.iter().skip(1).cloned().collect(),
            format: args.format,
            quiet: args.quiet,
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            background: None,
            choice,
        }
    }

    /// Writes lines in the background from now on.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub(crate) fn write_in_background(&mut self) -> anyhow::Result<()> {
        self.background = Some(Background::start(self.choice)?);
        Ok(())
    }

    /// Writes a line of the product.
    pub(crate) fn say(&mut self, line: impl std::fmt::Display) -> anyhow::Result<()> {
        if let Some(background) = &mut self.background {
            let written = background.write(Stream::Out, line.to_string());
            return written.context("writing to standard output");
        }
        writeln!(self.out, "{line}").context("writing to standard output")
    }

    /// Writes a line of everything else.
    pub(crate) fn note(&mut self, line: impl std::fmt::Display) -> anyhow::Result<()> {
        if let Some(background) = &mut self.background {
            let written = background.write(Stream::Err, line.to_string());
            return written.context("writing to standard error");
        }
        writeln!(self.err, "{line}").context("writing to standard error")
    }

    /// Writes a line that is no finding and no result, such as progress: not with `--quiet`.
    pub(crate) fn remark(&mut self, line: impl std::fmt::Display) -> anyhow::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.note(line)
    }

    /// Clears the terminal, if standard error is one.
    pub(crate) fn clear(&mut self, sequence: &str) -> anyhow::Result<()> {
        if self.err.is_terminal() {
            write!(self.err, "{sequence}").context("writing to standard error")?;
        }
        Ok(())
    }

    /// Says why the command could not work. If the stream is closed, nobody can be told.
    pub(crate) fn fail(&mut self, error: &anyhow::Error) {
        let _ = self.note(format_args!("error: {error:#}"));
    }
}

/// Returns whether the reader of our output has closed it, as `head` does. That is not a failure.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
