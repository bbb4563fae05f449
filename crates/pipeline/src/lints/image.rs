//! The URI of a container image.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::{Code, Pipeline};
use crate::values::Text;

pub(crate) static INVALID_IMAGE: Lint = Lint {
    id: "invalid-image",
    severity: Error,
    summary: "an `image` that is not the URI of an image in Amazon ECR",
    explanation: "\
Lambda takes [images](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html) from a private repository of
Amazon ECR in the function's region, and from no other registry. A tag or a digest says which image of the repository it is. Terraform
deploys a new image only if this text changes: give each build a tag of its own, or write its digest.

```yaml
function: { image: \"123456789012.dkr.ecr.eu-central-1.amazonaws.com/mail\" }   # add `:<tag>` or `@sha256:<digest>`
```
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        if let Some(function) = job.work.function()
            && let Code::Image(image) = &function.code
        {
            found.extend(check_image(image));
        }
    }
}

const FORM: &str = "write `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`, or `@sha256:<digest>` for the tag";

fn check_image(image: &Text) -> Option<Diagnostic> {
    let text = image.value.as_str();
    let wrong = |message: String| Diagnostic::new(&INVALID_IMAGE, image.span, message);
    let Some((registry, rest)) = text.split_once('/') else {
        let message = format!("`{text}` is not the URI of an image");
        return Some(wrong(message).with_help(FORM));
    };
    if !is_registry(registry) {
        let message = format!("`{registry}` is not a private registry of Amazon ECR");
        let note = "Lambda takes images from Amazon ECR alone, in the function's region";
        return Some(wrong(message).with_note(note).with_help(FORM));
    }
    let (repository, version) = match (rest.split_once('@'), rest.split_once(':')) {
        (Some((repository, digest)), _) => (repository, is_digest(digest)),
        (None, Some((repository, tag))) => (repository, is_tag(tag)),
        (None, None) => {
            let message = format!("`{text}` does not say which image of the repository");
            return Some(wrong(message).with_help("add `:<tag>` or `@sha256:<digest>`"));
        }
    };
    if !is_repository(repository) {
        let message = format!("`{repository}` is not the name of a repository");
        let note =
            "a name has 2 to 256 lower-case letters, digits and `.`, `_`, `-`, `/` between them";
        return Some(wrong(message).with_note(note).with_help(FORM));
    }
    if version {
        return None;
    }
    let message = format!(
        "`{}` is neither a tag nor a digest",
        &rest[repository.len() + 1..]
    );
    let note = "a tag has up to 128 letters, digits and `.`, `_`, `-`; a digest is `sha256:` and 64 digits of base 16";
    Some(wrong(message).with_note(note).with_help(FORM))
}

/// `<account>.dkr.ecr.<region>.amazonaws.com`:
/// [private registries](https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html).
fn is_registry(registry: &str) -> bool {
    let parts: Vec<&str> = registry.splitn(5, '.').collect();
    let [account, "dkr", "ecr" | "ecr-fips", region, domain] = parts[..] else {
        return false;
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_region = region.contains('-') && region.chars().all(is_allowed);
    // Other partitions have domains of their own: `amazonaws.com.cn`, `amazonaws.eu`.
    is_account && is_region && domain.contains('.') && !domain.contains(':')
}

/// `repositoryName` of
/// [`CreateRepository`](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html).
fn is_repository(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(is_plain)
            && part.ends_with(is_plain)
            && part.chars().all(|c| is_plain(c) || "._-".contains(c))
    };
    (2..=256).contains(&name.len()) && name.split('/').all(part)
}

/// [Tags](https://docs.docker.com/reference/cli/docker/image/tag/) as registries take them.
fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(is_word)
        && tag.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

fn is_digest(digest: &str) -> bool {
    let digits = digest.strip_prefix("sha256:");
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digits.is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn an_image_is_in_a_private_registry_with_a_tag_or_a_digest() {
        const AT: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
        let digest = "0123456789abcdef".repeat(4);
        let ids = |image: &str| {
            ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ image: '{image}' }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        for image in [
            format!("{AT}/mail:1.2"),
            format!("{AT}/team/mail_x:latest"),
            format!("{AT}/mail@sha256:{digest}"),
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/mail:1".to_owned(),
        ] {
            assert_eq!(ids(&image), [""; 0], "{image}");
        }
        for image in [
            "mail:1".to_owned(),
            "public.ecr.aws/lambda/python:3.13".to_owned(),
            "docker.io/library/mail:1".to_owned(),
            format!("{AT}/mail"),
            format!("{AT}/Mail:1"),
            format!("{AT}/mail/:1"),
            format!("{AT}/mail:"),
            format!("{AT}/mail:.x"),
            format!("{AT}/mail@sha256:12"),
            format!("{AT}/mail@md5:{digest}"),
            "12.dkr.ecr.eu-central-1.amazonaws.com/mail:1".to_owned(),
        ] {
            assert_eq!(ids(&image), ["invalid-image"], "{image}");
        }
    }
}
