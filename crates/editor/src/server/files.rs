//! The texts that an editor has open.

use std::path::PathBuf;
use std::sync::Arc;

use lsp_types::Range;
use pipeline::{Diagnostic, Pipeline, Span};
use serde_json::Value;

use super::judge::Judgement;
use super::refusal::Refusal;
use super::uri;
use crate::around::Seen;
use crate::spec::Spec;
use crate::text::{Lines, Unit};

/// A text that an editor has open.
pub(super) struct File {
    pub(super) uri: String,
    /// The editor's number of the text.
    pub(super) version: Option<i64>,
    /// Our own number of it, which grows with every change.
    pub(super) revision: i64,
    /// Whether the newest text has to be judged.
    pub(super) is_unjudged: bool,
    pub(super) lines: Lines,
    text: Arc<str>,
    unit: Unit,
    spec: Option<Spec>,
    /// What the last text meant that meant something.
    known: Option<Arc<Pipeline>>,
    seen: Arc<Seen>,
    /// The findings of the last text that was judged, and its revision.
    judged: Option<(i64, Vec<Diagnostic>)>,
}

impl File {
    pub(super) fn open(uri: &str, version: Option<i64>, text: &str, unit: Unit) -> Self {
        Self {
            uri: uri.to_owned(),
            version,
            revision: 0,
            is_unjudged: true,
            lines: Lines::new(text, unit),
            text: text.into(),
            unit,
            spec: None,
            known: None,
            seen: Arc::default(),
            judged: None,
        }
    }

    pub(super) fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The folder that it is in, if it is a file.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let path = uri::path(&self.uri)?;
        path.parent().map(PathBuf::from)
    }

    /// Applies changes one after the other, as the protocol has them.
    pub(super) fn change(
        &mut self,
        version: Option<i64>,
        changes: &[Value],
    ) -> Result<(), Refusal> {
        let mut text = self.text.to_string();
        let mut lines = self.lines.clone();
        for change in changes {
            let new = change["text"].as_str();
            let new = new.ok_or_else(|| Refusal::invalid("a change without a text"))?;
            if change["range"].is_null() {
                new.clone_into(&mut text);
            } else {
                let range: Range = serde_json::from_value(change["range"].clone())
                    .map_err(|error| Refusal::invalid(format!("a range: {error}")))?;
                let start = lines.offset(&text, range.start);
                let end = lines.offset(&text, range.end).max(start);
                text.replace_range(start..end, new);
            }
            lines = Lines::new(&text, self.unit);
        }
        self.version = version;
        self.revision += 1;
        self.is_unjudged = true;
        self.lines = lines;
        self.text = text.into();
        self.spec = None;
        Ok(())
    }

    /// Reads what the newest text means, for somebody who looks at a place of it.
    pub(super) fn read(&mut self, place: Option<usize>) {
        let is_known = self
            .spec
            .as_ref()
            .is_some_and(|spec| spec.pipeline.is_some());
        if !is_known {
            let (text, seen) = (Arc::clone(&self.text), Arc::clone(&self.seen));
            let spec = Spec::read(text, seen, self.known.clone(), place);
            self.known.clone_from(&spec.pipeline);
            self.spec = Some(spec);
        }
    }

    /// What the newest text means, once it was read.
    pub(super) fn spec(&self) -> Option<&Spec> {
        self.spec.as_ref()
    }

    /// Takes what was found in a text. Returns whether it is the newest one.
    pub(super) fn judge(&mut self, judgement: Judgement) -> bool {
        let is_newest = judgement.revision == self.revision;
        if let Some(pipeline) = judgement.pipeline {
            self.known = Some(pipeline);
        }
        self.seen = judgement.seen;
        if let Some(spec) = &mut self.spec {
            spec.seen = Arc::clone(&self.seen);
        }
        if is_newest {
            self.judged = Some((judgement.revision, judgement.findings));
        }
        is_newest
    }

    /// The findings of the newest text; none while it is not judged.
    pub(super) fn findings(&self) -> &[Diagnostic] {
        match &self.judged {
            Some((revision, findings)) if *revision == self.revision => findings,
            _ => &[],
        }
    }

    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span)
    }
}
