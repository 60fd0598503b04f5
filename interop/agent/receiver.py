"""What the CloudWatch agent and the OpenTelemetry collector make of a document: a model.

Both take X-Ray's documents with the `awsxrayreceiver` of opentelemetry-collector-contrib, which makes
spans of them, and send them on with its `awsxrayexporter`. Facts are from its source, read in August
2026 and written down in own words; `source` says where:

    segment     internal/aws/xray/tracesegment.go       which members are read at all, and their types
    translator  receiver/…/translator/translator.go     spans, ids, times
    name, aws, http, cause, sql, sdk, annotations, metadata: files beside it
    exporter    exporter/awsxrayexporter/internal/translator/cause.go    marks
"""

import math
import re
from collections import namedtuple

# A member, by a pattern in which `*` is any name; `root` where only the outermost entity's is read.
Kept = namedtuple("Kept", "member becomes source root")


def _kept(member, becomes, source, root=False):
    return Kept(member, becomes, source, root)


KEPT = [
    _kept("name", "the span's name; `service.name` of all spans of the document", "translator"),
    _kept("id", "the span's id", "translator"),
    _kept("trace_id", "the trace's id", "translator"),
    _kept("parent_id", "the parent's id; what is embedded has it from its place", "translator"),
    _kept("start_time", "start of the span", "translator"),
    _kept("end_time", "end of the span", "translator"),
    _kept("in_progress", "`aws.xray.inprogress`", "translator"),
    _kept("type", "kind: a subsegment sent alone is no server", "translator"),
    _kept(
        "namespace",
        "kind `CLIENT` (`local`: `INTERNAL`); with `aws` the name is `aws.service`, too",
        "name",
    ),
    _kept("user", "`enduser.id`", "translator"),
    _kept("resource_arn", "`aws.xray.resource_arn`", "translator", True),
    _kept("traced", "`aws.xray.traced`", "translator"),
    _kept("service.version", "`service.version`", "translator", True),
    _kept("http.request.method", "`http.method`", "http"),
    _kept("http.request.url", "`http.url`", "http"),
    _kept("http.request.user_agent", "`http.user_agent`", "http"),
    _kept("http.request.client_ip", "`http.client_ip`; kind `SERVER`", "http"),
    _kept("http.request.x_forwarded_for", "`aws.xray.x_forwarded_for`", "http"),
    _kept("http.response.status", "`http.status_code`, the status of the span", "http"),
    _kept("http.response.content_length", "`http.response_content_length`", "http"),
    _kept("cause", "an exception's id: the message of the span's status", "cause"),
    *(
        _kept(f"cause.exceptions[*].{name}", f"`{attribute}` of an event `exception`", "cause")
        for name, attribute in {
            "id": "aws.xray.exception.id",
            "message": "exception.message",
            "type": "exception.type",
            "remote": "aws.xray.exception.remote",
            "truncated": "aws.xray.exception.truncated",
            "skipped": "aws.xray.exception.skipped",
            "cause": "aws.xray.exception.cause",
            "stack": "exception.stacktrace",
        }.items()
    ),
    *(
        _kept(f"aws.{name}", f"`aws.{name}`", "aws")
        for name in ("operation", "account_id", "region", "request_id", "queue_url", "table_name")
    ),
    _kept("aws.retries", "`aws.xray.retries`", "aws"),
    _kept("aws.xray.sdk", "`telemetry.sdk.name`, `telemetry.sdk.language`", "sdk", True),
    _kept("aws.xray.sdk_version", "`telemetry.sdk.version`", "sdk", True),
    *(
        _kept(f"aws.{name}", f"`{attribute}`", "aws", True)
        for name, attribute in {
            "cloudwatch_logs[*].log_group": "aws.log.group.names",
            "cloudwatch_logs[*].arn": "aws.log.group.arns",
            "ec2.instance_id": "host.id",
            "ec2.instance_size": "host.type",
            "ec2.ami_id": "host.image.id",
            "ec2.availability_zone": "cloud.availability_zone",
            "ecs.container": "container.name",
            "ecs.container_id": "container.id",
            "eks.pod": "k8s.pod.name",
            "eks.container_id": "container.id",
            "eks.cluster_name": "k8s.cluster.name",
            "elastic_beanstalk.environment_name": "service.namespace",
            "elastic_beanstalk.version_label": "service.version",
            "elastic_beanstalk.deployment_id": "service.instance.id",
        }.items()
    ),
    _kept("sql.url", "`db.connection_string`, `db.name`", "sql"),
    _kept("sql.database_type", "`db.system`", "sql"),
    _kept("sql.sanitized_query", "`db.statement`", "sql"),
    _kept("sql.user", "`db.user`", "sql"),
    _kept(
        "annotations.*",
        "an attribute, named in `aws.xray.annotations`; numbers are doubles",
        "annotations",
    ),
    _kept("metadata.*", "`aws.xray.metadata.<namespace>`, as text", "metadata"),
]

