//! Tests of the pages for people: every command, flag, target and file that they name is there, and code on them is part
//! of a program that is compiled.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::CommandFactory as _;

use crate::support::{codegen, root, stderr};

/// Files that pages name and that nobody commits, with what makes them.
const MADE: &[(&str, &str)] = &[
    (".terraform.lock.hcl", "Terraform, on the first run"),
    ("artifacts", "codegen package"),
    ("settings.json", "an editor's user"),
    ("artifacts.tfvars.json", "codegen package"),
    ("artifacts.auto.tfvars.json", "codegen publish"),
    ("prod.artifacts.tfvars.json", "codegen publish"),
    (
        "backend.tf",
        "codegen generate, for a spec with `terraform:`",
    ),
    ("imports.tf", "codegen import"),
    ("terraform/moved.tf", "codegen import"),
    ("removed.tf", "codegen import"),
    ("languages.toml", "Helix's user"),
    ("index.js", "a function in Node.js of the user's own"),
];

/// Flags whose value is a file that is read.
const READS: [&str; 7] = [
    "--file",
    "--events",
    "--faults",
    "--rules",
    "--pattern",
    "--cases",
    "--template",
];

/// A page with its text.
struct Page {
    path: PathBuf,
    text: String,
}

fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "examples/shop/README.md",
    ]
    .iter()
    .map(|page| root().join(page))
    .collect();
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    paths.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    paths.extend(["rust", "python"].map(|name| new_pipeline(name).join("README.md")));
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            Page { path, text }
        })
        .collect()
}

/// A folder with new pipelines of the name `shop`: what pages say of files there is held against them.
fn new_pipeline(language: &str) -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for (language, template) in [("rust", "chain"), ("batch", "batch"), ("python", "python")] {
            let path = format!("{language}/shop");
            let output = codegen(folder.path(), &["new", &path, "--template", template]);
            assert!(output.status.success(), "{}", stderr(&output));
        }
        folder
    });
    folder.path().join(language).join("shop")
}

/// The files below a folder that are not built, by their paths there.
fn list(folder: &Path, below: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if ["target", ".git", "node_modules", ".terraform"].contains(&name) {
            continue;
        }
        let shown = path.strip_prefix(below).unwrap().to_str().unwrap();
        found.push(shown.to_owned());
        if path.is_dir() && !path.is_symlink() {
            list(&path, below, found);
        }
    }
}

/// Every path of this repository and of new pipelines.
fn paths() -> &'static BTreeSet<String> {
    static PATHS: OnceLock<BTreeSet<String>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let mut found = Vec::new();
        list(root(), root(), &mut found);
        for language in ["rust", "python"] {
            let folder = new_pipeline(language);
            list(&folder, &folder, &mut found);
        }
        found.into_iter().collect()
    })
}

/// The blocks of code of a page, each with its language.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("```") {
        let (language, inside) = rest[start + 3..].split_once('\n').unwrap();
        let (block, after) = inside.split_once("```").unwrap();
        blocks.push((language, block));
        rest = after;
    }
    blocks
}

/// What a page has between backticks, outside of blocks.
fn spans(text: &str) -> Vec<&str> {
    // Every second piece is a block.
    let prose = text.split("```").step_by(2);
    let lines = prose.flat_map(|prose| prose.split("\n\n"));
    lines
        .flat_map(|lines| lines.split('`').skip(1).step_by(2))
        .collect()
}

/// The commands of a page, each as its words.
fn commands(page: &Page) -> Vec<Vec<String>> {
    let shell = blocks(&page.text)
        .into_iter()
        .filter(|(language, _)| *language == "sh");
    let shell = shell.map(|(_, block)| block.replace("\\\n", " "));
    let lines: Vec<String> = shell
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let spans = spans(&page.text)
        .into_iter()
        .map(|span| span.replace('\n', " "));
    lines
        .into_iter()
        .chain(spans)
        .flat_map(|line| words(&line))
        .collect()
}

/// Splits a line as a shell does: into commands, and those into words.
fn words(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | ';' | '&' | '(' | ')') => {
                commands.last_mut().unwrap().extend(word.take());
                commands.push(Vec::new());
            }
            (None, ' ') => commands.last_mut().unwrap().extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    commands.last_mut().unwrap().extend(word);
    commands
}

/// The commands of a program: what stands behind its name.
fn calls<'c>(commands: &'c [Vec<String>], program: &str) -> Vec<&'c [String]> {
    let calls = commands.iter().filter_map(|words| {
        let at = words.iter().position(|word| word == program)?;
        // Variables of the environment may stand before a program, and nothing else.
        words[..at]
            .iter()
            .all(|word| word.contains('='))
            .then(|| &words[at + 1..])
    });
    calls.collect()
}

/// Whether a word stands for something that the reader puts there.
fn is_placeholder(word: &str) -> bool {
    word.contains(['…', '<', '*', '[', '{', '$']) || word.is_empty()
}

