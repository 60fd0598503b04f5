"""Groups, alarms, and who is told: all of metrics that exist."""

from checks import equal
from kit import ACCOUNT, REGION
from line import line, properties, statements


@line("a group with insights, and one of what fails, by the service's name")
def _(kit):
    traces = properties(kit, "Traces")
    equal((traces["GroupName"], traces["FilterExpression"]), ("stack", 'service("checkout")'))
    on = {"InsightsEnabled": True, "NotificationsEnabled": True}
    equal(traces["InsightsConfiguration"], on)
    faults = properties(kit, "FaultTraces")
    equal(faults["GroupName"], "stack-faults")
    equal(faults["FilterExpression"], 'service("checkout") { fault = true }')
    off = {"InsightsEnabled": False, "NotificationsEnabled": False}
    equal(faults["InsightsConfiguration"], off)


def alarms(kit):
    stack = kit.stack()
    return {n: r["Properties"] for n, r in stack.items() if r["Type"] == "AWS::CloudWatch::Alarm"}


def named(alarm):
    """The metrics of an alarm: namespace, name, dimensions, statistic, period."""
    metrics = [alarm] if "MetricName" in alarm else []
    metrics += [
        q["MetricStat"]["Metric"] | q["MetricStat"]
        for q in alarm.get("Metrics", [])
        if "MetricStat" in q
    ]
    for metric in metrics:
        statistic = metric.get("Stat") or metric.get("Statistic") or metric.get("ExtendedStatistic")
        dimensions = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
        yield metric["Namespace"], metric["MetricName"], dimensions, statistic, metric["Period"]


def exists(kit, namespace, name, dimensions):
    """Whether the code emits it, or X-Ray itself: of groups it has this one, and no other."""
    if (namespace, name) == ("AWS/X-Ray", "ApproximateTraceCount"):
        equal(list(dimensions), ["GroupName"])
        groups = [
            r["Properties"]["GroupName"]
            for r in kit.stack().values()
            if r["Type"] == "AWS::XRay::Group"
        ]
        assert dimensions["GroupName"] in groups, f"no group {dimensions['GroupName']}"
        return
    equal(namespace, kit.namespace)
    assert name in kit.metrics, f"nothing emits {name}"
    assert sorted(dimensions) in kit.metrics[name], f"{name} is not emitted by {sorted(dimensions)}"


@line("every metric of an alarm exists")
def _(kit):
    seen = set()
    for name, alarm in alarms(kit).items():
        metrics = list(named(alarm))
        assert metrics, f"{name} looks at nothing"
        for namespace, metric, dimensions, _, _ in metrics:
            exists(kit, namespace, metric, dimensions)
            seen.add(metric)
    needed = {
        "Requests",
        "Faults",
        "Latency",
        "DocumentsDropped",
        "DocumentsTruncated",
        "ApproximateTraceCount",
    }
    equal(seen, needed)


OF_SERVICE = {"Service": "checkout"}


def judged(alarm, periods, of):
    equal(alarm["ComparisonOperator"], "GreaterThanThreshold")
    equal(
        (alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]), alarm["EvaluationPeriods"]),
        (periods, of),
    )
    # None of them is about missing data: NoTraces fills it in itself.
    equal(alarm["TreatMissingData"], "notBreaching")
    assert alarm["AlarmDescription"]


def one_metric(alarm, name, statistic):
    equal(list(named(alarm)), [("XRay/Service", name, OF_SERVICE, statistic, 300)])


@line("an alarm for the share of requests that fail, which a few requests do not raise")
def _(kit):
    alarm = properties(kit, "FaultRatio", FaultPercent=3, MinimumRequests=11, DesiredCount=3)
    judged(alarm, 2, 3)
    equal(alarm["Threshold"], 3)
    by_id = {query["Id"]: query for query in alarm["Metrics"]}
    ratio = "IF(requests >= 11 + 10 * 3, 100 * faults / (requests - 10 * 3), 0)"
    equal(by_id["ratio"]["Expression"], ratio)
    equal([q["Id"] for q in alarm["Metrics"] if q["ReturnData"]], ["ratio"])
    assert by_id["ratio"]["Label"]
    for name, metric in (("faults", "Faults"), ("requests", "Requests")):
        (found,) = named({"Metrics": [by_id[name]]})
        equal(found, ("XRay/Service", metric, OF_SERVICE, "Sum", 300))


