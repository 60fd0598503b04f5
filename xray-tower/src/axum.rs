//! What axum leaves in a request's extensions.

use axum::extract::{ConnectInfo, MatchedPath};
use http::request::Parts;
use std::net::{IpAddr, SocketAddr};

/// Only there where the layer was added by `Router::layer`, and a route matched.
pub(crate) fn route(parts: &Parts) -> Option<&str> {
    parts.extensions.get().map(MatchedPath::as_str)
}

/// Only there where the server was made by `into_make_service_with_connect_info`.
pub(crate) fn peer(parts: &Parts) -> Option<IpAddr> {
    let info: &ConnectInfo<SocketAddr> = parts.extensions.get()?;
    Some(info.0.ip())
}
