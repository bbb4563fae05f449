//! `codegen man`: manual pages.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, bail};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Args, ManArgs};
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &ManArgs) -> anyhow::Result<Outcome> {
    let command = command();
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        for (name, page) in pages(command)? {
            let path = folder.join(format!("{name}.1"));
            generated_files::replace(&path, &page)?;
        }
        return Ok(Outcome::Fine);
    }
    let wanted = match &args.verb {
        None => "codegen".to_owned(),
        Some(verb) => format!("codegen-{verb}"),
    };
    let mut pages = pages(command)?.into_iter();
    let Some((_, page)) = pages.find(|(name, _)| *name == wanted) else {
        let verb = args.verb.as_deref().unwrap_or_default();
        bail!("there is no verb `{verb}`: `codegen --help` lists them all");
    };
    session.say(String::from_utf8(page)?.trim_end())?;
    Ok(Outcome::Fine)
}

/// The command, with what all verbs share in each of them.
fn command() -> Command {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    command
}

/// The pages of the command and of its verbs, by name.
fn pages(command: Command) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let verbs: Vec<Command> = command.get_subcommands().cloned().collect();
    let mut pages = vec![("codegen".to_owned(), page(command)?)];
    for verb in verbs {
        let name = format!("codegen-{}", verb.get_name());
        pages.push((name, page(verb)?));
    }
    Ok(pages)
}

fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    // Without a date: the same command has the same pages.
    Man::new(command).date("").render(&mut page)?;
    Ok(in_ascii(&String::from_utf8(page)?).into_bytes())
}

/// Writes other characters as groff and mandoc name them: a page does not say which encoding it has.
fn in_ascii(page: &str) -> String {
    let mut ascii = String::new();
    for c in page.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            let _infallible = write!(ascii, "\\[u{:04X}]", u32::from(c));
        }
    }
    ascii
}
