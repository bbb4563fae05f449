//! Which files of a crate use which, read from the paths in their text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::rust_files;

/// A path in a source: `super::node::Schema`.
type Names = Vec<String>;

/// The modules of a crate, and what each uses of the others.
pub(super) struct Imports {
    /// What each module brings into its scope, under which name.
    scopes: BTreeMap<Names, BTreeMap<String, Names>>,
    uses: BTreeSet<(String, String)>,
}

impl Imports {
    /// Reads the sources of a crate. Tests are left out.
    pub(super) fn read(folder: &Path) -> Self {
        let source = folder.join("src");
        let mut paths = BTreeMap::new();
        let mut scopes = BTreeMap::new();
        for file in rust_files(&source) {
            let below = file.strip_prefix(&source).unwrap().with_extension("");
            let mut module: Names = below
                .iter()
                .map(|part| part.to_str().unwrap().to_owned())
                .collect();
            if module.iter().any(|part| part == "tests" || part == "bin") {
                continue;
            }
            if module
                .last()
                .is_some_and(|last| ["mod", "lib", "main"].contains(&&**last))
            {
                module.pop();
            }
            let words = words(&without_tests(&fs::read_to_string(&file).unwrap()));
            let found = paths_of(&words);
            let scope: BTreeMap<String, Names> = found
                .iter()
                .filter_map(|path| Some((path.name.clone()?, path.names.clone())))
                .collect();
            scopes
                .entry(module.clone())
                .or_insert_with(BTreeMap::new)
                .extend(scope);
            let names = found.into_iter().map(|path| path.names);
            paths.entry(module).or_insert_with(Vec::new).extend(names);
        }
        let mut imports = Self {
            scopes,
            uses: BTreeSet::new(),
        };
        for (module, paths) in &paths {
            for path in paths {
                let target = imports.resolve(module, path, 0);
                if let Some(target) = target.filter(|target| target != module) {
                    imports.uses.insert((shown(module), shown(&target)));
                }
            }
        }
        imports
    }

    /// Which module uses which.
    pub(super) fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.uses
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// What makes a circle. A file that uses what the file above it shares makes none: the two form one idea.
    pub(super) fn ties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.edges().filter(|(from, to)| {
            let is_above = from
                .strip_prefix(to)
                .is_some_and(|rest| rest.starts_with("::"));
            !is_above && *to != "crate"
        })
    }

    /// The sets of modules that use each other in a circle.
    pub(super) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .ties()
            .map(|(from, _)| (from, self.reach(from)))
            .collect();
        let circles: BTreeSet<BTreeSet<&str>> = reached
            .iter()
            .filter(|(module, reach)| reach.contains(*module))
            .map(|(module, reach)| {
                let back = |other: &&&str| {
                    reached
                        .get(**other)
                        .is_some_and(|reach| reach.contains(module))
                };
                reach.iter().filter(back).copied().collect()
            })
            .collect();
        circles.into_iter().collect()
    }

    /// Every module that one comes to by its imports.
    fn reach(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![from.to_owned()];
        while let Some(module) = next.pop() {
            for (_, to) in self.ties().filter(|(from, _)| *from == module) {
                if reached.insert(to) {
                    next.push(to.to_owned());
                }
            }
        }
        reached
    }

    /// The module in which what a path names is written: what a module only hands on is followed.
    fn resolve(&self, module: &Names, path: &[String], depth: usize) -> Option<Names> {
        let (first, mut rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => {
                let mut here = module.clone();
                here.pop()?;
                while let Some((_, after)) = rest.split_first().filter(|(next, _)| *next == "super")
                {
                    here.pop()?;
                    rest = after;
                }
                here
            }
            name => {
                let child = [module.as_slice(), &[name.to_owned()]].concat();
                if !self.scopes.contains_key(&child) {
                    return None;
                }
                child
            }
        };
        for (at, name) in rest.iter().enumerate() {
            let child = [here.as_slice(), std::slice::from_ref(name)].concat();
            if self.scopes.contains_key(&child) {
                here = child;
                continue;
            }
            let handed_on = self.scopes.get(&here).and_then(|scope| scope.get(name));
            let Some(handed_on) = handed_on.filter(|_| depth < 8) else {
                break;
            };
            let path = [handed_on.as_slice(), &rest[at + 1..]].concat();
            return self.resolve(&here, &path, depth + 1).or(Some(here));
        }
        Some(here)
    }
}