@line("an alarm for the slowest hundredth")
def _(kit):
    alarm = properties(kit, "Latency", LatencyMilliseconds=250)
    judged(alarm, 2, 3)
    equal(alarm["Threshold"], 250)
    one_metric(alarm, "Latency", "p99")
    equal(alarm["EvaluateLowSampleCountPercentile"], "ignore")


@line("one message for both: the composite alarm")
def _(kit):
    both = properties(kit, "ServiceIsBad")
    equal(both["AlarmRule"], 'ALARM("the-FaultRatio") OR ALARM("the-Latency")')
    assert both["AlarmDescription"]
    for name in ("FaultRatio", "Latency"):
        assert not any(key.endswith("Actions") for key in properties(kit, name))


@line("alarms for what the SDK lost and cut, which is the sidecar's alarm, too")
def _(kit):
    for name, metric in (
        ("DocumentsLost", "DocumentsDropped"),
        ("DocumentsCut", "DocumentsTruncated"),
    ):
        alarm = properties(kit, name)
        judged(alarm, 1, 1)
        equal(alarm["Threshold"], 0)
        one_metric(alarm, metric, "Sum")


@line("an alarm for requests without traces, which X-Ray's count of the group tells")
def _(kit):
    alarm = properties(kit, "NoTraces", MinimumRequests=11, DesiredCount=3)
    judged(alarm, 3, 3)
    equal(alarm["Threshold"], 0)
    by_id = {query["Id"]: query for query in alarm["Metrics"]}
    silent = "(requests >= 11 + 20 * 3) * (SUM([zero, filled]) == 0)"
    equal(by_id["silent"]["Expression"], silent)
    equal(by_id["zero"]["Expression"], "0 * requests")
    equal(by_id["filled"]["Expression"], "FILL(traces, 0)")
    equal([q["Id"] for q in alarm["Metrics"] if q["ReturnData"]], ["silent"])
    assert by_id["silent"]["Label"]
    (found,) = named({"Metrics": [by_id["requests"]]})
    equal(found, ("XRay/Service", "Requests", OF_SERVICE, "Sum", 300))
    (found,) = named({"Metrics": [by_id["traces"]]})
    equal(found, ("AWS/X-Ray", "ApproximateTraceCount", {"GroupName": "stack"}, "Sum", 300))


@line("an alarm for traces of failures, which X-Ray's count of the second group tells")
def _(kit):
    alarm = properties(kit, "FaultsRecorded")
    judged(alarm, 2, 3)
    equal(alarm["Threshold"], 10)
    found = ("AWS/X-Ray", "ApproximateTraceCount", {"GroupName": "stack-faults"}, "Sum", 300)
    equal(list(named(alarm)), [found])


@line("alarms and insights reach the topic, whose policy lets them, and a person who wants them")
def _(kit):
    stack = kit.stack(NotificationEmail="a@example.com")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:the-Notifications"
    told = {n for n, r in stack.items() if r.get("Properties", {}).get("AlarmActions") == [topic]}
    silent = {"DocumentsLost", "DocumentsCut", "NoTraces", "FaultsRecorded", "ServiceIsBad"}
    equal(told, silent)
    equal(stack["ServiceIsBad"]["Properties"]["OKActions"], [topic])
    # A key of AWS's own would shut both out.
    assert not stack["Notifications"].get("Properties")
    policy = stack["NotificationsPolicy"]["Properties"]
    equal(policy["Topics"], ["arn:aws:sns:eu-west-1:123456789012:the-Notifications"])
    equal(statements(policy["PolicyDocument"]), [({"sns:Publish"}, topic)] * 2)
    by_sid = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"]}
    equal(by_sid["Insights"]["Principal"], {"Service": "events.amazonaws.com"})
    equal(by_sid["Alarms"]["Principal"], {"Service": "cloudwatch.amazonaws.com"})
    ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    # EventBridge does not support conditions in topic policies.
    assert "Condition" not in by_sid["Insights"]
    equal(by_sid["Alarms"]["Condition"], ours)
    person = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"}
    equal(stack["Subscription"]["Properties"], person)
    assert "Subscription" not in kit.stack()


@line("insights go from X-Ray by EventBridge to the topic")
def _(kit):
    rule = properties(kit, "Insights")
    pattern = {"source": ["aws.xray"], "detail-type": ["AWS X-Ray Insight Update"]}
    equal(rule["EventPattern"], pattern)
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:the-Notifications"
    equal(rule["Targets"], [{"Id": "notifications", "Arn": topic}])
    assert rule.get("State", "ENABLED") == "ENABLED" and rule["Description"]
