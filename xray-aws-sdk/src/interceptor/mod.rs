//! The interceptor: one subsegment for each operation, from its beginning to its result.

mod execution;
mod hooks;
mod outcome;

use crate::parameters::{Additions, CAPTURED, Parameter};
use aws_smithy_types::telemetry::RequestedTelemetryAttributes;
use std::sync::LazyLock;

/// Records a subsegment for each operation of a client.
///
/// Belongs to the configuration of a client, or of one call:
///
/// ```no_run
/// # async fn example(shared: &aws_types::SdkConfig) {
/// use aws_sdk_sqs::{Client, config::Builder};
/// use xray_aws_sdk::SubsegmentInterceptor;
///
/// let config = Builder::from(shared).interceptor(SubsegmentInterceptor::new());
/// let sqs = Client::from_conf(config.build());
///
/// // Or for this one alone:
/// let call = sqs.list_queues().customize().interceptor(SubsegmentInterceptor::new());
/// # }
/// ```
///
/// It never fails a call. See the [crate] for what is recorded.
#[derive(Clone, Debug, Default)]
pub struct SubsegmentInterceptor {
    attempts: bool,
    additions: Additions,
}

impl SubsegmentInterceptor {
    /// Records what the catalogue has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether each attempt at a call is a subsegment `attempt` below the call's, with its own times,
    /// status and error; false if not said. The trace header then leads to the attempt.
    #[must_use]
    pub fn attempts(mut self, attempts: bool) -> Self {
        self.attempts = attempts;
        self
    }

    /// Records more members of an operation's input or output.
    ///
    /// ```
    /// use xray_aws_sdk::{Parameter, SubsegmentInterceptor};
    ///
    /// let interceptor = SubsegmentInterceptor::new()
    ///     .parameters("SFN", "StartExecution", [Parameter::request("name")])
    ///     .parameters("DynamoDB", "Query", [Parameter::response("Items").count().named("items")]);
    /// ```
    #[must_use]
    pub fn parameters(
        mut self,
        service: &str,
        operation: &str,
        parameters: impl IntoIterator<Item = Parameter>,
    ) -> Self {
        self.additions.add(service, operation, parameters);
        self
    }

    /// What the SDK shall hand over of the input, besides what the user asked it for.
    fn requested(
        &self,
        before: Option<&RequestedTelemetryAttributes>,
    ) -> RequestedTelemetryAttributes {
        static OURS: LazyLock<RequestedTelemetryAttributes> = LazyLock::new(|| {
            let mut ours = RequestedTelemetryAttributes::default();
            ours.capture_only(CAPTURED);
            ours
        });
        let mut requested = match before {
            None => OURS.clone(),
            Some(before) => {
                let mut all = before.clone();
                all.capture_only(CAPTURED);
                all
            }
        };
        requested.capture_only(self.additions.captured());
        requested
    }
}
