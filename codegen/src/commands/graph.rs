//! `codegen graph`: the pipeline as a picture.

use crate::args::{Graph, PictureForm};
use crate::project::{Chosen, Project};
use crate::session::{Outcome, Session};
use graph::Picture;

pub(crate) fn run(session: &mut Session, args: &Graph) -> anyhow::Result<Outcome> {
    let chosen = Chosen::local(&args.values);
    let projects = Project::load_all(session, &chosen)?;
    let pipelines = projects.iter().map(Project::pipeline);
    let pipelines = pipelines.collect::<anyhow::Result<Vec<_>>>()?;
    let picture = Picture::of_all(&pipelines);
    let text = match args.form {
        PictureForm::Svg => picture.svg(),
        PictureForm::Mermaid => picture.mermaid(),
        PictureForm::Dot => picture.dot(),
    };
    session.say(text.trim_end())?;
    Ok(Outcome::Fine)
}
