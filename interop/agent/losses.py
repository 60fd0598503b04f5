"""What gets lost, and what to do about it: every member that is sent and not kept is named here."""

# Of ours.
OURS = {
    "error": (
        "made anew from the HTTP status; without one there is none, and with an exception it is a fault",
        "nothing where the entity has a status (requests, calls); an annotation where `mark_error` is all there is",
    ),
    "fault": (
        "made anew: from the HTTP status, else wherever there is a `cause`",
        "record the error (`record_error`, `run`, `capture`) rather than `mark_fault`",
    ),
    "throttle": (
        "made anew from the status 429 alone; DynamoDB throttles with 400",
        "look for the exception's type (`…ThroughputExceededException`, `Throttling…`)",
    ),
    "origin": (
        "not read; the exporter makes one from the agent's own resource attributes",
        "use the daemon where the kind of node on the service map matters: an ECS service may be shown as `remote`",
    ),
    "links": ("read, and not used", "put the other trace's id into an annotation"),
    "precursor_ids": ("read, and not used", "nothing; the order shows in the times"),
    "http.request.traced": (
        "not read",
        "nothing: ours says it as `traced` of the subsegment as well, which is kept",
    ),
    "sql.connection_string": (
        "not used, as the exporter has no place for it",
        "give `Sql::url`, with the database's name in its path",
    ),
    "sql.database_version": ("read, and not used", "an annotation, where it matters"),
    "sql.driver_version": ("read, and not used", "an annotation, where it matters"),
    "sql.preparation": ("read, and not used", "nothing"),
    "service.runtime": ("not read", "nothing; `telemetry.sdk.language` says it"),
    "service.runtime_version": (
        "not read",
        "put the build's version into `service_version`, which is kept",
    ),
    "aws.xray.sampling_rule_name": ("not read", "where sampling is looked into, use the daemon"),
    "aws.bucket_name": ("not read", "an annotation on the segment, where it is searched for"),
    "aws.key": ("not read", "as above"),
    "aws.message_id": ("not read", "as above"),
    "aws.id_2": ("not read", "as above; AWS Support asks for it"),
    "aws.consumed_capacity.*": ("not read", "DynamoDB's metrics in CloudWatch"),
    "aws.ecs.container_arn": ("read, and not used", "an annotation, where it is searched for"),
    "aws.ecs.task_arn": ("read, and not used", "as above"),
    "aws.ecs.task_family": ("read, and not used", "as above"),
    "aws.ecs.cluster_arn": ("read, and not used", "as above"),
}
# Of the official SDKs, besides.
THEIRS = {
    "Dummy": "not read",
    "aws.xray.package": "not read",
    "cause.working_directory": "read, and not used",
    "cause.id": "not read: Node's reference to an exception, of which only the mark is left",
    "cause.message": "not read",
    "service.name": "not read",
}
