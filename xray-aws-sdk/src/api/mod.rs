//! X-Ray's own API: documents go there and sampling rules come from there without a daemon.
//!
//! Both are called from threads that may be driving a runtime just then. So both work on a thread
//! and a runtime of their own: whoever waits for them cannot keep them from getting on.

mod emitter;
mod queue;
mod rules;
mod worker;

pub use emitter::{ApiEmitter, ApiEmitterBuilder, ApiStats};
pub use rules::ApiRuleSource;

use aws_sdk_xray::config::Builder;
use aws_sdk_xray::config::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use std::time::Duration;

/// What one call may take with all its attempts, unless the configuration says something. The SDK
/// itself would wait for an answer for ever.
const LIMIT: Duration = Duration::from_secs(15);

fn client(config: &SdkConfig) -> aws_sdk_xray::Client {
    let ours = TimeoutConfig::builder().operation_timeout(LIMIT).build();
    let limits = match config.timeout_config() {
        Some(theirs) => theirs
            .to_builder()
            .take_unset_from(ours.to_builder())
            .build(),
        None => ours,
    };
    aws_sdk_xray::Client::from_conf(Builder::from(config).timeout_config(limits).build())
}
