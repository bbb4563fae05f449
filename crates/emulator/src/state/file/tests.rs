use std::fs;

use super::*;

const OWNER: &str = "eu-central-1 as 123456789012";

fn key(name: &str) -> Key {
    Key::new(&["k", name])
}

fn put(name: &str, value: &str) -> Change {
    Change::Put(key(name), format!("\"{value}\""))
}

fn open(folder: &Path) -> (StateFile, Vec<String>) {
    let mut notes = Vec::new();
    let file = StateFile::open(folder, OWNER, &mut notes).unwrap();
    (file, notes)
}

fn all(file: &StateFile) -> Vec<(String, String)> {
    let keys = file.keys();
    keys.map(|key| (key.to_string(), file.read(&key).unwrap()))
        .collect()
}

#[test]
fn the_last_word_on_each_key_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, notes) = open(folder.path());
    assert!(notes.is_empty());
    file.append(&[put("a", "1"), put("b", "2\u{e9}")]).unwrap();
    file.append(&[put("c", "3"), Change::Remove(key("a")), put("b", "4")])
        .unwrap();
    let expected = [(r#"["k","c"]"#, "\"3\""), (r#"["k","b"]"#, "\"4\"")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(all(&file), expected);
    drop(file);
    let (mut file, _) = open(folder.path());
    assert_eq!(all(&file), expected);
    file.compact().unwrap();
    assert_eq!(all(&file), expected);
    file.append(&[put("d", "5")]).unwrap();
    file.append(&[Change::RemoveBelow(Key::new(&["k"])), put("e", "6")])
        .unwrap();
    drop(file);
    let (file, notes) = open(folder.path());
    assert_eq!(all(&file).len(), 1);
    assert!(notes.is_empty());
}

/// Wherever a file is cut, what is before the cut counts, and the bus goes on from there.
#[test]
fn a_file_that_is_cut_anywhere_has_its_last_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = open(folder.path());
    let mut ends = vec![file.end];
    for value in ["one", "two\\nlines", "thr\u{e9}\u{e9}"] {
        file.append(&[put(value, value)]).unwrap();
        ends.push(file.end);
    }
    drop(file);
    let path = folder.path().join(NAME);
    let whole = fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut file, notes) = open(folder.path());
        let expected = ends.iter().filter(|end| **end <= cut as u64).count();
        assert_eq!(all(&file).len(), expected.saturating_sub(1), "at {cut}");
        let is_cut = !ends.contains(&(cut as u64)) && cut > 0;
        assert_eq!(!notes.is_empty(), is_cut, "at {cut}: {notes:?}");
        file.append(&[put("next", "x")]).unwrap();
        drop(file);
        let (file, notes) = open(folder.path());
        assert_eq!(all(&file).len(), expected.max(1), "at {cut}");
        assert!(notes.is_empty());
    }
}

#[test]
fn a_damaged_record_is_left_out_and_the_file_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = open(folder.path());
    file.append(&[put("a", "1"), put("b", "2"), put("c", "3")])
        .unwrap();
    drop(file);
    let path = folder.path().join(NAME);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace("\"2\"", "\"7\"")).unwrap();
    let (file, notes) = open(folder.path());
    assert_eq!(all(&file).len(), 2);
    assert!(notes[0].starts_with("1 record of "), "{notes:?}");
    assert!(folder.path().join("journal.damaged").exists());
}

#[test]
fn a_folder_of_another_bus_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |owner: &str| {
        let opened = StateFile::open(folder.path(), owner, &mut Vec::new());
        format!("{:#}", opened.unwrap_err())
    };
    let (file, _) = open(folder.path());
    assert!(refused(OWNER).contains("another local bus keeps its state"));
    drop(file);
    assert!(refused("us-east-1 as 1").contains("of a bus in eu-central-1 as 123456789012"));
    let path = folder.path().join(NAME);
    let newer = with_checksum(&format!("{HEAD}\t2 {OWNER}"));
    fs::write(&path, newer).unwrap();
    assert!(refused(OWNER).contains("another version of `codegen`"));
    fs::write(&path, "a diary\nof somebody\n").unwrap();
    assert!(refused(OWNER).contains("is not the state of a local bus"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a diary\nof somebody\n");
}

#[test]
fn a_file_that_is_mostly_old_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = open(folder.path());
    let large = "x".repeat(1 << 20);
    for round in 0..40 {
        file.append(&[put("same", &large), put(&round.to_string(), "kept")])
            .unwrap();
    }
    assert!(file.end < SLACK + (4 << 20), "{}", file.end);
    drop(file);
    let (file, notes) = open(folder.path());
    assert_eq!(all(&file).len(), 41);
    assert!(notes.is_empty());
}
