//! What happens at which point of an operation.

use super::SubsegmentInterceptor;
use super::execution::{Execution, begin, is_signed_in_query};
use super::outcome::outcome;
use crate::call::{self, Call};
use crate::marker::Traced;
use crate::parameters;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::telemetry::CaptureHttpAttemptTelemetry;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::telemetry::{CapturedTelemetryAttributes, RequestedTelemetryAttributes};
use xray_core::{Context, TraceHeader};

// No hook returns an error: that would be the user's call that fails.
#[dyn_dispatch_hint]
impl Intercept for SubsegmentInterceptor {
    fn name(&self) -> &'static str {
        "XRaySubsegmentInterceptor"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let context = Context::current();
        // A client may be configured by whoever installed another one of these.
        if context.is_missing() || cfg.load::<Execution>().is_some() {
            return Ok(());
        }
        if context.is_recording() {
            let requested = self.requested(cfg.load::<RequestedTelemetryAttributes>());
            cfg.interceptor_state().store_put(requested);
        }
        cfg.interceptor_state().store_put(Execution::new(context));
        Ok(())
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Nothing has been awaited since the execution began: this is still its beginning.
        begin(cfg);
        Ok(())
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = cfg.load::<Execution>().and_then(|e| e.call.as_ref());
        if let Some((call, subsegment)) = call.and_then(|call| Some((call, call.recording()?))) {
            let captured = cfg.load::<CapturedTelemetryAttributes>();
            let (what, request) = (call.what(), context.request());
            parameters::record_request(subsegment, what, &self.additions, captured, request);
        }
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let execution = cfg.get_mut_from_interceptor_state::<Execution>();
        if let Some(execution) = execution.filter(|e| self.attempts && e.attempt.is_none()) {
            execution.attempt = execution.call.as_ref().and_then(Call::attempt);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_signed_in_query(cfg) {
            return Ok(());
        }
        let captured = cfg.load::<CapturedTelemetryAttributes>();
        let needs_host = captured.is_none_or(|all| all.get("Bucket").is_none());
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let Some(innermost) = execution.innermost() else {
            return Ok(());
        };
        let (header, recording) = (innermost.header(), innermost.recording().is_some());
        let request = context.request_mut();
        if let Some(header) = header {
            // Whatever stands there leads elsewhere: on Lambda, the SDK has put the function's there.
            let _ = request.headers_mut().try_insert(TraceHeader::NAME, header);
        }
        request.add_extension(Traced);
        if !recording {
            return Ok(());
        }
        let present = request.extension::<CaptureHttpAttemptTelemetry>().cloned();
        let capture = present.unwrap_or_else(|| {
            let capture = CaptureHttpAttemptTelemetry::new();
            request.add_extension(capture.clone());
            capture
        });
        execution.connection = Some(capture);
        let call = execution.call.as_ref();
        let call = call.filter(|call| needs_host && call.service == "S3");
        if let Some((call, subsegment)) = call.and_then(|call| Some((call, call.recording()?))) {
            let (what, additions) = (call.what(), &self.additions);
            parameters::record_request(subsegment, what, additions, None, request);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let connection = execution.connection.take();
        let subsegment = execution.innermost().and_then(Call::recording);
        if let Some((captured, subsegment)) = connection.zip(subsegment) {
            call::connection(subsegment, &captured);
        }
        if let Some(attempt) = execution.attempt.take() {
            if let Some(subsegment) = attempt.recording() {
                outcome(subsegment, context.response(), context.output_or_error());
            }
            attempt.end();
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if matches!(context.output_or_error(), Some(Err(_))) {
            // It may have failed before there was anything to serialise.
            begin(cfg);
        }
        let attempts = cfg.load::<RequestAttempts>().map_or(0, |a| a.attempts());
        let Some(execution) = cfg.get_mut_from_interceptor_state::<Execution>() else {
            return Ok(());
        };
        let Some(call) = execution.call.take() else {
            return Ok(());
        };
        if let Some(subsegment) = call.recording() {
            subsegment.aws("retries", &attempts.saturating_sub(1));
            outcome(subsegment, context.response(), context.output_or_error());
            let succeeded = matches!(context.output_or_error(), Some(Ok(_)));
            if let Some(response) = context.response().filter(|_| succeeded) {
                let what = call.what();
                parameters::record_response(subsegment, what, &self.additions, response);
            }
        }
        call.end();
        Ok(())
    }
}
