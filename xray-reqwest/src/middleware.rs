//! The middleware, and its options, which calls of bare clients may be given as well.

use crate::call::{self, Settings};
use reqwest::{Client, Request, RequestBuilder, Response};
use std::borrow::Cow;
use std::sync::Arc;
use xray_core::__private::Options;

/// Opens a subsegment for each call of a client, and tells the called service the trace: see the
/// [crate's documentation](crate).
///
/// ```
/// # #[cfg(feature = "middleware")] {
/// use reqwest_middleware::ClientBuilder;
/// use xray_reqwest::SubsegmentMiddleware;
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(SubsegmentMiddleware::new().ignore_path("/health"))
///     .build();
/// # let _ = client;
/// # }
/// ```
#[must_use = "a middleware does nothing until a client has it"]
#[derive(Clone, Debug, Default)]
pub struct SubsegmentMiddleware {
    pub(crate) settings: Arc<Settings>,
}

impl SubsegmentMiddleware {
    /// A middleware with every option at its default.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    fn options(self, set: impl FnOnce(&mut Options)) -> Self {
        self.with(|s| set(&mut s.options))
    }

    xray_core::__call_options!();

    /// A better name than the host, for those whose hosts would flood the service map: one for each
    /// customer, or with an instance's id in it. Asked only for calls that are recorded; with `None`
    /// the host stays.
    ///
    /// ```
    /// # use xray_reqwest::SubsegmentMiddleware;
    /// let middleware = SubsegmentMiddleware::new().name(|request| {
    ///     let host = request.url().host_str()?;
    ///     host.ends_with(".shard.internal").then_some("shards".into())
    /// });
    /// # let _ = middleware;
    /// ```
    pub fn name(
        self,
        name: impl for<'a> Fn(&'a Request) -> Option<Cow<'a, str>> + Send + Sync + 'static,
    ) -> Self {
        self.with(|s| s.name = Some(Arc::new(name)))
    }

    /// Sends a request of a bare client with these options.
    ///
    /// # Errors
    ///
    /// Those of [`RequestBuilder::send`].
    pub fn send(
        &self,
        request: RequestBuilder,
    ) -> impl Future<Output = reqwest::Result<Response>> + Send {
        call::send(&self.settings, request)
    }

    /// As [`send`](Self::send), for requests that are built already.
    ///
    /// # Errors
    ///
    /// Those of [`Client::execute`].
    pub async fn execute(
        &self,
        client: &Client,
        mut request: Request,
    ) -> reqwest::Result<Response> {
        let waiting = self.settings.begin(&mut request);
        let call = client.execute(request);
        match waiting {
            Some(waiting) => waiting.sent(call).await,
            None => call.await,
        }
    }
}