# Members that are read and have to be of a type, or the whole document is refused.
TYPES = {
    str: "name id trace_id parent_id type namespace user origin resource_arn service.version "
    "http.request.method http.request.url http.request.user_agent http.request.client_ip "
    "cause.exceptions[*].id cause.exceptions[*].message cause.exceptions[*].type "
    "cause.exceptions[*].cause cause.working_directory aws.operation aws.account_id aws.region "
    "aws.request_id aws.queue_url aws.table_name aws.xray.sdk aws.xray.sdk_version sql.* "
    "precursor_ids[*] links[*].trace_id links[*].id",
    bool: "in_progress error fault throttle traced http.request.x_forwarded_for "
    "cause.exceptions[*].remote aws.xray.auto_instrumentation",
    int: "aws.elastic_beanstalk.deployment_id http.response.status aws.retries cause.exceptions[*].truncated cause.exceptions[*].skipped",
    float: "start_time end_time",
}
_SPANS_ID = re.compile(r"[0-9a-fA-F]{16}")
_DATABASE = re.compile(r"(.+//.+)/([^?]+)\??.*")


class Refused(Exception):
    """The whole document is, with all subsegments in it; the agent logs why."""


def matches(pattern, member):
    pattern = re.escape(pattern).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", ".*")
    return re.fullmatch(pattern, member, re.DOTALL) is not None


def general(member):
    """A member's name without what is the program's own: keys, numbers in lists."""
    member = re.sub(r"\[\d+\]", "[*]", member)
    member = re.sub(r"^(links|precursor_ids)\[\*\].*", r"\1", member)
    own = r"^(annotations|metadata|aws\.consumed_capacity)\..*"
    return re.sub(own, r"\1.*", member, flags=re.DOTALL)


def members(entity):
    """What it says, by its path; children apart."""

    def flat(value, path):
        if isinstance(value, dict) and (value or path.count(".") == 0):
            for key, inner in value.items():
                yield from flat(inner, f"{path}.{key}" if path else key)
        elif isinstance(value, list) and path.rpartition(".")[2] != "stack":
            for number, inner in enumerate(value):
                yield from flat(inner, f"{path}[{number}]")
        else:
            yield path, value

    yield from flat({k: v for k, v in entity.items() if k != "subsegments"}, "")


def _parsed(entity):
    """What Go's decoder makes of it."""
    for path, value in members(entity):
        if isinstance(value, float) and not math.isfinite(value):
            raise Refused("it is no JSON: `NaN` or `Infinity`")
        for of, patterns in TYPES.items():
            if value is not None and any(matches(pattern, path) for pattern in patterns.split()):
                right = isinstance(value, (int, float) if of is float else of)
                if not right or of is int and isinstance(value, bool):
                    raise Refused(f"`{general(path)}` is not of its type")
    for namespace, inner in entity.get("metadata", {}).items():
        if not isinstance(inner, dict):
            raise Refused("`metadata` has a value where a namespace belongs")
    for child in entity.get("subsegments", []):
        _parsed(child)


def _span(entity):
    """What the receiver asks of each entity."""
    for member in ("id", "parent_id"):
        if member in entity and not _SPANS_ID.fullmatch(entity[member]):
            raise Refused(f"`{member}` is not 16 hex digits")
    if "id" not in entity:
        raise Refused("`id` is missing")
    trace = entity.get("trace_id")
    if trace is not None and (
        len(trace) < 35 or not re.fullmatch("[0-9a-fA-F]{32}", trace[2:10] + trace[11:])
    ):
        raise Refused("`trace_id` is not of X-Ray's form")
    # `local`, which Python writes, since pull request 31514 of April 2024.
    if entity.get("namespace", "aws") not in ("aws", "remote", "local"):
        raise Refused("`namespace` is none that it knows")
    url = entity.get("sql", {}).get("url")
    if url is not None and not _DATABASE.fullmatch(url):
        raise Refused("`sql.url` names no database")
    if "name" not in entity:
        raise Refused(
            "a subsegment has no `name`, which the receiver does not look at before it uses it"
        )
    for child in entity.get("subsegments", []):
        _span(child)


def receive(document):
    """Which members get lost, for each entity; raises Refused."""
    if document is None:
        raise Refused("it is no JSON: an empty datagram")
    _parsed(document)
    for member in ("name", "id", "start_time", "trace_id"):
        if member not in document:
            raise Refused(f"`{member}` is missing")
    _span(document)
    found = []

    def each(entity, root):
        kept, lost = set(), set()
        for path, _ in members(entity):
            here = [k for k in KEPT if matches(k.member, path) and (root or not k.root)]
            (kept if here else lost).add(general(path))
        found.append((entity, kept, lost))
        for child in entity.get("subsegments", []):
            each(child, False)

    each(document, True)
    return found


def marks(entity):
    """Which of `error`, `fault` and `throttle` X-Ray has in the end: the exporter makes them anew."""
    status = entity.get("http", {}).get("response", {}).get("status", 0)
    if status == 429:
        return {"error", "throttle"}
    if 400 <= status < 500:
        return {"error"}
    if 500 <= status < 600 or "cause" in entity:
        return {"fault"}
    return set()
