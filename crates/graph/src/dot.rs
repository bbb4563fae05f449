//! The picture for Graphviz.

use std::fmt::Write as _;

use super::model::{Kind, Node, Picture};

/// Writes the picture in the DOT language.
pub(crate) fn write(picture: &Picture) -> String {
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR\n  \
         node [fontname=\"Helvetica,Arial,sans-serif\" fontsize=12 shape=box style=rounded]\n  \
         edge [arrowsize=0.7]\n",
        quoted(&picture.title)
    );
    for node in &picture.nodes {
        let (id, label) = (&node.id, quoted(&label(node)));
        writeln!(out, "  {id} [label={label} {}]", look(node))
            .expect("writing to a string does not fail");
    }
    for edge in &picture.edges {
        let (from, to) = (&picture.nodes[edge.from].id, &picture.nodes[edge.to].id);
        let style = if edge.enabled { "" } else { " [style=dashed]" };
        writeln!(out, "  {from} -> {to}{style}").expect("writing to a string does not fail");
    }
    out.push_str("}\n");
    out
}

fn look(node: &Node) -> String {
    let (shape, style) = match node.kind {
        Kind::Outside => ("shape=box", "rounded,bold"),
        Kind::Event => ("shape=box", "rounded"),
        Kind::Schedule => ("shape=box", ""),
        Kind::Pattern | Kind::Filter => ("shape=note", ""),
        Kind::Buffer => ("shape=cds", ""),
        Kind::Job => ("shape=component", ""),
    };
    let styles: Vec<&str> = [style, if node.enabled { "" } else { "dashed" }]
        .into_iter()
        .filter(|style| !style.is_empty())
        .collect();
    format!("{shape} style={}", quoted(&styles.join(",")))
}

fn label(node: &Node) -> String {
    let mut label = node.name.clone();
    if node.shards > 1 {
        write!(label, " × {}", node.shards).expect("writing to a string does not fail");
    }
    for detail in &node.details {
        label.push('\n');
        label.extend(detail.split_whitespace().flat_map(|word| [word, " "]));
        label.truncate(label.trim_end().len());
    }
    label
}

/// A quoted string. Beside the quotes a backslash begins an escape, and `&` an entity of HTML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            '&' => quoted.push_str("&amp;"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
