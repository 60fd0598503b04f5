//! A call: from a request to its subsegment, and from the result to what is said of it.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request, RequestBuilder, Response, Url};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use xray_core::__private::{Open, Options, Target};
use xray_core::{Exception, HttpRequest, TraceHeader};

/// The length of a trace header that has no other fields than `Root`, `Parent` and `Sampled`.
const USUAL: usize = 74;

type Name = Arc<dyn for<'a> Fn(&'a Request) -> Option<Cow<'a, str>> + Send + Sync>;

/// What is said of all calls of a client.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) name: Option<Name>,
}

/// The subsegment of a call that is being made. Dropped before there is a result, it is aborted.
#[derive(Debug)]
pub(crate) struct Waiting {
    open: Open,
    /// Where the request went at first.
    request: Option<(Method, Url)>,
    traced: bool,
}

/// Sends a request of a bare client.
///
/// The one future of it, so that the request, which is large, is moved as rarely as `send` does.
pub(crate) async fn send(
    settings: &Settings,
    request: RequestBuilder,
) -> reqwest::Result<Response> {
    let mut split = request.build_split();
    let waiting = match &mut split.1 {
        Ok(request) => settings.begin(request),
        Err(error) => {
            if let Some(waiting) = settings.begin_unknown() {
                waiting.failed(Exception::new(error));
            }
            None
        }
    };
    let call = match split.1 {
        Ok(request) => split.0.execute(request),
        Err(error) => return Err(error),
    };
    match waiting {
        Some(waiting) => waiting.sent(call).await,
        None => call.await,
    }
}

impl Settings {
    /// Opens the subsegment of a call, and adds its headers; none where nothing is recorded.
    pub(crate) fn begin(&self, request: &mut Request) -> Option<Waiting> {
        const TRACE: HeaderName = HeaderName::from_static(TraceHeader::NAME);
        const PARENT: HeaderName = HeaderName::from_static("traceparent");
        let target = || {
            let (method, url) = (request.method(), request.url());
            Target {
                method: method.as_str(),
                host: url.host_str(),
                path: url.path(),
                shown: shown(method, url),
            }
        };
        let post = request.method() == Method::POST;
        let present = request.headers().get(TRACE);
        let present = present.map(HeaderValue::as_bytes);
        let name = || self.name.as_ref().and_then(|name| name(request));
        let call = self.options.begin(post, target, present, name)?;
        if let Some(value) = call.header() {
            set(request.headers_mut(), TRACE, value.as_bytes());
        }
        if let Some(value) = call.traceparent() {
            set(request.headers_mut(), PARENT, value.as_bytes());
        }
        Some(Waiting {
            open: call.open()?,
            request: Some((request.method().clone(), request.url().clone())),
            traced: self.options.is_traced(),
        })
    }

    /// The subsegment of a call whose request could not be built, so that nobody knows where it was
    /// to go.
    pub(crate) fn begin_unknown(&self) -> Option<Waiting> {
        let target = || Target {
            method: "",
            host: None,
            path: "",
            shown: HttpRequest::default(),
        };
        let call = self.options.begin(false, target, None, || None)?;
        Some(Waiting {
            open: call.open()?,
            request: None,
            traced: false,
        })
    }
}

impl Waiting {
    /// Makes the call within the subsegment.
    pub(crate) async fn run<F: Future>(&mut self, call: F) -> F::Output {
        self.open.run(call).await
    }

    /// Makes a call of a bare client, and says what became of it.
    pub(crate) async fn sent(
        mut self,
        call: impl Future<Output = reqwest::Result<Response>>,
    ) -> reqwest::Result<Response> {
        let result = self.run(call).await;
        match &result {
            Ok(response) => self.succeeded(response),
            Err(error) => self.failed(Exception::new(error)),
        }
        result
    }

    pub(crate) fn succeeded(mut self, response: &Response) {
        if let Some(subsegment) = self.open.entity() {
            if let Some((method, _)) = self.request.as_ref().filter(|r| r.1 != *response.url()) {
                let request = shown(method, response.url()).traced(self.traced);
                subsegment.http_request(&request);
            }
            let length = response.headers().get(CONTENT_LENGTH);
            let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
            let length = length.or_else(|| response.content_length());
            subsegment.http_response(response.status().as_u16(), length);
        }
        self.open.end();
    }

    /// Ends with an error, whose URLs the core takes the secrets from.
    pub(crate) fn failed(mut self, exception: Exception<'_>) {
        self.open.failed(exception);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.open.aborted("request");
    }
}

/// The core leaves credentials and query out of what is shown.
fn shown<'a>(method: &'a Method, url: &'a Url) -> HttpRequest<'a> {
    HttpRequest::new(method.as_str(), url.as_str())
}

/// Our headers are made of what header values may be made of.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    // reqwest and what is below it make copies, for which a value that owns a slice allocates once
    // more. One without fields that are carried on, as most are, has its bytes beside the count.
    let value = match <[u8; USUAL]>::try_from(value) {
        Ok(usual) => Bytes::from_owner(usual),
        Err(_) => Bytes::copy_from_slice(value),
    };
    if let Ok(value) = HeaderValue::from_maybe_shared(value) {
        headers.insert(name, value);
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
