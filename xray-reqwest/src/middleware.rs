//! The middleware, and its options, which calls of bare clients may be given as well.

use crate::call::Settings;
use reqwest::{Client, Request, RequestBuilder, Response};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use xray_core::__private::Options;
use xray_core::Exception;

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
#[derive(Clone, Debug)]
pub struct SubsegmentMiddleware {
    pub(crate) settings: Arc<Settings>,
}

impl Default for SubsegmentMiddleware {
    fn default() -> Self {
        // For `send_traced`, which makes one for each call.
        static DEFAULT: LazyLock<Arc<Settings>> = LazyLock::new(Arc::default);
        Self {
            settings: DEFAULT.clone(),
        }
    }
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
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        match request.build_split() {
            (client, Ok(request)) => self.execute(&client, request).await,
            (_, Err(error)) => {
                if let Some(waiting) = self.settings.begin_unknown() {
                    waiting.failed(Exception::new(&error));
                }
                Err(error)
            }
        }
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
        let Some(mut waiting) = self.settings.begin(&mut request) else {
            return client.execute(request).await;
        };
        let result = waiting.run(client.execute(request)).await;
        match &result {
            Ok(response) => waiting.succeeded(response),
            Err(error) => waiting.failed(Exception::new(error)),
        }
        result
    }
}
