//! Ten thousand requests at once, with every kind of accident.

use crate::support::{Shop, get, in_time};
use axum::body::{Body, Bytes};
use futures_util::stream;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::io;
use std::panic::resume_unwind;
use tokio::sync::{mpsc, watch};
use tower::{Layer, Service};
use xray_core::{TraceFuture, current, subsegment};

pub(crate) const REQUESTS: usize = 10_000;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    Answered,
    NeverPolled,
    Cancelled,
    Panics,
    CallPanics,
    Fails,
    Unread,
    LeftHalfway,
    BodyFails,
    BodyPanics,
    /// A subsegment outlives the segment.
    Outlived,
}

pub(crate) const FATES: [Fate; 11] = [
    Fate::Answered,
    Fate::NeverPolled,
    Fate::Cancelled,
    Fate::Panics,
    Fate::CallPanics,
    Fate::Fails,
    Fate::Unread,
    Fate::LeftHalfway,
    Fate::BodyFails,
    Fate::BodyPanics,
    Fate::Outlived,
];

/// The same in every run.
pub(crate) fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 33) as usize
}

#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) arrived: mpsc::UnboundedSender<()>,
    pub(crate) go: watch::Receiver<bool>,
}

impl Desk {
    async fn wait(&mut self) {
        let _waiting = subsegment("wait");
        self.arrived.send(()).unwrap();
        self.go.wait_for(|go| *go).await.unwrap();
    }

    async fn serve(mut self, fate: Fate) -> io::Result<Response<Body>> {
        self.wait().await;
        match fate {
            Fate::Panics => resume_unwind(Box::new("panics")),
            Fate::Fails => return Err(io::Error::other("fails")),
            Fate::Outlived => {
                let child = subsegment("later");
                tokio::spawn(tokio::task::yield_now().within(child));
            }
            _ => {}
        }
        let frames = (0..3).map(move |n| match fate {
            Fate::BodyFails if n == 1 => Err(io::Error::other("fails")),
            Fate::BodyPanics if n == 1 => resume_unwind(Box::new("panics")),
            _ => {
                subsegment("frame").end();
                Ok(Bytes::from("frame"))
            }
        });
        Ok(Response::new(Body::from_stream(stream::iter(frames))))
    }
}

impl Service<Request<Body>> for Desk {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = futures_util::future::BoxFuture<'static, io::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fate = *request.extensions().get::<Fate>().unwrap();
        if fate == Fate::CallPanics {
            resume_unwind(Box::new("panics"));
        }
        Box::pin(self.clone().serve(fate))
    }
}

pub(crate) async fn client<S, B>(mut service: S, fate: Fate)
where
    S: Service<Request<Body>, Response = Response<B>>,
    B: http_body::Body + Unpin,
{
    let request = get("/a").extension(fate).body(Body::empty()).unwrap();
    let response = service.call(request);
    if fate == Fate::NeverPolled {
        return;
    }
    let Ok(response) = response.await else {
        assert_eq!(fate, Fate::Fails);
        return;
    };
    let mut body = response.into_body();
    match fate {
        Fate::Unread => {}
        Fate::LeftHalfway => drop(body.frame().await),
        _ => while let Some(Ok(_)) = body.frame().await {},
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_requests_leave_nothing_open() {
    let shop = Shop::new();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let (go, waiting) = watch::channel(false);
    let desk = Desk {
        arrived,
        go: waiting,
    };
    let layer = shop.layer();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut tasks = Vec::with_capacity(REQUESTS);
    let mut expected = 0;
    for _ in 0..REQUESTS {
        let fate = FATES[random(&mut state) % FATES.len()];
        expected += usize::from(!matches!(fate, Fate::NeverPolled | Fate::CallPanics));
        let service = layer.layer(desk.clone());
        let asking = async move {
            client(service, fate).await;
            assert!(current().is_missing());
        };
        tasks.push((fate, tokio::spawn(asking)));
    }
    // All are open at once before the first may go on.
    for _ in 0..expected {
        in_time(arrivals.recv()).await.unwrap();
    }
    for (fate, task) in &tasks {
        if *fate == Fate::Cancelled {
            task.abort();
        }
    }
    go.send(true).unwrap();
    for (fate, task) in tasks {
        match task.await {
            Ok(()) => assert!(!panics(fate), "{fate:?}"),
            Err(error) if error.is_panic() => assert!(panics(fate), "{fate:?}: {error}"),
            Err(_) => assert_eq!(fate, Fate::Cancelled),
        }
    }
    // What outlives its segment ends a little later.
    let emitter = shop.emitter.clone();
    let begun = move || shop.recorder.stats();
    in_time(async {
        while begun().open() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let stats = begun();
    assert_eq!(stats.begun, stats.emitted + stats.lost(), "{stats:?}");
    assert_eq!((stats.lost(), stats.missing_context), (0, 0));
    let segments = emitter.values();
    let segments = segments.iter().filter(|v| v.get("type").is_none());
    assert_eq!(segments.count(), REQUESTS);
}

pub(crate) fn panics(fate: Fate) -> bool {
    matches!(fate, Fate::Panics | Fate::CallPanics | Fate::BodyPanics)
}
