//! A server that ends with its last request.

use crate::Error;
use axum::Router;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(router: Router, address: SocketAddr) -> Result<Self, Error> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stop, told_to_stop) = oneshot::channel();
        let server = axum::serve(listener, service).with_graceful_shutdown(async {
            told_to_stop.await.ok();
        });
        let serving = tokio::spawn(async { server.await });
        Ok(Self {
            address,
            stop,
            serving,
        })
    }

    /// Takes no more requests, and answers those that it has; whether it got done with them in time.
    pub(crate) async fn stop(self, within: Duration) -> bool {
        self.stop.send(()).ok();
        tokio::time::timeout(within, self.serving).await.is_ok()
    }
}
