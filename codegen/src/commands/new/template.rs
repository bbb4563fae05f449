//! Templates: the files of a new pipeline, with placeholders such as `@name@`.

use crate::args::Template;

use super::place::File;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The sources of the crate that functions link, by their paths in it.
pub(super) fn sources_of_job() -> &'static [(&'static str, &'static [u8])] {
    JOB
}

/// What functions are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
}

impl Language {
    pub(super) fn of(template: Template) -> Self {
        match template {
            Template::Minimal | Template::Chain | Template::Batch => Self::Rust,
            Template::Python => Self::Python,
        }
    }

    /// The folder of the files that templates of the language share.
    fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
        }
    }
}

/// A template with what stands for its placeholders.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) template: Template,
    /// The pipeline's name.
    pub(super) name: String,
    pub(super) bus: String,
    /// The dependency on the crate that functions link, as a value in TOML.
    pub(super) job: String,
}

impl Filled {
    /// The package of the generated types.
    pub(super) fn events_package(&self) -> String {
        format!("{}-events", self.name)
    }

    /// The folders of the packages, each with its package's name.
    pub(super) fn packages(&self) -> Vec<(String, String)> {
        let jobs: &[&str] = match self.template {
            Template::Minimal => &["welcome"],
            Template::Chain => &["accept", "thank"],
            Template::Batch => &["address", "mail"],
            Template::Python => &[],
        };
        let jobs = jobs
            .iter()
            .map(|job| (format!("lambdas/{job}"), (*job).to_owned()));
        let events = ("lambdas/events".to_owned(), self.events_package());
        jobs.chain([events]).collect()
    }

    /// The arguments of `codegen run` that show what the pipeline does, for a shell.
    fn demo(&self) -> &'static str {
        match self.template {
            Template::Minimal => "--event person.registered --subject Ada --verbose",
            Template::Chain | Template::Python => {
                r#"--event order.placed --subject o-1 --detail '{"customer": "Ada", "total_cents": 1250}' --verbose"#
            }
            Template::Batch => {
                r#"--event issue.published --detail '{"issue": "i-1", "readers": ["Ada", "Bo", "Cy"]}' --verbose"#
            }
        }
    }

    /// What the pipeline does, for its README.
    fn about(&self) -> &'static str {
        match self.template {
            Template::Minimal => {
                "`welcome` greets whoever registers (`person.registered`), and runs once a day."
            }
            Template::Chain | Template::Python => {
                "An order (`order.placed`) starts `accept`, which checks it and emits `order.accepted`. That starts\n\
                 `thank`, which also runs once a day."
            }
            Template::Batch => {
                "An issue (`issue.published`) starts `address`, which emits `mail.due` for each reader. A queue gives those\n\
                 to `mail` in batches, so that the mail server is not flooded. `mail` also runs on weekdays."
            }
        }
    }

    /// Makes the files of the template, those of its layers included.
    pub(super) fn files(&self) -> Vec<File> {
        let language = Language::of(self.template).folder();
        let own = match self.template {
            Template::Minimal => "minimal",
            Template::Chain => "chain",
            Template::Batch => "batch",
            // It is the only one of its language, so its layer is the whole.
            Template::Python => "python",
        };
        let layers = ["common", language, own];
        let files = TEMPLATES.iter().filter_map(|(path, bytes)| {
            let (layer, path) = path.split_once('/')?;
            layers.contains(&layer).then(|| {
                let text = String::from_utf8_lossy(bytes);
                File::new(written_as(path), self.fill(&text))
            })
        });
        files.collect()
    }

    /// Replaces the placeholders of a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let extensions = match Language::of(self.template) {
            Language::Rust => "\"rust-lang.rust-analyzer\"",
            Language::Python => "\"ms-python.python\"",
        };
        [
            ("@name@", self.name.as_str()),
            ("@crate@", &self.name.replace('-', "_")),
            ("@bus@", &in_yaml(&self.bus)),
            ("@job@", &self.job),
            ("@demo@", self.demo()),
            ("@about@", self.about()),
            ("@extensions@", extensions),
        ]
        .iter()
        .fold(text.to_owned(), |text, (place, with)| {
            text.replace(place, with)
        })
    }
}

/// The path of a file whose name in the templates is another, so that neither git nor Cargo takes it for its own there.
fn written_as(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix("dot-") {
        Some(rest) => format!(".{rest}"),
        None => part.to_owned(),
    });
    let path = parts.collect::<Vec<_>>().join("/");
    path.strip_suffix(".in").unwrap_or(&path).to_owned()
}

/// A text in YAML, in quotes if it may mean something there.
fn in_yaml(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain {
        text.to_owned()
    } else {
        // JSON's strings are strings of YAML.
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    fn filled(template: Template, name: &str) -> Filled {
        Filled {
            template,
            name: name.to_owned(),
            bus: name.to_owned(),
            job: "{ path = \"job\" }".to_owned(),
        }
    }

    #[test]
    fn no_placeholder_is_left_and_every_file_is_once() {
        for template in Template::value_variants() {
            let files = filled(*template, "web-shop").files();
            let mut paths = std::collections::BTreeSet::new();
            for file in &files {
                let text = std::str::from_utf8(&file.bytes).unwrap();
                for place in ["name", "crate", "bus", "job", "demo", "about", "extensions"] {
                    assert!(!text.contains(&format!("@{place}@")), "{}", file.path);
                }
                assert!(paths.insert(&file.path), "{} is there twice", file.path);
            }
            for path in ["pipeline.yaml", ".gitignore", "README.md", "Makefile"] {
                assert!(paths.contains(&path.to_owned()), "{template:?}: {path}");
            }
        }
    }

    #[test]
    fn a_bus_is_a_text_in_yaml_whatever_it_holds() {
        assert_eq!(in_yaml("shop"), "shop");
        assert_eq!(in_yaml("x\ny: z"), "\"x\\ny: z\"");
        assert_eq!(in_yaml("1"), "\"1\"");
    }
}
