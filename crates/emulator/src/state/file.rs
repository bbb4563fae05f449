//! The file of a bus's state: a journal of what was put and removed, of which the last word on each key counts.
//!
//! A line is a checksum, a key and a value: `8d2c1f07 ["message","orders","5e…"]⇥{"body":…}`. A key is a JSON array of texts,
//! a value is JSON without line breaks, `-` for a key that is gone, or `*` if every key is gone that begins so. The
//! checksum tells a whole line from one that was cut in the middle of a write.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::key::Key;

/// The name of the file in its folder.
const NAME: &str = "journal";
/// The file that says which bus has the folder, by its lock.
const LOCK: &str = "lock";
/// The key of the line that says what the file is.
const HEAD: &str = "codegen-state";
/// The most bytes of that line.
const HEAD_MAX: u64 = 200;
/// The version of the format.
const VERSION: &str = "1";
/// A file is written anew once it has this much more than twice what counts.
const SLACK: u64 = 16 << 20;

/// The open file.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    file: File,
    /// The length up to which every line is whole.
    end: u64,
    /// The bytes of the lines that count.
    live: u64,
    /// The place of the line that counts, by key.
    places: BTreeMap<String, Place>,
    /// The place and account of the bus.
    owner: String,
    /// Locked for as long as the file is open.
    _lock: File,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where the line begins.
    at: u64,
    /// The bytes of the line, its end included.
    length: u32,
    /// The bytes before the value.
    before: u32,
}

/// A change of one key, or of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Put(Key, String),
    Remove(Key),
    /// Removes every key that begins with the parts of this one, and has more.
    RemoveBelow(Key),
}

impl Change {
    /// Returns about how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Put(_, value) => value.len() + 100,
            Self::Remove(_) | Self::RemoveBelow(_) => 100,
        }
    }

    fn line(&self) -> String {
        let rest = match self {
            Self::Put(key, value) => format!("{key}\t{value}"),
            Self::Remove(key) => format!("{key}\t-"),
            Self::RemoveBelow(key) => format!("{}\t*", key.prefix()),
        };
        with_checksum(&rest)
    }
}

fn with_checksum(rest: &str) -> String {
    format!("{:08x} {rest}\n", crc32fast::hash(rest.as_bytes()))
}

/// Returns the key and the value of a line, with its end. Nothing if the line is not as it was written.
fn parse(line: &[u8]) -> Option<(&str, &str)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (sum, rest) = line.split_once(' ')?;
    let is_whole = u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(rest.as_bytes());
    is_whole.then_some(rest)?.split_once('\t')
}

impl StateFile {
    /// Opens the state in a folder, or begins one. `owner` is what the bus is, and `notes` gets what could not be read.
    ///
    /// # Errors
    /// A folder that another bus has, or that has the state of another one; a folder that cannot be used.
    pub(super) fn open(
        folder: &Path,
        owner: &str,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let lock = lock(folder)?;
        let path = folder.join(NAME);
        // What a bus that was killed in the middle has not finished.
        let _ = std::fs::remove_file(unfinished(&path));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut state = Self {
            path,
            file,
            end: 0,
            live: 0,
            places: BTreeMap::new(),
            owner: owner.to_owned(),
            _lock: lock,
        };
        state.load(notes)?;
        if state.end == 0 {
            let head = state.head();
            state.append_lines(head.as_bytes())?;
            sync_folder(folder)?;
        }
        Ok(state)
    }

    fn head(&self) -> String {
        with_checksum(&format!("{HEAD}\t{VERSION} {}", self.owner))
    }

