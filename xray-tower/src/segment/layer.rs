//! The layer: what a server is wrapped with.

use super::service::SegmentService;
use super::settings::Settings;
use crate::body::EndAt;
use crate::client::Forwarded;
use crate::trust::Trust;
use http::request::Parts;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use tower_layer::Layer;
use xray_core::{Recorder, wildcard_match};

/// Opens a segment for each request that a server answers: see the [crate's documentation](crate).
///
/// ```
/// use xray_tower::SegmentLayer;
///
/// let layer = SegmentLayer::new()
///     .ignore_path("/health")
///     .trusted_hops(1);
/// # let _ = layer;
/// ```
#[must_use = "a layer does nothing until a service is wrapped with it"]
#[derive(Clone, Debug, Default)]
pub struct SegmentLayer {
    settings: Arc<Settings>,
}

impl SegmentLayer {
    /// A layer for the recorder of the process, whenever it is installed; without one, requests
    /// pass through untouched.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    /// Records with this recorder instead of the process's.
    pub fn recorder(self, recorder: &Recorder) -> Self {
        self.with(|s| s.recorder = Some(recorder.clone()))
    }

    /// How far callers' trace headers are believed; [`Trust::Continue`] unless set.
    pub fn trust(self, trust: Trust) -> Self {
        self.with(|s| s.trust = trust)
    }

    /// Whether responses carry `x-amzn-trace-id`, with the trace, and with the decision where the
    /// caller asks for it by `Sampled=?`. They do unless set; a header of that name which the
    /// service has set itself is replaced.
    pub fn answer(self, answer: bool) -> Self {
        self.with(|s| s.answer = answer)
    }

    /// For services that anybody may call: [believes nothing](Trust::Nothing) and
    /// [answers nothing](Self::answer).
    ///
    /// `X-Forwarded-For` can be made up as well; behind a load balancer,
    /// [`trusted_hops(1)`](Self::trusted_hops) takes the part that the balancer added.
    pub fn internet_facing(self) -> Self {
        self.trust(Trust::Nothing).answer(false)
    }

    /// How many proxies of one's own stand before the service, each of which adds the address it
    /// was asked from to `X-Forwarded-For`: the client's is the one added by the first of them. With
    /// 0 the header is not read.
    ///
    /// Unless set, the first address in the header is taken, as in the official SDKs, whoever wrote
    /// it. With one hop or more, `X-Forwarded-Proto` is believed, too.
    pub fn trusted_hops(self, hops: usize) -> Self {
        self.with(|s| s.forwarded = Forwarded::Hops(hops))
    }

    /// Records nothing for requests that the predicate picks, whatever their headers say; several
    /// may be given. The sampler is not asked, so they take nothing from its quota, and what they
    /// call is told `Sampled=0`.
    ///
    /// ```
    /// # use xray_tower::SegmentLayer;
    /// let layer = SegmentLayer::new().ignore(|request| request.method == "OPTIONS");
    /// # let _ = layer;
    /// ```
    pub fn ignore(self, predicate: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|s| s.ignore.push(Arc::new(predicate)))
    }

    /// As [`ignore`](Self::ignore), by the path: `*` is any run of characters, upper and lower case
    /// are the same.
    pub fn ignore_path(self, pattern: impl Into<String>) -> Self {
        let pattern = pattern.into();
        self.ignore(move |request| wildcard_match(&pattern, request.uri.path()))
    }

    /// How to find the template that a request's path matched (`/users/{id}`): it becomes the
    /// annotation `route`, and, after the method, the segment's operation. With the feature `axum`,
    /// axum's is found without this.
    ///
    /// ```
    /// # use xray_tower::SegmentLayer;
    /// #[derive(Clone)]
    /// struct Matched(String);
    ///
    /// let layer = SegmentLayer::new().route(|request| {
    ///     let matched: &Matched = request.extensions.get()?;
    ///     Some(matched.0.as_str().into())
    /// });
    /// # let _ = layer;
    /// ```
    pub fn route(
        self,
        route: impl for<'a> Fn(&'a Parts) -> Option<Cow<'a, str>> + Send + Sync + 'static,
    ) -> Self {
        self.with(|s| s.route = Some(Arc::new(route)))
    }

    /// How to find the address at the other end of the connection, which is the client's where no
    /// header says otherwise. With the feature `axum`, its `ConnectInfo<SocketAddr>` is found without
    /// this; tonic's is found so:
    ///
    /// ```
    /// # use xray_tower::SegmentLayer;
    /// # #[derive(Clone)] struct TcpConnectInfo;
    /// # impl TcpConnectInfo {
    /// #     fn remote_addr(&self) -> Option<std::net::SocketAddr> { None }
    /// # }
    /// let layer = SegmentLayer::new().peer(|request| {
    ///     // `tonic::transport::server::TcpConnectInfo`
    ///     let info: &TcpConnectInfo = request.extensions.get()?;
    ///     Some(info.remote_addr()?.ip())
    /// });
    /// # let _ = layer;
    /// ```
    pub fn peer(self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.with(|s| s.peer = Some(Arc::new(peer)))
    }

    /// Where all segments end.
    ///
    /// Unless set, with the body; but with the head where a response has no natural end
    /// (`text/event-stream`). Where the connection is handed over to another protocol it is the head
    /// in any case.
    pub fn end_at(self, end_at: EndAt) -> Self {
        self.with(|s| s.end_at = Some(end_at))
    }

    /// Gives handlers the [`Context`](xray_core::Context) as an extension of the request, for code
    /// that does not want to rely on the current one. Costs an allocation per request.
    pub fn with_extension(self) -> Self {
        self.with(|s| s.extension = true)
    }
}

impl<S> Layer<S> for SegmentLayer {
    type Service = SegmentService<S>;

    fn layer(&self, inner: S) -> SegmentService<S> {
        SegmentService::new(inner, self.settings.clone())
    }
}
