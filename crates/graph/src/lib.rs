//! The pipeline as a picture: [`model`] says what it shows; [`svg`], with the places from [`layout`],
//! [`mermaid`] and [`dot`] write it.

mod dot;
mod layout;
mod matches;
mod mermaid;
mod model;
mod svg;
mod text;
mod xml;

pub use model::Picture;

impl Picture {
    /// The picture as an SVG document, which a browser shows by itself.
    pub fn svg(&self) -> String {
        svg::write(self)
    }

    /// The picture as a Mermaid flowchart, for Markdown.
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// The picture in Graphviz's language.
    pub fn dot(&self) -> String {
        dot::write(self)
    }
}

#[cfg(test)]
mod tests;