/// A module's name, as messages have it.
fn shown(module: &Names) -> String {
    if module.is_empty() {
        return "crate".to_owned();
    }
    module.join("::")
}

/// The text before the tests at the end of a file.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The words and signs of a source, without comments and literals.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => literal(rest, 1),
            'r' if rest.starts_with("r\"") => 2 + rest[2..].find('"').map_or(0, |end| end + 1),
            'r' if rest.starts_with("r#\"") => 3 + rest[3..].find("\"#").map_or(0, |end| end + 2),
            '\'' => character(rest),
            ':' if rest.starts_with("::") => {
                words.push("::".to_owned());
                2
            }
            c if c.is_alphanumeric() || c == '_' => {
                let is_over = |c: char| !c.is_alphanumeric() && c != '_';
                let length = rest.find(is_over).unwrap_or(rest.len());
                words.push(rest[..length].to_owned());
                length
            }
            c => {
                if !c.is_whitespace() {
                    words.push(c.to_string());
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    words
}

/// How long a string literal is.
fn literal(text: &str, start: usize) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(start) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// How long a character literal is; one sign, if it is a lifetime.
fn character(text: &str) -> usize {
    let mut inside = text.char_indices().skip(1);
    let Some((_, first)) = inside.next() else {
        return 1;
    };
    if first == '\\' {
        return 2
            + text[2..].chars().next().map_or(0, char::len_utf8)
            + text[3..].find('\'').map_or(0, |end| end + 1);
    }
    match inside.next() {
        Some((at, '\'')) => at + 1,
        _ => 1,
    }
}

/// A path, and the name that a `use` gives it.
struct Found {
    names: Names,
    name: Option<String>,
}

/// Every path of two words and more, groups resolved.
fn paths_of(words: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let is_use = words[at] == "use";
        let is_inside = at > 0 && words[at - 1] == "::";
        let is_path = words.get(at + 1).is_some_and(|next| next == "::") && !is_inside;
        if is_use {
            at = tree(words, at + 1, &[], true, &mut found);
        } else if is_path && is_word(&words[at]) {
            at = tree(words, at, &[], false, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads a path with what is in its braces, and returns where it ends.
fn tree(
    words: &[String],
    mut at: usize,
    before: &[String],
    is_use: bool,
    found: &mut Vec<Found>,
) -> usize {
    let mut names = before.to_vec();
    while let Some(word) = words.get(at) {
        if word == "{" && is_use {
            at += 1;
            while words.get(at).is_some_and(|word| word != "}") {
                at = tree(words, at, &names, true, found);
                at += usize::from(words.get(at).is_some_and(|word| word == ","));
            }
            return at + 1;
        }
        if !is_word(word) {
            // A glob, or a sign that no path has.
            break;
        }
        names.push(word.clone());
        at += 1;
        if words.get(at).is_none_or(|next| next != "::") {
            break;
        }
        at += 1;
    }
    let mut name = names.last().cloned();
    if words.get(at).is_some_and(|word| word == "*") {
        at += 1;
        name = None;
    }
    if is_use && words.get(at).is_some_and(|word| word == "as") {
        name = words.get(at + 1).cloned();
        at += 2;
    }
    if names.last().is_some_and(|last| last == "self") && names.len() > 1 {
        names.pop();
    }
    // A path that ends at once must not be read for ever.
    let is_empty = names.len() == before.len();
    found.push(Found {
        names,
        name: name.filter(|_| is_use),
    });
    at + usize::from(is_empty)
}
