//! The part of the middleware that reqwest-middleware asks for.

use crate::SubsegmentMiddleware;
use crate::call::Waiting;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use std::pin::Pin;
use xray_core::Exception;

type Handling<'a> = Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

// The signature is what `async_trait`, which the trait is written with, makes of it.
impl Middleware for SubsegmentMiddleware {
    fn handle<'a, 'b, 'c, 'd>(
        &'a self,
        mut request: Request,
        extensions: &'b mut Extensions,
        next: Next<'c>,
    ) -> Handling<'d>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
    {
        // One future and no other inside of it, which a request would have to be moved into. What only
        // recorded calls need is apart, since this is moved and kept for every call.
        Box::pin(async move {
            match self.settings.begin(&mut request) {
                None => next.run(request, extensions).await,
                Some(waiting) => Box::pin(recorded(waiting, next.run(request, extensions))).await,
            }
        })
    }
}

async fn recorded(
    mut waiting: Waiting,
    call: impl Future<Output = Result<Response>>,
) -> Result<Response> {
    let result = waiting.run(call).await;
    match &result {
        Ok(response) => waiting.succeeded(response),
        Err(Error::Reqwest(error)) => waiting.failed(Exception::new(error)),
        Err(Error::Middleware(error)) => waiting.failed(Exception::new(&**error)),
    }
    result
}
