//! The programs that run for functions on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipeline::Pipeline;
use pipeline::model::{Code, LocalCommand, Work};
use pipeline::resources::Function;

/// What runs for a function on this machine.
pub(super) struct Program {
    pub(super) command: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) handler: String,
    pub(super) folder: PathBuf,
}

impl Program {
    /// What stands for a program where a stub runs instead.
    pub(super) fn stub() -> Self {
        Self {
            command: "stub".into(),
            arguments: Vec::new(),
            handler: String::new(),
            folder: ".".into(),
        }
    }

    /// Lists the files that the command names: the program, even if it is not there yet, and arguments.
    fn files(&self) -> Vec<PathBuf> {
        let arguments = self.arguments.iter();
        let arguments = arguments.map(|argument| self.folder.join(argument));
        let mut files: Vec<PathBuf> = arguments.filter(|path| path.is_file()).collect();
        if self.command.components().count() > 1 {
            files.push(self.command.clone());
        }
        files
    }

    /// The program of a `local:`. One with a `/` in it is looked for in its folder, another on the `PATH`.
    pub(super) fn given(local: &LocalCommand, handler: &str, folder: &Path) -> Option<Self> {
        let LocalCommand { command, directory } = local;
        let directory = directory.as_deref().unwrap_or(".");
        let folder = absolute(&folder.join(directory));
        let (program, arguments) = command.split_first()?;
        let command = if program.contains('/') {
            folder.join(program)
        } else {
            program.into()
        };
        Some(Self {
            command,
            arguments: arguments.to_vec(),
            handler: handler.to_owned(),
            folder,
        })
    }
}

/// Returns the way out of a failure that many meet, by what the program said.
pub(crate) fn way_out(failure: &str) -> Option<&'static str> {
    failure.contains("No module named awslambdaric").then_some(
        "`pip install awslambdaric`, in the environment of the `python3` that is first on the PATH",
    )
}

/// Makes a path absolute: a function may ask where its code is from another folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Lists the folders of the programs that a spec names with the files that their commands name, and says of each job why
/// its program cannot start.
pub(crate) fn programs(pipeline: &Pipeline, folder: &Path) -> (Vec<PathBuf>, Vec<String>) {
    let mut sources = Vec::new();
    let mut missing = Vec::new();
    for (name, job) in &pipeline.jobs {
        let local = match &job.work {
            Work::Function(function) => function.local.as_ref(),
            Work::Existing(existing) => existing.local.as_ref(),
            Work::DeliverTo(_) => None,
        };
        let Some(program) = local.and_then(|local| Program::given(local, "", folder)) else {
            continue;
        };
        if !program.folder.is_dir() {
            let folder = program.folder.display();
            missing.push(format!(
                "the function of {name} cannot run: {folder}, its `local.directory`, is no folder"
            ));
        } else if !is_there(&program.command) {
            let command = program.command.display();
            missing.push(format!("the function of {name} cannot run: there is no program {command} here: install it, or write another as `local.command`"));
        }
        sources.extend(program.files());
        sources.push(program.folder);
    }
    (sources, missing)
}

fn is_there(program: &Path) -> bool {
    if program.components().count() > 1 {
        return program.is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Returns what runs for a function that is created with the pipeline; nothing if it does not run here.
pub(super) fn program_of(
    function: &Function<'_>,
    folder: &Path,
    binaries: &BTreeMap<String, PathBuf>,
) -> Option<Program> {
    let local = function.settings.local.as_ref();
    match &function.settings.code {
        Code::Package(package) => Some(Program {
            command: binaries.get(&package.value)?.clone(),
            arguments: Vec::new(),
            handler: "bootstrap".to_owned(),
            folder: absolute(folder),
        }),
        Code::Zip(zip) => Program::given(local?, &zip.handler.value, folder),
        Code::Image(_) => Program::given(local?, "", folder),
    }
}

/// The variables that the spec sets for this machine; the caller's own win.
pub(super) fn local_environment(pipeline: &Pipeline) -> impl Iterator<Item = (String, String)> {
    let local = pipeline.local_environment.iter();
    local.map(|(name, value)| {
        let callers = std::env::var(name).unwrap_or_else(|_| value.value.clone());
        (name.clone(), callers)
    })
}
