//! XML as elements, and the one writer that escapes them.

use std::fmt::Write as _;

/// An element with what is in it.
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Content,
}

enum Content {
    Elements(Vec<Element>),
    Text(String),
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            content: Content::Elements(Vec::new()),
        }
    }

    /// An element that holds nothing but a text.
    pub(crate) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            content: Content::Text(text.into()),
            ..Self::new(name)
        }
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Sets a length or a place, to a tenth of a pixel.
    pub(crate) fn at(self, name: &'static str, value: f64) -> Self {
        self.set(name, number(value))
    }

    pub(crate) fn with(mut self, elements: impl IntoIterator<Item = Self>) -> Self {
        if let Content::Elements(held) = &mut self.content {
            held.extend(elements);
        }
        self
    }

    /// The element as text, a line for each element below it.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out, 0);
        out
    }

    fn write_to(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let name = self.name;
        write!(out, "{indent}<{name}").expect("writing to a string does not fail");
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"{}\"", escape(value))
                .expect("writing to a string does not fail");
        }
        match &self.content {
            Content::Elements(elements) if elements.is_empty() => out.push_str("/>\n"),
            Content::Elements(elements) => {
                out.push_str(">\n");
                for element in elements {
                    element.write_to(out, depth + 1);
                }
                writeln!(out, "{indent}</{name}>").expect("writing to a string does not fail");
            }
            Content::Text(text) => {
                writeln!(out, ">{}</{name}>", escape(text))
                    .expect("writing to a string does not fail");
            }
        }
    }
}

/// A number to a tenth, without a zero behind the point.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    // A number just below zero is rounded to `-0`.
    (if text == "-0" { "0" } else { text }).to_owned()
}

/// Text as it may stand in an element and in an attribute. What XML cannot hold at all is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(c),
            // Readers of XML turn a carriage return into a line feed themselves.
            '\r' => escaped.push('\n'),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let element = Element::new("g").set("class", "a\"b<").with([
            Element::text("title", "<&>\u{1b}[0m ü"),
            Element::new("rect")
                .at("x", 1.0)
                .at("y", -0.04)
                .at("width", 2.25),
        ]);
        let expected = "\
<g class=\"a&quot;b&lt;\">
  <title>&lt;&amp;&gt;\u{fffd}[0m ü</title>
  <rect x=\"1\" y=\"0\" width=\"2.2\"/>
</g>
";
        assert_eq!(element.write(), expected);
    }
}
