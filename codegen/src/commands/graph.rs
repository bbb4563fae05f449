//! `codegen graph`: the pipeline as a picture.

use crate::args::{Graph, PictureForm};
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use graph::Picture;

pub(crate) fn run(session: &mut Session, args: &Graph) -> anyhow::Result<Outcome> {
    let project = Project::load_for(&session.spec, &Chosen::local(&args.values))?;
    let picture = Picture::of(project.pipeline()?);
    let text = match args.form {
        PictureForm::Svg => picture.svg(),
        PictureForm::Mermaid => picture.mermaid(),
        PictureForm::Dot => picture.dot(),
    };
    session.say(text.trim_end())?;
    Ok(Outcome::Fine)
}
