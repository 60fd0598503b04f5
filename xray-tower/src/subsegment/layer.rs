//! The layer: what a client is wrapped with.

use super::service::SubsegmentService;
use super::settings::Settings;
use crate::body::EndAt;
use http::request::Parts;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use tower_layer::Layer;
use xray_core::__private::Options;

/// Opens a subsegment for each call of an HTTP client, and tells the called service the trace: for
/// hyper-util's client, tonic's channels, and every other `Service` that takes an `http::Request`.
///
/// The subsegment belongs to what is current when the service is called, which need not be where its
/// future is awaited; where nothing is open, the call is left as it is. No result is ever changed.
///
/// ```
/// use http::{Request, Response};
/// use tower::{Service, ServiceBuilder};
/// use xray_tower::SubsegmentLayer;
/// # use std::io;
/// # use xray_core::{Recorder, TraceFuture, sampling::Always};
/// # use xray_core::test_util::{MemoryEmitter, block_on};
/// # let emitter = MemoryEmitter::new();
/// # let recorder = Recorder::builder("shop").emitter(emitter.clone()).sampler(Always).build()?;
///
/// // Stands for a client. What it is to send has the header.
/// let client = tower::service_fn(async |request: Request<()>| {
///     assert!(request.headers().contains_key("x-amzn-trace-id"));
///     Ok::<_, io::Error>(Response::new(String::new()))
/// });
/// let mut client = ServiceBuilder::new().layer(SubsegmentLayer::new()).service(client);
///
/// let call = async {
///     let request = Request::get("http://stock.internal/articles/7?key=secret").body(())?;
///     client.call(request).await?;
///     Ok::<_, Box<dyn std::error::Error>>(())
/// };
/// block_on(call.within(recorder.segment("shop").start()))?;
/// assert_eq!(
///     emitter.tree(),
///     "shop\n  stock.internal namespace=remote http=GET http://stock.internal/articles/7 200\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is recorded
///
/// The name is the host, without the port; for calls of gRPC whose host is known only further in
/// (a `Channel` of tonic's adds it), the gRPC service. The URL stands there without query and
/// credentials, the response with its status and length. A status of 429 marks a throttle, other 4xx
/// an error, 5xx a fault; in gRPC its own status does, by the table in the [crate's
/// documentation](crate), from headers or trailers and for calls of all four kinds.
///
/// | what happens | the subsegment |
/// |---|---|
/// | the head of the response | ends there |
/// | gRPC, or [`EndAt::Body`] | ends with the trailers or the last of the body |
/// | the client returns an error | fault: see [`error`](Self::error) |
/// | a panic | fault, with its message |
/// | the future is dropped before it is ready (a timeout around it, for one) | error, annotation `aborted: "request"` |
/// | a body that is waited for is dropped before its end | error, annotation `aborted: "response"` |
///
/// # Where to put it
///
/// Around a layer that repeats calls or follows redirects there is one subsegment for all attempts,
/// inside of it one for each. A time limit inside of this layer is recorded as the error that it
/// makes.
#[must_use = "a layer does nothing until a client is wrapped with it"]
#[derive(Clone, Debug, Default)]
pub struct SubsegmentLayer {
    settings: Arc<Settings>,
}

impl SubsegmentLayer {
    /// A layer with every option at its default.
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
    /// # use xray_tower::SubsegmentLayer;
    /// let layer = SubsegmentLayer::new().name(|request| {
    ///     let host = request.uri.host()?;
    ///     host.ends_with(".shard.internal").then_some("shards".into())
    /// });
    /// # let _ = layer;
    /// ```
    pub fn name(
        self,
        name: impl for<'a> Fn(&'a Parts) -> Option<Cow<'a, str>> + Send + Sync + 'static,
    ) -> Self {
        self.with(|s| s.name = Some(Arc::new(name)))
    }

    /// Where all subsegments end. Unless set, with the head, but in gRPC with the trailers, since the
    /// status stands there.
    ///
    /// A subsegment that ends with the body is the current context while the body is read, and is
    /// aborted if that is not read to its end.
    pub fn end_at(self, end_at: EndAt) -> Self {
        self.with(|s| s.end_at = Some(end_at))
    }

    /// Has errors of this type described by their text and their sources; several may be given.
    ///
    /// Clients and bodies may return errors of any type at all, so of others only the type's name is
    /// known, but for tower's usual `Box<dyn Error + Send + Sync>`.
    ///
    /// ```
    /// # use xray_tower::SubsegmentLayer;
    /// let hyper = SubsegmentLayer::new().error::<hyper_util::client::legacy::Error>();
    /// let tonic = SubsegmentLayer::new()
    ///     .error::<tonic::transport::Error>()
    ///     .error::<tonic::Status>();
    /// # let _ = (hyper, tonic);
    /// ```
    pub fn error<E: Error + 'static>(self) -> Self {
        self.with(|s| s.known.add::<E>())
    }
}

impl<S> Layer<S> for SubsegmentLayer {
    type Service = SubsegmentService<S>;

    fn layer(&self, inner: S) -> SubsegmentService<S> {
        SubsegmentService::new(inner, self.settings.clone())
    }
}
