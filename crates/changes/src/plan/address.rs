//! Addresses of Terraform.

/// Returns the names of the modules in an address of a module: `module.a["x.y"].module.b[0]` is `a`, `b`.
pub(super) fn module_path(address: &str) -> Vec<String> {
    let parts = split(address);
    let names = parts.iter().filter(|part| *part != "module");
    names.cloned().collect()
}

/// Splits an address at its dots, without indices. A key in quotes may have dots and brackets.
fn split(address: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_index = false;
    let mut in_quotes = false;
    let mut is_escaped = false;
    for c in address.chars() {
        if in_quotes {
            in_quotes = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        match c {
            '"' if in_index => in_quotes = true,
            '[' => in_index = true,
            ']' => in_index = false,
            _ if in_index => {}
            '.' => parts.push(String::new()),
            other => {
                if let Some(last) = parts.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    parts
}

/// Whether the source of a module call is this generated folder: a path, or a place in a repository, that ends in its name.
pub(super) fn is_source_of(source: &str, folder: &str) -> bool {
    let source = source.split('?').next().unwrap_or_default();
    let is_path = source.starts_with('.') || source.starts_with('/') || source.contains("//");
    let name = |path: &str| {
        path.trim_end_matches('/')
            .rsplit('/')
            .next()
            .map(str::to_owned)
    };
    is_path && name(source).is_some() && name(source) == name(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_names_of_its_modules() {
        let cases: [(&str, &[&str]); 4] = [
            ("module.pipeline", &["pipeline"]),
            ("module.a[\"x.y]\\\"z\"].module.b[0]", &["a", "b"]),
            ("module.eu[\"prod\"].module.pipeline", &["eu", "pipeline"]),
            ("module.module", &[]),
        ];
        for (address, names) in cases {
            assert_eq!(module_path(address), names, "{address}");
        }
    }

    #[test]
    fn a_call_is_ours_if_its_source_ends_in_the_folder() {
        let folder = "terraform/pipeline";
        for source in [
            "./pipeline",
            "../../terraform/pipeline/",
            "git::https://example.com/x.git//terraform/pipeline?ref=v1",
        ] {
            assert!(is_source_of(source, folder), "{source}");
        }
        for source in ["./pipeline2", "hashicorp/pipeline", "pipeline", ""] {
            assert!(!is_source_of(source, folder), "{source}");
        }
    }
}
