//! `codegen check --fix`: mends the spec.

use editor::fixes::{Judgement, mend};

use crate::project::Project;
use crate::session::Session;

/// Applies the fixes that leave no choice, writes the spec, and says what changed.
pub(super) fn fix(session: &mut Session, mut project: Project) -> anyhow::Result<Project> {
    let mended = mend(&project.text, |text| {
        let parsed = project.judge(text)?;
        Ok::<_, anyhow::Error>(Judgement {
            is_complete: parsed.is_complete,
            findings: parsed.diagnostics,
        })
    })?;
    if mended.applied.is_empty() {
        return Ok(project);
    }
    project.replace(mended.text)?;
    let path = project.path.display();
    for done in &mended.applied {
        let (line, id, title) = (done.line, done.id, &done.title);
        session.note(format_args!("fixed: {path}:{line}: {title} [{id}]"))?;
    }
    session.note("")?;
    Ok(project)
}