    /// Reads every line. One that is not whole is left out: at the end it was being written when the bus was killed.
    fn load(&mut self, notes: &mut Vec<String>) -> anyhow::Result<()> {
        let shown = self.path.display().to_string();
        let mut reader = BufReader::with_capacity(1 << 18, self.file.try_clone()?);
        let (mut line, mut at) = (Vec::new(), 0);
        // Lines since the last whole one that are not whole, and those before it.
        let (mut cut, mut damaged) = (0_usize, 0_usize);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            let read = read.with_context(|| format!("cannot read {shown}"))? as u64;
            if read == 0 {
                break;
            }
            match parse(&line) {
                Some((HEAD, head)) if at == 0 => self.check_head(head)?,
                Some((key, value)) if at > 0 => self.apply(key, value, at, &line),
                // A bus that was killed while it wrote the first line has left a part of it.
                None if at > 0 || !line.ends_with(b"\n") && read < HEAD_MAX => {
                    cut += 1;
                    at += read;
                    continue;
                }
                _ => bail!(self.foreign()),
            }
            at += read;
            self.end = at;
            damaged += std::mem::take(&mut cut);
        }
        self.tell_damage(at, damaged, notes)
    }

    fn foreign(&self) -> String {
        format!(
            "{} is not the state of a local bus: choose another folder",
            self.path.display()
        )
    }

    fn check_head(&self, head: &str) -> anyhow::Result<()> {
        let folder = self.path.parent().unwrap_or(&self.path).display();
        let (version, owner) = head.split_once(' ').unwrap_or_default();
        if version != VERSION {
            bail!(
                "{folder} has the state of another version of `codegen` (format {version}, and this one reads {VERSION}): \
                 use that version, or choose another folder"
            );
        }
        if owner != self.owner {
            bail!(
                "{folder} has the state of a bus in {owner}, and this one is in {}: start it there with `--region` and \
                 `--account`, or choose another folder",
                self.owner
            );
        }
        Ok(())
    }

    fn tell_damage(
        &mut self,
        length: u64,
        damaged: usize,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let shown = self.path.display().to_string();
        let cut = length - self.end;
        if cut > 0 {
            notes.push(format!(
                "{shown} ends in the middle of a record, as after a crash: what is before it counts, and {cut} bytes \
                 are left out"
            ));
        }
        if damaged > 0 {
            let kept = self.path.with_extension("damaged");
            std::fs::copy(&self.path, &kept)
                .with_context(|| format!("cannot write {}", kept.display()))?;
            notes.push(format!(
                "{damaged} record{} of {shown} cannot be read and {} left out; {} is the file as it was",
                if damaged == 1 { "" } else { "s" },
                if damaged == 1 { "is" } else { "are" },
                kept.display()
            ));
        }
        if cut > 0 {
            self.file
                .set_len(self.end)
                .with_context(|| format!("cannot write {shown}"))?;
        }
        Ok(())
    }

    /// Notes what a line at a place says.
    fn apply(&mut self, key: &str, value: &str, at: u64, line: &[u8]) {
        match value {
            "-" => self.forget(key),
            "*" => {
                let below = self.places.range(key.to_owned()..);
                let below = below.take_while(|(other, _)| other.starts_with(key));
                let below: Vec<String> = below.map(|(other, _)| other.clone()).collect();
                for key in below {
                    self.forget(&key);
                }
            }
            _ => {
                let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
                let value = u32::try_from(value.len() + 1).unwrap_or(u32::MAX);
                let place = Place {
                    at,
                    length,
                    before: length - value,
                };
                self.live += u64::from(length);
                if let Some(old) = self.places.insert(key.to_owned(), place) {
                    self.live -= u64::from(old.length);
                }
            }
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(place) = self.places.remove(key) {
            self.live -= u64::from(place.length);
        }
    }

    /// Writes changes to the disk. They count once this has returned.
    ///
    /// # Errors
    /// A disk that does not take them. Then none of them counts.
    pub(super) fn append(&mut self, changes: &[Change]) -> anyhow::Result<()> {
        let lines: Vec<String> = changes.iter().map(Change::line).collect();
        let mut at = self.end;
        self.append_lines(lines.concat().as_bytes())?;
        for line in &lines {
            if let Some((key, value)) = line.get(9..).and_then(|rest| rest.split_once('\t')) {
                let value = value.strip_suffix('\n').unwrap_or(value);
                self.apply(key, value, at, line.as_bytes());
            }
            at += line.len() as u64;
        }
        if self.end > 2 * self.live + SLACK {
            self.compact()?;
        }
        Ok(())
    }

    fn append_lines(&mut self, lines: &[u8]) -> anyhow::Result<()> {
        let written = self
            .file
            .write_all_at(lines, self.end)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a line must not stand before the next one.
            let _ = self.file.set_len(self.end);
            return Err(error).with_context(|| format!("cannot write {}", self.path.display()));
        }
        self.end += lines.len() as u64;
        Ok(())
    }

    /// Writes only what counts into a new file, which then takes the place of the old one.
    pub(super) fn compact(&mut self) -> anyhow::Result<()> {
        let new = unfinished(&self.path);
        let context = || format!("cannot write {}", new.display());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&new);
        let file = file.with_context(context)?;
        let mut writer = BufWriter::with_capacity(1 << 18, &file);
        let head = self.head();
        writer.write_all(head.as_bytes()).with_context(context)?;
        let mut end = head.len() as u64;
        let mut places: Vec<(&String, &mut Place)> = self.places.iter_mut().collect();
        // In the order in which they were written: what is first in a queue stays first.
        places.sort_unstable_by_key(|(_, place)| place.at);
        let mut moved = Vec::with_capacity(places.len());
        let mut line = Vec::new();
        for (_, place) in &places {
            line.resize(place.length as usize, 0);
            self.file.read_exact_at(&mut line, place.at)?;
            writer.write_all(&line).with_context(context)?;
            moved.push(end);
            end += line.len() as u64;
        }
        writer.flush().with_context(context)?;
        drop(writer);
        file.sync_all().with_context(context)?;
        std::fs::rename(&new, &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        for ((_, place), at) in places.into_iter().zip(moved) {
            place.at = at;
        }
        self.file = file;
        self.end = end;
        sync_folder(self.path.parent().unwrap_or(Path::new(".")))
    }

    /// Returns the keys of what counts, in the order in which it was written.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        let mut places: Vec<(&String, u64)> = self
            .places
            .iter()
            .map(|(key, place)| (key, place.at))
            .collect();
        places.sort_unstable_by_key(|(_, at)| *at);
        places.into_iter().filter_map(|(key, _)| Key::parse(key))
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    /// A key that is not there, or a file that cannot be read.
    pub(super) fn read(&self, key: &Key) -> anyhow::Result<String> {
        let place = self.places.get(&key.to_string());
        let place = place.with_context(|| format!("there is no {key}"))?;
        let mut value = vec![0; (place.length - place.before - 1) as usize];
        let at = place.at + u64::from(place.before);
        let read = self.file.read_exact_at(&mut value, at);
        read.with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(String::from_utf8(value)?)
    }
}

/// The file that becomes the journal once it is whole.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Takes a folder for this process.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK);
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another local bus keeps its state in {}: end it, or choose another folder with `--state`",
            folder.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Makes sure that the names in a folder are on the disk, too.
fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot write {}", folder.display()))
}

#[cfg(test)]
mod tests;
