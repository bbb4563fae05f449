//! The binary of the job `compute-features`; its logic is in the package `spendsense`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), job::Error> {
    job::run(spendsense::ComputeFeatures::default()).await
}
