//! A call over TLS to a server whose authority is the only one that is trusted.

use super::call;
use crate::net::{Timed, connect};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

pub(super) fn exchange(
    address: SocketAddr,
    name: &'static str,
    authority: &[u8],
    request: &[u8],
    until: Instant,
) -> io::Result<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority) {
        let certificate = certificate.map_err(invalid)?;
        roots.add(certificate).map_err(invalid)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).map_err(invalid)?;
    let client = ClientConnection::new(Arc::new(config), name).map_err(invalid)?;
    let stream = connect(&[address], until)?;
    call::exchange(
        StreamOwned::new(client, Timed::new(&stream, until)),
        request,
    )
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