#[test]
fn every_verb_and_flag_is_one_of_the_command() {
    let command = codegen::Args::command();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        for call in calls(&commands(&page), "codegen") {
            let Some(verb) = call.first().filter(|verb| !is_placeholder(verb)) else {
                continue;
            };
            if ["--help", "--version"].contains(&verb.as_str()) {
                continue;
            }
            let Some(of_verb) = command.find_subcommand(verb) else {
                wrong.push(format!(
                    "{}: codegen {}",
                    page.path.display(),
                    call.join(" ")
                ));
                continue;
            };
            seen += 1;
            let known: Vec<_> = of_verb
                .get_arguments()
                .chain(command.get_arguments())
                .collect();
            for word in call
                .iter()
                .filter(|word| word.starts_with('-') && word.len() > 1)
            {
                let name = word.split('=').next().unwrap();
                let is_known = known.iter().any(|argument| {
                    let long = argument.get_long().map(|long| format!("--{long}"));
                    let short = argument.get_short().map(|short| format!("-{short}"));
                    [long, short].contains(&Some(name.to_owned()))
                });
                if !is_known && !["--help", "--version"].contains(&name) {
                    wrong.push(format!("{}: codegen {verb} {name}", page.path.display()));
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(
        wrong.is_empty(),
        "pages name what the command has not got:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_target_is_one_of_a_makefile() {
    let makefiles = [
        root().join("Makefile"),
        root().join("examples/shop/Makefile"),
        new_pipeline("rust").join("Makefile"),
        new_pipeline("python").join("Makefile"),
    ];
    let targets: BTreeSet<String> = makefiles
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let rules = text.lines().filter_map(|line| line.split_once(':'));
            rules
                .map(|(target, _)| target.to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let mut seen = 0;
    for page in pages() {
        for call in calls(&commands(&page), "make") {
            let wanted = call
                .iter()
                .filter(|word| !word.contains('=') && !word.starts_with('-'));
            for target in wanted.filter(|word| !is_placeholder(word)) {
                seen += 1;
                assert!(
                    targets.contains(target),
                    "{}: make {target}",
                    page.path.display()
                );
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Whether something is at the path, or at one that ends in it.
fn is_there(page: &Page, path: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let beside = page.path.parent().unwrap().join(path);
    beside.exists() || paths().iter().any(|known| Path::new(known).ends_with(path))
}

#[test]
fn every_file_that_a_page_names_is_there() {
    const ENDINGS: [&str; 12] = [
        "hcl", "js", "json", "md", "mjs", "py", "rs", "sh", "svg", "tf", "toml", "yaml",
    ];
    let mut used = BTreeSet::new();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        let shell = commands(&page);
        let named = spans(&page.text)
            .into_iter()
            .filter(|span| !span.contains([' ', '\n', '"', ':', '(', '=', ',']));
        let named = named.map(str::to_owned).chain(
            shell
                .into_iter()
                .flatten()
                .filter(|word| word.starts_with("scripts/")),
        );
        for name in named.filter(|name| !is_placeholder(name)) {
            let path = Path::new(&name);
            let ending = path.extension().and_then(|ending| ending.to_str());
            let is_file = ending.is_some_and(|ending| ENDINGS.contains(&ending))
                && !name.starts_with("--")
                && name != "Node.js";
            let is_folder =
                name.starts_with("scripts/") || (name.ends_with('/') && !name.starts_with('/'));
            if !is_file && !is_folder {
                continue;
            }
            seen += 1;
            let made = MADE.iter().find(|(made, _)| path.ends_with(made));
            used.extend(made.map(|(made, _)| *made));
            if made.is_none() && !is_there(&page, &name) {
                wrong.push(format!("{}: {name}", page.path.display()));
            }
        }
    }
    assert!(seen > 80, "{seen}");
    assert!(
        wrong.is_empty(),
        "pages name files that are not there:\n{}",
        wrong.join("\n")
    );
    for (made, by) in MADE {
        assert!(
            used.contains(made),
            "no page names {made} ({by}) any more: take it from MADE"
        );
    }
}

/// A file that a command of a page reads is in the repository, or the page says how it is written.
#[test]
fn every_file_that_a_command_reads_is_there_or_is_written_before() {
    let mut wrong = Vec::new();
    for page in pages() {
        for call in calls(&commands(&page), "codegen") {
            for pair in call.windows(2) {
                let is_event = pair[0] == "--event" && call[0] == "match";
                let is_read = (READS.contains(&pair[0].as_str()) || is_event) && call[0] != "new";
                if !is_read || pair[1] == "-" || is_placeholder(&pair[1]) {
                    continue;
                }
                let is_written = page.text.contains(&format!("> {}", pair[1]));
                if !is_written && !root().join(&pair[1]).exists() {
                    wrong.push(format!("{}: {} {}", page.path.display(), pair[0], pair[1]));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "say how these are written, as in `> event.json`:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn code_on_the_pages_of_a_newcomer_is_part_of_a_program() {
    let mut sources = Vec::new();
    let functions = root().join("examples/shop/functions");
    for folder in [
        new_pipeline("rust"),
        new_pipeline("batch"),
        new_pipeline("python"),
        functions,
    ] {
        let mut found = Vec::new();
        list(&folder, &folder, &mut found);
        let is_source = |path: &String| {
            let ending = Path::new(path).extension();
            ending.is_some_and(|ending| ending == "rs" || ending == "py")
        };
        sources.extend(
            found
                .iter()
                .filter(|path| is_source(path))
                .map(|path| fs::read_to_string(folder.join(path)).unwrap()),
        );
    }
    let mut seen = 0;
    for page in ["README.md", "docs/functions.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for (_, block) in blocks(&text)
            .into_iter()
            .filter(|(language, _)| ["rust", "python"].contains(language))
        {
            seen += 1;
            // Blank lines in a block of the page stand for lines between two parts.
            let is_part = sources.iter().any(|source| {
                block
                    .split("\n\n")
                    .all(|part| source.contains(part.trim_end()))
            });
            assert!(
                is_part,
                "{page} shows what is no part of a program:\n{block}"
            );
        }
    }
    assert!(seen > 10, "{seen}");
}
