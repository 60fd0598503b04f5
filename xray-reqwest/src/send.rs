//! `send_traced`, beside `send`.

use crate::call::{self, Settings};
use reqwest::{RequestBuilder, Response};
use std::sync::LazyLock;

/// Sends requests of bare clients in a subsegment.
///
/// ```
/// # async fn example(client: reqwest::Client) -> reqwest::Result<()> {
/// use xray_reqwest::{SendTraced, SubsegmentMiddleware};
///
/// client.post("http://mail.internal/").send_traced().await?;
///
/// // With options.
/// let traced = SubsegmentMiddleware::new().traced(true);
/// traced.send(client.get("http://stock.internal/articles/7")).await?;
/// # Ok(()) }
/// ```
pub trait SendTraced: sealed::Sealed {
    /// Sends the request as `send` does, in a subsegment: see the [crate's documentation](crate).
    fn send_traced(self) -> impl Future<Output = reqwest::Result<Response>> + Send;
}

impl SendTraced for RequestBuilder {
    fn send_traced(self) -> impl Future<Output = reqwest::Result<Response>> + Send {
        static DEFAULT: LazyLock<Settings> = LazyLock::new(Settings::default);
        call::send(&DEFAULT, self)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "so that methods can be added to the trait")]
    pub trait Sealed {}

    impl Sealed for super::RequestBuilder {}
}
