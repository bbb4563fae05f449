//! What each form makes of texts that mean something in it.

use super::model::Picture;
use super::{dot, mermaid, svg};

const AWKWARD: &[&str] = &[
    "\"",
    "\\",
    "\\n",
    "\\\"]",
    "a\nb\r\n\tc",
    "<script>alert(1)</script>",
    "</text></svg>",
    "]]>",
    "-->",
    "&lt;&#35;#35;",
    "[x](y) {z} |p|",
    "`code` **bold** _it_",
    "1. one",
    "- two",
    "end",
    "%%{init: {}}%%",
    "\u{1b}[31mred",
    "größe ✓ 漢字 👩‍👩‍👧",
];

/// A pipeline whose descriptions and conditions are a text.
fn picture(text: &str) -> Picture {
    let text = serde_json::to_string(text).unwrap();
    let spec = format!(
        "pipeline: p\nsource: s\nevents:\n  e: {{ detail_type: E, external: true, description: {text} }}\n\
         jobs:\n  j:\n    description: {text}\n    function: {{ package: j }}\n    \
         triggers: [ {{ event: e, where: {{ {text}: [{text}] }} }} ]\n"
    );
    let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    Picture::of(&parsed.pipeline.unwrap())
}

#[test]
fn a_text_stays_text_in_svg() {
    let shape = |text: &str| {
        let svg = svg::write(&picture(text));
        assert!(
            svg.chars()
                .all(|c| c == '\n' || c == '\t' || !c.is_control()),
            "{svg}"
        );
        let tags = svg
            .split('<')
            .skip(1)
            .map(|tag| tag.split([' ', '>']).next().unwrap().to_owned());
        let tags =
            tags.filter(|tag| !matches!(tag.as_str(), "text" | "/text" | "title" | "/title"));
        (
            tags.collect::<Vec<_>>(),
            svg.matches('<').count() - svg.matches('>').count(),
        )
    };
    let plain = shape("plain");
    assert_eq!(plain.1, 0);
    for text in AWKWARD {
        assert_eq!(shape(text), plain, "{text:?}");
    }
}

#[test]
fn a_text_stays_text_in_mermaid() {
    for text in AWKWARD {
        let written = mermaid::write(&picture(text));
        assert_eq!(written.lines().count(), 6, "{written}");
        for line in written.lines().filter(|line| line.contains('"')) {
            let (_, label) = line.split_once('"').unwrap();
            let (label, _) = label.rsplit_once('"').unwrap();
            let label = label.replace("<br/>", "");
            assert!(
                !label.contains(['"', '<', '>', '`', '*', '_', '[', '{', '\\', '&']),
                "{line}"
            );
        }
    }
}

#[test]
fn a_text_stays_text_in_dot() {
    for text in AWKWARD {
        let picture = picture(text);
        let written = dot::write(&picture);
        let job = written
            .lines()
            .find(|line| line.starts_with("  job_j ["))
            .unwrap();
        let (_, label) = job.split_once("label=\"").unwrap();
        // As Graphviz reads it: to the first quote without a backslash, then escapes, then entities.
        let mut read = String::new();
        let mut letters = label.chars();
        loop {
            match letters.next().unwrap() {
                '"' => break,
                '\\' => match letters.next().unwrap() {
                    'n' => read.push('\n'),
                    escaped => {
                        assert!(matches!(escaped, '"' | '\\'), "{job}");
                        read.push(escaped);
                    }
                },
                letter => read.push(letter),
            }
        }
        let read = read.replace("&amp;", "&");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            read,
            format!("j\n{}", words.replace('\u{1b}', " ")),
            "{job}"
        );
    }
}

#[test]
fn names_that_fall_together_keep_ids_of_their_own() {
    let spec = "pipeline: p\nsource: s\nevents: { a.b: { detail_type: A, external: true }, \
                a_b: { detail_type: B, external: true } }\njobs: {}\n";
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    let picture = Picture::of(&parsed.pipeline.unwrap());
    let ids: Vec<&str> = picture.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["outside_a_b", "outside_a_b_2"]);
}

#[test]
fn a_queue_stands_between_what_starts_a_job_and_the_job() {
    let spec = "pipeline: p\nsource: s\nevents: { e: { detail_type: E, external: true } }\njobs:\n  j:\n    \
                function: { package: j }\n    buffer: { batch: 50, window: 5s, max_concurrency: 3 }\n    \
                triggers: [ { event: e }, { schedule: rate(1 hour) } ]\n";
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let picture = Picture::of(&parsed.pipeline.unwrap());
    assert_eq!(
        mermaid::write(&picture),
        r#"flowchart LR
  outside_e[/"e<br/>from outside"/]
  job_j["j"]
  buffer_j[("queue<br/>batches of up to 50<br/>waits up to 5 s<br/>at most 3 batches at once")]
  schedule_j_scheduled{{"every hour<br/>rate(1 hour)"}}
  buffer_j --> job_j
  outside_e --> buffer_j
  schedule_j_scheduled --> buffer_j
"#
    );
    let svg = svg::write(&picture);
    assert!(svg.contains(
        "through a queue (batches of up to 50, waits up to 5 s, at most 3 batches at once)"
    ));
    assert!(dot::write(&picture).contains("  buffer_j -> job_j\n"));
}

#[test]
fn a_pipeline_without_jobs_is_a_picture() {
    let spec = "pipeline: p\nsource: s\nevents: {}\njobs: {}\n";
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    let picture = Picture::of(&parsed.pipeline.unwrap());
    assert!(svg::write(&picture).contains("viewBox=\"0 0 32 32\""));
    assert_eq!(mermaid::write(&picture), "flowchart LR\n");
    assert!(dot::write(&picture).ends_with("}\n"));
}
