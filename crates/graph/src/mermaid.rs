//! The picture as a Mermaid flowchart, which GitHub and GitLab draw.

use std::fmt::Write as _;

use super::model::{Kind, Node, Picture};

/// Writes the flowchart.
pub(crate) fn write(picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for node in &picture.nodes {
        let (open, close) = brackets(node.kind);
        writeln!(out, "  {}{open}\"{}\"{close}", node.id, label(node))
            .expect("writing to a string does not fail");
    }
    for edge in &picture.edges {
        let (from, to) = (&picture.nodes[edge.from].id, &picture.nodes[edge.to].id);
        let arrow = if edge.enabled { "-->" } else { "-.->" };
        writeln!(out, "  {from} {arrow} {to}").expect("writing to a string does not fail");
    }
    let disabled = picture.nodes.iter().filter(|node| !node.enabled);
    let disabled: Vec<&str> = disabled.map(|node| node.id.as_str()).collect();
    if !disabled.is_empty() {
        let disabled = disabled.join(",");
        writeln!(
            out,
            "  classDef disabled stroke-dasharray: 5 4\n  class {disabled} disabled"
        )
        .expect("writing to a string does not fail");
    }
    out
}

fn brackets(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Outside => ("[/", "/]"),
        Kind::Event => ("([", "])"),
        Kind::Schedule => ("{{", "}}"),
        Kind::Pattern | Kind::Filter => ("[[", "]]"),
        Kind::Buffer => ("[(", ")]"),
        Kind::Job => ("[", "]"),
    }
}

fn label(node: &Node) -> String {
    let mut label = escape(&node.name);
    if node.shards > 1 {
        write!(label, " × {}", node.shards).expect("writing to a string does not fail");
    }
    for detail in &node.details {
        write!(label, "<br/>{}", escape(detail)).expect("writing to a string does not fail");
    }
    label
}

/// Text as itself in a quoted label, which Mermaid reads as Markdown and HTML: everything but letters,
/// digits, spaces and what means nothing in these is written as an entity.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        match c {
            c if c.is_alphanumeric() => escaped.push(c),
            ' ' | ',' | '.' | ':' | '-' | '/' | '(' | ')' | '?' | '…' | '\'' => escaped.push(c),
            c if c.is_control() => escaped.push(' '),
            c => write!(escaped, "#{};", u32::from(c)).expect("writing to a string does not fail"),
        }
    }
    escaped
}
