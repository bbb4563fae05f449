//! The function of the job `compute-features`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), job::Error> {
    job::run(spendsense::ComputeFeatures::default()).await
}
