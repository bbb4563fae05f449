//! The function of the job `assign-persona`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), job::Error> {
    job::run(spendsense::AssignPersona::default()).await
}
