//! Every metric there is: its name, its unit, and what it is told apart by.
//!
//! Alarms and dashboards are written against these, so `test-data/metrics.json` holds the same.

/// What a service's own metrics are found under, where nothing else is said.
pub(super) const NAMESPACE: &str = "XRay/Service";

/// The name of a service, as segments show it.
pub(super) const SERVICE: &str = "Service";
/// What was asked of it.
pub(super) const OPERATION: &str = "Operation";

#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
}

macro_rules! metrics { ($(#[$on:meta])* $table:ident: $($(#[$doc:meta])* $constant:ident $name:literal $unit:literal;)*) => {
    $($(#[$doc])* pub(super) const $constant: Metric = Metric { name: $name, unit: $unit };)*
    $(#[$on])* pub(super) const $table: &[Metric] = &[$($constant),*];
} }

/// The dimension sets of what is said of each operation, and so of the service as a whole.
pub(super) const OF_OPERATIONS: &[&[&str]] = &[&[SERVICE], &[SERVICE, OPERATION]];

metrics! { OPERATIONS:
    /// Segments that ended, sampled or not.
    REQUESTS "Requests" "Count";
    /// Those with an error: the caller's doing (4xx).
    ERRORS "Errors" "Count";
    /// Those with a fault: the service's doing (5xx).
    FAULTS "Faults" "Count";
    /// Those that were turned away for their rate (429), which are errors, too.
    THROTTLES "Throttles" "Count";
    /// From the start to the end.
    LATENCY "Latency" "Milliseconds";
}

/// The dimension set of what is said of the process.
pub(super) const OF_PROCESS: &[&[&str]] = &[&[SERVICE]];

metrics! { #[cfg(test)] PROCESS:
    /// Documents that left.
    DOCUMENTS_EMITTED "DocumentsEmitted" "Count";
    /// Documents that did not leave, whatever the reason.
    DOCUMENTS_DROPPED "DocumentsDropped" "Count";
    /// Documents that lost detail to the size limit.
    DOCUMENTS_TRUNCATED "DocumentsTruncated" "Count";
    /// Values that were not recorded: no room in the entity or in memory, or nothing that JSON knows.
    VALUES_DROPPED "ValuesDropped" "Count";
    /// Lines like this one that could not be written.
    METRICS_DROPPED "MetricsDropped" "Count";
    /// Requests counted as `other`, because there are more operations than are told apart.
    OTHER_OPERATIONS "OtherOperations" "Count";
}

// What is asked for on ECS only, with the same dimension set.
metrics! { #[cfg(test)] TASK:
    /// What the task uses of the processors that it may use.
    TASK_CPU_UTILIZATION "TaskCpuUtilization" "Percent";
    /// What the task uses of the memory that it may use.
    TASK_MEMORY_UTILIZATION "TaskMemoryUtilization" "Percent";
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_file_says_what_the_table_says() {
        let of = |metrics: &[Metric], dimensions: &[&[&str]]| -> Vec<Value> {
            let one =
                |m: &Metric| json!({"name": m.name, "unit": m.unit, "dimensions": dimensions});
            metrics.iter().map(one).collect()
        };
        let mut metrics = of(OPERATIONS, OF_OPERATIONS);
        metrics.extend(of(PROCESS, OF_PROCESS));
        metrics.extend(of(TASK, OF_PROCESS));
        let table = json!({"namespace": NAMESPACE, "metrics": metrics});

        let file = include_str!("../../test-data/metrics.json");
        assert_eq!(serde_json::from_str::<Value>(file).unwrap(), table);
    }
}
