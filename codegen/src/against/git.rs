//! Files of a git revision.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context, bail};

/// A revision of the repository around a folder.
pub(super) struct Revision<'f> {
    folder: &'f Path,
    /// The commit's id: the name may mean another one a moment later.
    commit: String,
}

/// Runs git in a folder.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    let output = command.stdin(Stdio::null()).output();
    output.context(
        "cannot run git: install it, or name the file of another spec instead of a revision",
    )
}

impl<'f> Revision<'f> {
    /// Finds a revision by the name that a user gives.
    ///
    /// # Errors
    /// No git, no repository, no such revision.
    pub(super) fn find(folder: &'f Path, name: &str) -> anyhow::Result<Self> {
        let around = git(folder, &["rev-parse", "--is-inside-work-tree"])?;
        if !around.status.success() {
            bail!(
                "`{name}` is no file, and there is no git repository around the spec in which it could be a revision"
            );
        }
        let commit = format!("{name}^{{commit}}");
        let found = git(
            folder,
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &commit,
            ],
        )?;
        if !found.status.success() {
            bail!(
                "there is no revision `{name}` in this git repository: fetch it first (a workflow's checkout has only the last commit, unless `fetch-depth: 0` says otherwise)"
            );
        }
        let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        Ok(Self { folder, commit })
    }

    /// Reads a file by its path relative to the folder; nothing if the revision has none.
    ///
    /// # Errors
    /// A git that does not work.
    pub(super) fn read(&self, path: &str) -> anyhow::Result<Option<String>> {
        Ok(self.read_all(&[path.to_owned()])?.pop().flatten())
    }

    /// Lists the files of a folder, by their paths relative to the folder of the spec; none if there is no such folder.
    ///
    /// # Errors
    /// A git that does not work.
    pub(super) fn list(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let inside = format!("./{}/", folder.trim_end_matches('/'));
        let listed = git(
            self.folder,
            &["ls-tree", "-z", "--name-only", &self.commit, "--", &inside],
        )?;
        if !listed.status.success() {
            bail!("cannot list {folder} in git: {}", said(&listed));
        }
        let names = String::from_utf8_lossy(&listed.stdout);
        let names = names.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// Reads files by their paths relative to the folder, with one process for all.
    ///
    /// # Errors
    /// A git that does not work.
    pub(super) fn read_all(&self, paths: &[String]) -> anyhow::Result<Vec<Option<String>>> {
        let cannot = "cannot read files with git";
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context(cannot)?;
        let questions = paths.iter().map(|path| {
            // A line is a question; what cannot be asked is not there.
            let path = if path.contains('\n') { "" } else { path };
            format!("{}:./{path}\n", self.commit)
        });
        let asked: String = questions.collect();
        let input = child.stdin.take();
        // Git answers while it is asked: both streams have to flow.
        let asking = thread::spawn(move || {
            input.map_or(Ok(()), |mut input| input.write_all(asked.as_bytes()))
        });
        let output = child.wait_with_output().context(cannot)?;
        let asked = asking.join().unwrap_or(Ok(()));
        if !output.status.success() {
            bail!("{cannot}: {}", said(&output));
        }
        asked.context(cannot)?;
        Ok(split(&output.stdout, paths.len()))
    }
}

/// Splits the answer of `git cat-file --batch`: a line with id, type and size before each file.
fn split(mut answer: &[u8], count: usize) -> Vec<Option<String>> {
    let mut files = Vec::new();
    while files.len() < count {
        let Some(end) = answer.iter().position(|byte| *byte == b'\n') else {
            break;
        };
        let head = String::from_utf8_lossy(&answer[..end]);
        answer = &answer[end + 1..];
        let mut words = head.rsplit(' ');
        let size = words.next().and_then(|size| size.parse::<usize>().ok());
        let kind = words.next();
        let Some(size) = size.filter(|size| *size <= answer.len()) else {
            files.push(None);
            continue;
        };
        let text = String::from_utf8_lossy(&answer[..size]).into_owned();
        files.push((kind == Some("blob")).then_some(text));
        answer = answer.get(size + 1..).unwrap_or_default();
    }
    files.resize(count, None);
    files
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_answer_has_files_and_gaps() {
        let answer = b"abc blob 4\na\nb\n\nHEAD:./x y missing\nabc tree 1\nt\nabc blob 0\n\n";
        let files = split(answer, 4);
        let texts: Vec<Option<&str>> = files.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("a\nb\n"), None, None, Some("")]);
        assert_eq!(split(b"abc blob 99\nx", 2), [None, None]);
    }
}
