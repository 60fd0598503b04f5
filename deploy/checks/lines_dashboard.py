"""What the dashboard shows, and that it exists; what the service says so that it does."""

import json
import re

from checks import equal
from kit import ACCOUNT, REGION, ROOT
from line import each, environment, line, properties
from lines_alarms import alarms, exists


def widgets(kit):
    body = json.loads(properties(kit, "Dashboard")["DashboardBody"])
    return {widget["properties"]["title"]: widget for widget in body["widgets"]}


def plotted(widget):
    """The metrics of a widget: names with their dimensions, the console's short forms written out."""
    before = []
    for entry in widget["properties"]["metrics"]:
        words = [word for word in entry if isinstance(word, str)]
        if not words:
            (query,) = entry
            yield from asked(query["expression"])
            continue
        if words[0] == "...":
            words = before[: len(before) - len(words) + 1] + words[1:]
        words = [old if word == "." else word for word, old in zip(words, before or words)]
        before = words
        yield words[0], words[1], dict(zip(words[2::2], words[3::2]))


def asked(expression):
    """Those of an expression: a query, a search, or arithmetic about others of the widget."""
    query = re.match(
        r'SELECT SUM\((\w+)\) FROM SCHEMA\("([^"]+)", ([\w, ]+)\) WHERE Service = \'checkout\' ',
        expression,
    )
    search = re.match(
        r"SEARCH\('\{([^,]+),([\w,]+)\} MetricName=\"(\w+)\" Service=\"checkout\"', 'p\d+', \d+\)$",
        expression,
    )
    if query:
        yield query[2], query[1], dict.fromkeys(query[3].split(", "))
    elif search:
        yield search[1], search[3], dict.fromkeys(search[2].split(","))
    else:
        assert re.fullmatch(r"[\w\s*/]+", expression), expression


@line("every metric of the dashboard exists")
def _(kit):
    plots = [widget for widget in widgets(kit).values() if widget["type"] == "metric"]
    assert len(plots) == 9
    for widget in plots:
        assert list(plotted(widget)), widget["properties"]["title"]
        for namespace, name, dimensions in plotted(widget):
            exists(kit, namespace, name, dimensions)


@line("the dashboard shows rates, latency, top operations, losses, alarms, and logs by trace")
def _(kit):
    found = widgets(kit)
    names = {
        title: {name for _, name, _ in plotted(w)}
        for title, w in found.items()
        if w["type"] == "metric"
    }
    equal(names["Requests"], {"Requests", "Errors", "Faults", "Throttles"})
    equal(names["Faults in percent"], {"Requests", "Faults"})
    statistics = [entry[-1]["stat"] for entry in found["Latency"]["properties"]["metrics"]]
    equal((names["Latency"], statistics), ({"Latency"}, ["p50", "p90", "p99"]))
    equal(names["Top operations"], {"Requests"})
    equal(names["Operations that fail"], {"Faults"})
    equal(names["Slow operations (p99)"], {"Latency"})
    lost = {"DocumentsDropped", "DocumentsTruncated", "ValuesDropped", "MetricsDropped"}
    equal(names["Documents: sent, cut, lost"], lost | {"DocumentsEmitted", "OtherOperations"})
    equal(names["Traces in X-Ray"], {"ApproximateTraceCount"})
    equal(names["Tasks"], {"TaskCpuUtilization", "TaskMemoryUtilization"})
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:the-"
    equal(
        set(found["Alarms"]["properties"]["alarms"]),
        {arn + n for n in [*alarms(kit), "ServiceIsBad"]},
    )
    for widget in found.values():
        assert widget["type"] == "alarm" or widget["properties"]["region"] == REGION
    equal(properties(kit, "Dashboard")["DashboardName"], f"stack-{REGION}")


@line("the dashboard's log lines are joined by the field that the SDK writes")
def _(kit):
    key = re.search(
        r'KEY: &\'static str = "([\w-]+)"', (ROOT / "xray-core/src/log_id.rs").read_text()
    )[1]
    (query,) = [w["properties"]["query"] for w in widgets(kit).values() if w["type"] == "log"]
    assert query.startswith("SOURCE 'the-LogGroup' | ")
    # The trace, an at sign, and the segment.
    assert f'parse `{key}` "*@*" as trace, entity' in query
    assert f"ispresent(`{key}`)" in query
    assert "by trace" in query


@line("documents say which task they are from, and in which group their log lines are")
def _(kit):
    for _, service, _ in each(kit):
        equal(environment(service)["AWS_XRAY_PLUGINS"], "ecs")
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:the-LogGroup"
        equal(environment(service)["AWS_LOG_GROUP"], group)


@line("every request is counted: metrics are on, as lines of the log")
def _(kit):
    for _, service, _ in each(kit):
        equal(environment(service)["AWS_XRAY_METRICS"], "stdout")
        equal(environment(service)["AWS_XRAY_METRICS_TASK_STATS"], "true")
