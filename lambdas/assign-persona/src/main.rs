//! The binary of the job `assign-persona`; its logic is in the package `spendsense`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), job::Error> {
    job::run(spendsense::AssignPersona::default()).await
}
