//! The root module around the generated one, where there is none yet.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Files of a root module, and their texts. `@name@` stands for the pipeline, `@environment@` for the environment, and the
/// other words for what the spec's values take.
const FILES: [(&str, &str); 5] = [
    ("main.tf", include_str!("main.tf.in")),
    (
        "providers.tf",
        include_str!("../../../templates/common/terraform/providers.tf"),
    ),
    ("variables.tf", include_str!("variables.tf.in")),
    (
        "versions.tf",
        include_str!("../../../templates/common/terraform/versions.tf"),
    ),
    (
        "environments/@environment@.tfvars",
        "environment = \"@environment@\"\n@values@",
    ),
];

/// The files of a root module in `folder` for an import, each with its text; none if somebody has written one already.
/// `imports` is the file of the import blocks, which is none of a root module's own.
///
/// # Errors
/// A folder that is there and cannot be read.
pub(super) fn missing_files(
    folder: &Path,
    imports: &Path,
    pipeline: &str,
    environment: &str,
    values: &[String],
) -> anyhow::Result<Vec<(PathBuf, String)>> {
    if folder.is_dir() {
        let cannot = || format!("cannot read the folder {}", folder.display());
        for entry in fs::read_dir(folder).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            let is_terraform = path.extension().is_some_and(|ending| ending == "tf");
            if is_terraform && path.file_name() != imports.file_name() {
                return Ok(Vec::new());
            }
        }
    }
    let (pass, declare, say) = of_values(values);
    let fill = |text: &str| {
        text.replace("@name@", pipeline)
            .replace("@environment@", environment)
            .replace("@pass@", pass)
            .replace("@declare@", declare)
            .replace("@values@", &say)
    };
    let files = FILES
        .iter()
        .map(|(name, text)| (folder.join(fill(name)), fill(text)));
    // A person's own values stay.
    Ok(files.filter(|(path, _)| !path.exists()).collect())
}

/// What passes the spec's values on, declares their variable, and leaves each for a person to say: an apply before that
/// is refused.
fn of_values(names: &[String]) -> (&'static str, &'static str, String) {
    if names.is_empty() {
        return ("", "", String::new());
    }
    let lines = names.iter().map(|name| format!("  # {name} = \"\"\n"));
    let say = format!("\nvalues = {{\n{}}}\n", lines.collect::<String>());
    ("  values      = var.values\n", DECLARATION, say)
}

const DECLARATION: &str = r#"
variable "values" {
  description = "What the environment says for each of the values of the spec"
  type        = map(string)
}
"#;
