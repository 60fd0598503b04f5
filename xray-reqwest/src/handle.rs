//! The part of the middleware that reqwest-middleware asks for.

use crate::SubsegmentMiddleware;
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
        // One future and no other inside of it, which a request would have to be moved into.
        Box::pin(async move {
            let Some(mut waiting) = self.settings.begin(&mut request) else {
                return next.run(request, extensions).await;
            };
            let result = waiting.run(next.run(request, extensions)).await;
            match &result {
                Ok(response) => waiting.succeeded(response),
                Err(Error::Reqwest(error)) => waiting.failed(Exception::new(error)),
                Err(Error::Middleware(error)) => waiting.failed(Exception::new(&**error)),
            }
            result
        })
    }
}
