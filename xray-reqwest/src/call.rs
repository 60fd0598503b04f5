//! A call: from a request to its subsegment, and from the result to what is said of it.

use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Request, Response, Url};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use xray_core::__private::{Open, Options, Target};
use xray_core::{Exception, TraceHeader};

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
    request: Option<(reqwest::Method, Url)>,
    traced: bool,
}

impl Settings {
    /// Opens the subsegment of a call, and adds its headers; none where the call is left as it is.
    pub(crate) fn begin(&self, request: &mut Request) -> Option<Waiting> {
        let authority = authority(request.url());
        let target = target(
            request.method().as_str(),
            request.url(),
            authority.as_deref(),
        );
        let present = request.headers().get(TraceHeader::NAME);
        let present = present.map(HeaderValue::as_bytes);
        let name = || self.name.as_ref().and_then(|name| name(request));
        let call = self.options.begin(&target, present, name)?;
        let headers = request.headers_mut();
        call.headers(|name, value| {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        });
        let open = call.open;
        // What is not recorded need not be remembered.
        let recording = open.context().is_recording();
        let at_first = || (request.method().clone(), request.url().clone());
        Some(Waiting {
            open,
            request: recording.then(at_first),
            traced: self.options.is_traced(),
        })
    }

    /// The subsegment of a call whose request could not be built, so that nobody knows where it was
    /// to go.
    pub(crate) fn begin_unknown(&self) -> Option<Waiting> {
        let target = Target {
            method: "",
            scheme: "",
            authority: None,
            path: "",
        };
        let call = self.options.begin(&target, None, || None)?;
        Some(Waiting {
            open: call.open,
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

    pub(crate) fn succeeded(mut self, response: &Response) {
        if let Some(subsegment) = self.open.entity() {
            if let Some((method, _)) = self.request.as_ref().filter(|r| r.1 != *response.url()) {
                let authority = authority(response.url());
                let target = target(method.as_str(), response.url(), authority.as_deref());
                subsegment.http_request(&target.request().traced(self.traced));
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

fn target<'a>(method: &'a str, url: &'a Url, authority: Option<&'a str>) -> Target<'a> {
    Target {
        method,
        scheme: url.scheme(),
        authority,
        path: url.path(),
    }
}

/// Host and port, which no URL has in one piece that is free of credentials.
fn authority(url: &Url) -> Option<Cow<'_, str>> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    })
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
