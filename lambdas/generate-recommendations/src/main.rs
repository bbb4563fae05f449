//! The function of the job `generate-recommendations`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), job::Error> {
    job::run(spendsense::GenerateRecommendations::default()).await
}
