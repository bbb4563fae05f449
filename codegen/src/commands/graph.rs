//! `codegen graph`: the pipeline as a picture.

use crate::args::{Graph, PictureForm};
use crate::graph::model::Picture;
use crate::graph::{dot, mermaid, svg};
use crate::project::Project;
use crate::session::{Outcome, Session};

pub(crate) fn run(session: &mut Session, args: &Graph) -> anyhow::Result<Outcome> {
    let project = Project::load(&session.spec)?;
    let picture = Picture::of(project.pipeline()?);
    let text = match args.form {
        PictureForm::Svg => svg::write(&picture),
        PictureForm::Mermaid => mermaid::write(&picture),
        PictureForm::Dot => dot::write(&picture),
    };
    session.say(text.trim_end())?;
    Ok(Outcome::Fine)
}
