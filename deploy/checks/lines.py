"""What the files of the kit have to say, line by line of the checklist. `mutations.py` sees to it that
each of these checks can fail."""

import json
import re

import yaml

from checks import check, equal
from kit import ACCOUNT, REGION, ROOT, listed, rules_script

LINES = []


def line(name):
    """A check of the kit alone: fast, and without any tool, so that it can be asked about mutations."""

    def register(function):
        LINES.append((name, function))
        check(name)(lambda found: function(found.kit))
        return function

    return register


SIDECARS = ("daemon", "cloudwatch-agent", "adot-collector")
FOUR = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}


def properties(kit, name, **parameters):
    return kit.stack(**parameters)[name]["Properties"]


def containers(kit, sidecar="daemon"):
    return properties(kit, "TaskDefinition", Sidecar=sidecar)["ContainerDefinitions"]


def each(kit):
    """Service and sidecar, for each sidecar there is."""
    for sidecar in SIDECARS:
        service, beside = containers(kit, sidecar)
        equal((service["Name"], beside["Name"]), ("checkout", "xray"))
        yield sidecar, service, beside


def environment(container):
    return {entry["Name"]: entry["Value"] for entry in container["Environment"]}


# --- Images and containers ----------------------------------------------------------------------------


@line("images: no default, and none without a digest")
def _(kit):
    for name in ("Image", "SidecarImage"):
        parameter = kit.templates["checkout.yaml"]["Parameters"][name]
        assert "Default" not in parameter, name
        # CloudFormation wants the whole value to match.
        pattern = re.compile(parameter["AllowedPattern"])
        digest = "sha256:" + "0" * 64
        for good in (f"public.ecr.aws/xray/aws-xray-daemon@{digest}", f"a.b:5000/c@{digest}"):
            assert pattern.fullmatch(good), good
        for bad in ("a", "a:latest", "a:3.x", f"a@{digest[:-1]}", f"@{digest}", f"a b@{digest}"):
            assert not pattern.fullmatch(bad), bad
    for _, service, beside in each(kit):
        assert service["Image"].startswith("registry.example/checkout@sha256:")
        assert beside["Image"].startswith("registry.example/sidecar@sha256:")


@line("nobody is root, but the CloudWatch agent, which has no capability")
def _(kit):
    for sidecar, *both in each(kit):
        for container in both:
            root = sidecar == "cloudwatch-agent" and container["Name"] == "xray"
            equal(container["User"], "0:0" if root else "10001:10001")
            equal(container["LinuxParameters"]["Capabilities"], {"Drop": ["ALL"]})


@line("file systems are read-only, but for the three folders of the CloudWatch agent")
def _(kit):
    for sidecar, *both in each(kit):
        for container in both:
            assert container["ReadonlyRootFilesystem"] is True
            agent = sidecar == "cloudwatch-agent" and container["Name"] == "xray"
            folders = [m["ContainerPath"] for m in container.get("MountPoints", [])]
            top = "/opt/aws/amazon-cloudwatch-agent"
            equal(folders, [f"{top}/{part}" for part in ("etc", "logs", "var")] if agent else [])
        volumes = properties(kit, "TaskDefinition", Sidecar=sidecar).get("Volumes", [])
        mounted = [m["SourceVolume"] for m in both[1].get("MountPoints", [])]
        equal([volume["Name"] for volume in volumes], mounted)


@line("each container has limits, and they fit into the task")
def _(kit):
    for sidecar, *both in each(kit):
        task = properties(kit, "TaskDefinition", Sidecar=sidecar)
        assert sum(c["Memory"] for c in both) <= int(task["Memory"])
        assert sum(c["Cpu"] for c in both) <= int(task["Cpu"])
        for container in both:
            assert container.get("MemoryReservation", 1) <= container["Memory"]
        assert "MemoryReservation" in both[1]
    daemon = containers(kit)[1]
    equal((daemon["Cpu"], daemon["MemoryReservation"], daemon["Memory"]), (32, 32, 64))
    # Its buffers, in MiB, stay well within its memory.
    equal(daemon["Command"], ["-m", "16"])


@line("the first process of the service takes care of what it leaves behind")
def _(kit):
    for _, service, _ in each(kit):
        assert service["LinuxParameters"]["InitProcessEnabled"] is True


@line("the task runs where both images can: Fargate, Linux, ARM64 or x86")
def _(kit):
    parameter = kit.templates["checkout.yaml"]["Parameters"]["Architecture"]
    equal(parameter["AllowedValues"], ["ARM64", "X86_64"])
    equal(parameter["Default"], "ARM64")
    for architecture in parameter["AllowedValues"]:
        task = properties(kit, "TaskDefinition", Architecture=architecture)
        platform = {"CpuArchitecture": architecture, "OperatingSystemFamily": "LINUX"}
        equal(task["RuntimePlatform"], platform)
        equal(task["RequiresCompatibilities"], ["FARGATE"])
        equal(task["Family"], "stack")


@line("a sidecar can be chosen, each with its own entry point; the daemon is what is there without")
def _(kit):
    parameter = kit.templates["checkout.yaml"]["Parameters"]["Sidecar"]
    equal((parameter["AllowedValues"], parameter["Default"]), (list(SIDECARS), "daemon"))
    daemon, agent, collector = (containers(kit, sidecar)[1] for sidecar in SIDECARS)
    equal(daemon["EntryPoint"], ["/xray", "-b", "127.0.0.1:2000", "-t", "127.0.0.1:2000"])
    start = "/opt/aws/amazon-cloudwatch-agent/bin/start-amazon-cloudwatch-agent"
    equal((agent["EntryPoint"], agent.get("Command")), ([start], None))
    equal(collector["EntryPoint"], ["/awscollector"])
    equal(collector["Command"], ["--config=env:AOT_CONFIG_CONTENT"])
    for container in (daemon, agent, collector):
        equal(environment(container)["AWS_REGION"], "eu-west-1")


@line("the sidecar listens on the loopback alone, where the service looks for it")
def _(kit):
    daemon, agent, collector = (containers(kit, sidecar)[1] for sidecar in SIDECARS)
    here = "127.0.0.1:2000"
    equal(daemon["EntryPoint"].count(here), 2)
    xray = {"bind_address": here, "tcp_proxy": {"bind_address": here}}
    configuration = json.loads(environment(agent)["CW_CONFIG_CONTENT"])
    equal(configuration, {"traces": {"traces_collected": {"xray": xray}}})
    configuration = yaml.safe_load(environment(collector)["AOT_CONFIG_CONTENT"])
    receiver = {"endpoint": here, "transport": "udp", "proxy_server": {"endpoint": here}}
    equal(configuration["receivers"], {"awsxray": receiver})
    for sidecar, service, beside in each(kit):
        equal(properties(kit, "TaskDefinition", Sidecar=sidecar)["NetworkMode"], "awsvpc")
        assert "PortMappings" not in beside
        equal(environment(service)["AWS_XRAY_DAEMON_ADDRESS"], here)


@line("the collector has one pipeline, in batches that PutTraceSegments takes")
def _(kit):
    configuration = yaml.safe_load(environment(containers(kit, "adot-collector")[1])["AOT_CONFIG_CONTENT"])
    batch = {"timeout": "1s", "send_batch_size": 50}
    equal(configuration["processors"], {"batch": batch})
    equal(configuration["exporters"], {"awsxray": {}})
    pipeline = {"receivers": ["awsxray"], "processors": ["batch"], "exporters": ["awsxray"]}
    service = {"telemetry": {"metrics": {"level": "none"}}, "pipelines": {"traces": pipeline}}
    equal(configuration["service"], service)


@line("a dead sidecar blocks nothing, comes back, and starts before the service")
def _(kit):
    for _, service, beside in each(kit):
        assert beside["Essential"] is False
        assert service["Essential"] is True
        equal(beside["RestartPolicy"], {"Enabled": True, "RestartAttemptPeriod": 60})
        equal(service["DependsOn"], [{"ContainerName": "xray", "Condition": "START"}])
        assert "HealthCheck" not in beside


@line("what stops has the time to flush, and Fargate allows it")
def _(kit):
    source = (ROOT / "examples/checkout/src/main.rs").read_text()
    deadline = int(re.search(r"TIME_TO_STOP: Duration = Duration::from_secs\((\d+)\)", source)[1])
    for _, *both in each(kit):
        for container in both:
            # Two servers to end, two recorders to flush, one after the other.
            assert 4 * deadline < container["StopTimeout"] <= 120, container["Name"]


@line("the service is asked for its health where it answers")
def _(kit):
    for _, service, _ in each(kit):
        health = service["HealthCheck"]
        port = environment(service)["PORT"]
        equal(service["PortMappings"], [{"ContainerPort": int(port), "Protocol": "tcp"}])
        equal(health["Command"][:3], ["CMD", "bash", "-c"])
        assert f"/dev/tcp/127.0.0.1/{port}" in health["Command"][3]
        assert "GET /health HTTP/1.0" in health["Command"][3]
        times = [health[key] for key in ("Interval", "Timeout", "Retries", "StartPeriod")]
        equal(times, [30, 5, 3, 10])


@line("the service gets its table, queue and bucket, and makes none")
def _(kit):
    for _, service, _ in each(kit):
        given = environment(service)
        equal(given["CHECKOUT_TABLE"], "the-Table")
        equal(given["CHECKOUT_QUEUE_URL"], "the-Queue")
        equal(given["CHECKOUT_BUCKET"], "the-Bucket")
    settings = (ROOT / "examples/checkout/src/settings.rs").read_text()
    for name in ("CHECKOUT_TABLE", "CHECKOUT_QUEUE_URL", "CHECKOUT_BUCKET", "PORT"):
        assert f'"{name}"' in settings, f"the checkout does not read {name}"


@line("logs never hold up the service, and all go to the one group, which forgets")
def _(kit):
    for _, *both in each(kit):
        for container in both:
            options = {
                "awslogs-group": "the-LogGroup",
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "ecs",
                "mode": "non-blocking",
                "max-buffer-size": "4m",
            }
            equal(container["LogConfiguration"], {"LogDriver": "awslogs", "Options": options})
    group = properties(kit, "LogGroup", LogRetentionDays=7)
    equal(group, {"LogGroupName": "/ecs/stack", "RetentionInDays": 7})
    parameter = kit.templates["checkout.yaml"]["Parameters"]["LogRetentionDays"]
    assert 1 <= parameter["Default"] <= 90
    assert parameter["Default"] in parameter["AllowedValues"]


@line("the service runs what is defined, and goes back if it does not start")
def _(kit):
    service = properties(kit, "Service", DesiredCount=3, AssignPublicIp="ENABLED")
    equal(service["Cluster"], "the-Cluster")
    equal(service["TaskDefinition"], "the-TaskDefinition")
    equal((service["LaunchType"], service["DesiredCount"]), ("FARGATE", 3))
    deployment = {
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }
    equal(service["DeploymentConfiguration"], deployment)
    network = {
        "AssignPublicIp": "ENABLED",
        "Subnets": "subnet-0123456789abcdef0",
        "SecurityGroups": ["the-SecurityGroup"],
    }
    equal(service["NetworkConfiguration"], {"AwsvpcConfiguration": network})


@line("who may call is said by whoever deploys, and the task calls APIs only")
def _(kit):
    assert "Default" not in kit.templates["checkout.yaml"]["Parameters"]["ClientCidr"]
    group = properties(kit, "SecurityGroup")
    (rule,) = group["SecurityGroupIngress"]
    reached = (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["CidrIp"])
    equal(reached, ("tcp", 8080, 8080, "10.0.0.0/8"))
    (rule,) = group["SecurityGroupEgress"]
    reached = (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["CidrIp"])
    equal(reached, ("tcp", 443, 443, "0.0.0.0/0"))
    assert group["VpcId"].startswith("vpc-")


# --- Rights -------------------------------------------------------------------------------------------


def statements(policy):
    equal(policy["Version"], "2012-10-17")
    found = []
    for statement in policy["Statement"]:
        equal(statement["Effect"], "Allow")
        found.append((set(listed(statement["Action"])), statement["Resource"]))
    return found


def role_policies(role):
    return {p["PolicyName"]: statements(p["PolicyDocument"]) for p in role["Policies"]}


@line("the task may do four things in X-Ray, and what the checkout does on what is its own")
def _(kit):
    task = properties(kit, "TaskRole")
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    own = [
        ({"dynamodb:GetItem", "dynamodb:PutItem"}, arn.format("dynamodb", "table/the-Table")),
        ({"sqs:SendMessage"}, arn.format("sqs", "the-Queue")),
        ({"s3:PutObject"}, "arn:aws:s3:::the-Bucket/*"),
    ]
    equal(role_policies(task), {"xray": [(FOUR, "*")], "checkout": own})
    equal(set(task), {"AssumeRolePolicyDocument", "Policies"})


@line("what starts the task may pull and log, and is another role")
def _(kit):
    execution = properties(kit, "ExecutionRole")
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    start = [
        ({"logs:CreateLogStream", "logs:PutLogEvents"}, arn.format("logs", "log-group:the-LogGroup:*")),
        ({"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, arn.format("ecr", "repository/*")),
        ({"ecr:GetAuthorizationToken"}, "*"),
    ]
    equal(role_policies(execution), {"start": start})
    equal(set(execution), {"AssumeRolePolicyDocument", "Policies"})
    task = properties(kit, "TaskDefinition")
    equal(task["TaskRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/the-TaskRole")
    equal(task["ExecutionRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/the-ExecutionRole")


def trust(role, service, actions, source):
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    equal(role["AssumeRolePolicyDocument"]["Version"], "2012-10-17")
    equal((statement["Effect"], statement["Principal"]), ("Allow", {"Service": service}))
    equal(listed(statement["Action"]), actions)
    equal(statement["Condition"]["StringEquals"], {"aws:SourceAccount": ACCOUNT})
    ((operator, condition),) = [c for c in statement["Condition"].items() if c[0] != "StringEquals"]
    assert operator in ("ArnLike", "ArnEquals"), operator
    equal(condition, {"aws:SourceArn": f"arn:aws:{source}"})


@line("ECS takes the roles for tasks of this account alone")
def _(kit):
    for name in ("TaskRole", "ExecutionRole"):
        source = f"ecs:{REGION}:{ACCOUNT}:*"
        trust(properties(kit, name), "ecs-tasks.amazonaws.com", ["sts:AssumeRole"], source)


@line("who looks at traces reads, and reads no other service's logs")
def _(kit):
    policy = properties(kit, "TraceReaders")
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    xray = {
        "xray:BatchGetTraces", "xray:GetGroups", "xray:GetInsight", "xray:GetInsightEvents",
        "xray:GetInsightImpactGraph", "xray:GetInsightSummaries", "xray:GetSamplingRules",
        "xray:GetServiceGraph", "xray:GetTimeSeriesServiceStatistics", "xray:GetTraceGraph",
        "xray:GetTraceSummaries",
    }
    logs = {"logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery"}
    found = [
        (xray, "*"),
        ({"xray:GetGroup"}, arn.format("xray", "group/stack*")),
        (logs, arn.format("logs", "log-group:the-LogGroup:*")),
        ({"cloudwatch:GetDashboard"}, f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/the-Dashboard"),
        ({"cloudwatch:DescribeAlarms"}, arn.format("cloudwatch", "alarm:stack-*")),
        ({"cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "logs:StopQuery"}, "*"),
    ]
    equal(statements(policy["PolicyDocument"]), found)
    assert policy["Description"]
    equal(set(policy), {"Description", "PolicyDocument"})


@line("the endpoint of X-Ray, if wanted, lets all four calls of this account through")
def _(kit):
    stack = kit.stack(XRayEndpoint="true")
    assert "XRayVpcEndpoint" not in kit.stack()
    assert "XRayEndpointSecurityGroup" not in kit.stack()
    endpoint = stack["XRayVpcEndpoint"]["Properties"]
    equal(endpoint["VpcEndpointType"], "Interface")
    equal(endpoint["ServiceName"], f"com.amazonaws.{REGION}.xray")
    assert endpoint["PrivateDnsEnabled"] is True
    equal(endpoint["SubnetIds"], "subnet-0123456789abcdef0")
    equal(endpoint["SecurityGroupIds"], ["the-XRayEndpointSecurityGroup"])
    policy = endpoint["PolicyDocument"]
    equal(statements(policy), [(FOUR, "*")])
    equal(policy["Statement"][0]["Principal"], "*")
    condition = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    equal(policy["Statement"][0]["Condition"], condition)
    group = stack["XRayEndpointSecurityGroup"]["Properties"]
    (rule,) = group["SecurityGroupIngress"]
    equal((rule["IpProtocol"], rule["FromPort"], rule["ToPort"]), ("tcp", 443, 443))
    equal(rule["SourceSecurityGroupId"], "the-SecurityGroup")
    for one in (endpoint, group):
        equal(one["VpcId"], "vpc-0123456789abcdef0")


@line("what the service writes is private, encrypted, and goes with the stack")
def _(kit):
    stack = kit.stack()
    for name in ("Table", "Queue", "Bucket", "LogGroup"):
        equal(stack[name]["DeletionPolicy"], "Delete")
        equal(stack[name]["UpdateReplacePolicy"], "Delete")
    equal(stack["Queue"]["Properties"], {"SqsManagedSseEnabled": True})
    bucket = stack["Bucket"]["Properties"]
    equal(len(bucket["PublicAccessBlockConfiguration"]), 4)
    assert all(value is True for value in bucket["PublicAccessBlockConfiguration"].values())
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    equal(rule, {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "cart", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "cart", "KeyType": "HASH"}],
    }
    equal(stack["Table"]["Properties"], table)


# --- Sampling -----------------------------------------------------------------------------------------


@line("the rules in the template are those that rules.json says")
def _(kit):
    rules = json.loads(kit.text["rules.json"])
    found = {n: r for n, r in kit.stack().items() if r["Type"] == "AWS::XRay::SamplingRule"}
    made = yaml.safe_load(rules_script().resources(kit.text["rules.json"]))
    equal(len(made), len(rules["rules"]) + 1)
    generated = kit.copy()
    generated.templates["checkout.yaml"]["Resources"] = made
    equal(found, generated.stack())


@line("the rules are first the health checks, which are not recorded, and last all of this service")
def _(kit):
    stack = kit.stack().values()
    rules = [r["Properties"]["SamplingRule"] for r in stack if r["Type"] == "AWS::XRay::SamplingRule"]
    rules.sort(key=lambda rule: rule["Priority"])
    for rule in rules:
        equal((rule["ServiceName"], rule["ServiceType"], rule["ResourceARN"]), ("checkout", "*", "*"))
        assert len(rule["RuleName"]) <= 32 and 1 <= rule["Priority"] <= 9999
    first, *_, last = rules
    equal((first["HTTPMethod"], first["URLPath"], first["Host"]), ("GET", "/health", "*"))
    equal((first["ReservoirSize"], first["FixedRate"]), (0, 0))
    equal((last["HTTPMethod"], last["URLPath"], last["Host"]), ("*", "*", "*"))
    equal((last["ReservoirSize"], last["FixedRate"]), (1, 0.05))
    # Writes are what is looked for later.
    writes = [rule for rule in rules if rule["HTTPMethod"] == "POST"]
    assert writes and all(rule["FixedRate"] >= 0.2 for rule in writes)


# --- Groups, alarms, dashboard ------------------------------------------------------------------------


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
    metrics += [q["MetricStat"]["Metric"] | q["MetricStat"] for q in alarm.get("Metrics", []) if "MetricStat" in q]
    for metric in metrics:
        statistic = metric.get("Stat") or metric.get("Statistic") or metric.get("ExtendedStatistic")
        dimensions = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
        yield metric["Namespace"], metric["MetricName"], dimensions, statistic, metric["Period"]


def exists(kit, namespace, name, dimensions):
    """Whether the code emits it, or X-Ray itself: of groups it has this one, and no other."""
    if (namespace, name) == ("AWS/X-Ray", "ApproximateTraceCount"):
        equal(list(dimensions), ["GroupName"])
        groups = [r["Properties"]["GroupName"] for r in kit.stack().values() if r["Type"] == "AWS::XRay::Group"]
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
    needed = {"Requests", "Faults", "Latency", "DocumentsDropped", "DocumentsTruncated", "ApproximateTraceCount"}
    equal(seen, needed)


OF_SERVICE = {"Service": "checkout"}


def judged(alarm, periods, of):
    equal(alarm["ComparisonOperator"], "GreaterThanThreshold")
    equal((alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]), alarm["EvaluationPeriods"]), (periods, of))
    # None of them is about missing data: NoTraces fills it in itself.
    equal(alarm["TreatMissingData"], "notBreaching")
    assert alarm["AlarmDescription"]


def one_metric(alarm, name, statistic):
    equal(list(named(alarm)), [("XRay/Service", name, OF_SERVICE, statistic, 300)])


@line("an alarm for the share of requests that fail, which a few requests do not raise")
def _(kit):
    alarm = properties(kit, "FaultRatio", FaultPercent=3, MinimumRequests=11)
    judged(alarm, 2, 3)
    equal(alarm["Threshold"], 3)
    by_id = {query["Id"]: query for query in alarm["Metrics"]}
    equal(by_id["ratio"]["Expression"], "IF(requests >= 11, 100 * faults / requests, 0)")
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
    for name, metric in (("DocumentsLost", "DocumentsDropped"), ("DocumentsCut", "DocumentsTruncated")):
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
    silent = "(FILL(requests, 0) >= 11 + 20 * 3) * (FILL(traces, 0) == 0)"
    equal(by_id["silent"]["Expression"], silent)
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
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/the-Insights"
    equal(by_sid["Insights"]["Condition"], ours | {"ArnEquals": {"aws:SourceArn": rule}})
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
    query = re.match(r'SELECT SUM\((\w+)\) FROM SCHEMA\("([^"]+)", ([\w, ]+)\) WHERE Service = \'checkout\' ', expression)
    search = re.match(r"SEARCH\('\{([^,]+),([\w,]+)\} MetricName=\"(\w+)\" Service=\"checkout\"', 'p\d+', \d+\)$", expression)
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
    names = {title: {name for _, name, _ in plotted(w)} for title, w in found.items() if w["type"] == "metric"}
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
    equal(set(found["Alarms"]["properties"]["alarms"]), {arn + n for n in [*alarms(kit), "ServiceIsBad"]})
    for widget in found.values():
        assert widget["type"] == "alarm" or widget["properties"]["region"] == REGION
    equal(properties(kit, "Dashboard")["DashboardName"], f"stack-{REGION}")


@line("the dashboard's log lines are joined by the field that the SDK writes")
def _(kit):
    key = re.search(r'KEY: &\'static str = "([\w-]+)"', (ROOT / "xray-core/src/log_id.rs").read_text())[1]
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


# --- The rest -----------------------------------------------------------------------------------------


@line("what concerns the whole account is apart, and off")
def _(kit):
    template = kit.templates["account.yaml"]
    for name in ("TransactionSearch", "EncryptionKey"):
        equal(template["Parameters"][name]["Default"], "false")
        equal(template["Parameters"][name]["AllowedValues"], ["true", "false"])
    equal(kit.stack("account.yaml"), {})
    (assertion,) = template["Rules"]["SomethingIsWanted"]["Assertions"]
    wanted = [{"Fn::Equals": [{"Ref": n}, "true"]} for n in ("TransactionSearch", "EncryptionKey")]
    equal(assertion["Assert"], {"Fn::Or": wanted})
    for resource in kit.stack().values():
        assert resource["Type"] not in ("AWS::XRay::TransactionSearchConfig", "AWS::KMS::Key", "AWS::Logs::ResourcePolicy")


@line("Transaction Search: X-Ray may write its spans first, and for this account alone")
def _(kit):
    stack = kit.stack("account.yaml", TransactionSearch="true", IndexingPercentage=3)
    equal(set(stack), {"SpansPolicy", "Spans"})
    equal(stack["Spans"]["DependsOn"], "SpansPolicy")
    equal(stack["Spans"]["Properties"], {"IndexingPercentage": 3})
    policy = json.loads(stack["SpansPolicy"]["Properties"]["PolicyDocument"])
    groups = ("aws/spans", "/aws/application-signals/data")
    arns = [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*" for group in groups]
    equal(policy["Statement"][0]["Resource"], arns)
    statement = policy["Statement"][0]
    equal((statement["Action"], statement["Principal"]), ("logs:PutLogEvents", {"Service": "xray.amazonaws.com"}))
    condition = statement["Condition"]
    equal(condition["StringEquals"], {"aws:SourceAccount": ACCOUNT})
    equal(condition["ArnLike"], {"aws:SourceArn": f"arn:aws:xray:{REGION}:{ACCOUNT}:*"})


@line("a key for X-Ray outlives its stack, and readers may use it through X-Ray alone")
def _(kit):
    stack = kit.stack("account.yaml", EncryptionKey="true")
    equal(set(stack), {"Key", "TraceKeyReaders"})
    equal((stack["Key"]["DeletionPolicy"], stack["Key"]["UpdateReplacePolicy"]), ("Retain", "Retain"))
    assert stack["Key"]["Properties"]["EnableKeyRotation"] is True
    (statement,) = stack["Key"]["Properties"]["KeyPolicy"]["Statement"]
    equal(statement["Principal"], {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    (statement,) = stack["TraceKeyReaders"]["Properties"]["PolicyDocument"]["Statement"]
    equal(listed(statement["Action"]), ["kms:Decrypt"])
    equal(statement["Resource"], f"arn:aws:kms:{REGION}:{ACCOUNT}:key/the-Key")
    equal(statement["Condition"], {"StringEquals": {"kms:ViaService": f"xray.{REGION}.amazonaws.com"}})
    command = kit.templates["account.yaml"]["Outputs"]["EncryptionCommand"]["Value"]["Fn::Sub"]
    assert command.startswith("aws xray put-encryption-config --type KMS --key-id ${Key.Arn} ")


@line("templates name no partition and no region, so they work in all of them")
def _(kit):
    for name, template in kit.templates.items():
        text = json.dumps(template)
        assert "arn:" in text and "arn:aws" not in text, name
        assert not re.search(r"\b(us|eu|ap|cn|sa|ca|me|af)-[a-z]+-\d\b", text), name


@line("what has to be known to look, and to take it down, is an output")
def _(kit):
    outputs = kit.templates["checkout.yaml"]["Outputs"]
    equal(set(outputs), {"LogGroup", "Cluster", "Service", "Bucket", "Dashboard", "TraceReaders"})
    for name, output in outputs.items():
        reference = {"Fn::GetAtt": ["Service", "Name"]} if name == "Service" else {"Ref": name}
        equal(output["Value"], reference)


@line("no text of the kit has a price without its source")
def _(kit):
    for name, text in kit.text.items():
        for paragraph in text.split("\n\n"):
            if re.search(r"\$ ?\d+\.\d|\$ ?\d+ (per|a)\b|\bUSD\b|\bdollars?\b", paragraph):
                assert "https://" in paragraph, f"{name}: {paragraph[:80]}"


# --- EKS ----------------------------------------------------------------------------------------------


@line("EKS: the daemon is a native sidecar on the loopback, which no probe can hold up the pod by")
def _(kit):
    pod = kit.manifest("Deployment")["spec"]["template"]["spec"]
    (daemon,) = pod["initContainers"]
    equal((daemon["name"], daemon["restartPolicy"]), ("xray", "Always"))
    command = ["/xray", "-b", "127.0.0.1:2000", "-t", "127.0.0.1:2000", "-m", "16"]
    equal(daemon["command"], command)
    assert not [key for key in daemon if key.endswith("Probe") or key == "ports"]
    (service,) = pod["containers"]
    given = {entry["name"]: entry["value"] for entry in service["env"]}
    equal(given["AWS_XRAY_DAEMON_ADDRESS"], "127.0.0.1:2000")
    equal((given["AWS_XRAY_METRICS"], given["AWS_XRAY_PLUGINS"]), ("stdout", "eks"))
    assert {"CHECKOUT_TABLE", "CHECKOUT_QUEUE_URL", "CHECKOUT_BUCKET", "AWS_REGION"} <= set(given)
    assert pod["terminationGracePeriodSeconds"] > 30
    for probe in ("readinessProbe", "livenessProbe"):
        equal(service[probe]["httpGet"], {"path": "/health", "port": 8080})


@line("EKS: images by digest, limits, nobody is root, nothing is written, no token of the cluster")
def _(kit):
    deployment = kit.manifest("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    context = {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    equal(pod["securityContext"], context)
    strict = {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    for container in pod["initContainers"] + pod["containers"]:
        equal(container["securityContext"], strict)
        assert "@sha256:" in container["image"]
        assert "memory" in container["resources"]["limits"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert pod["automountServiceAccountToken"] is False
    equal(pod["nodeSelector"]["kubernetes.io/arch"], "arm64")
    labels = kit.manifest("Namespace")["metadata"]["labels"]
    equal(labels, {"pod-security.kubernetes.io/enforce": "restricted"})


@line("EKS: all of it is one application, in its namespace, with its account")
def _(kit):
    names = {(m["kind"], m["metadata"]["name"], m["metadata"].get("namespace")) for m in kit.manifests}
    kinds = ("ServiceAccount", "Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget")
    equal(names, {("Namespace", "checkout", None)} | {(k, "checkout", "checkout") for k in kinds})
    deployment, app = kit.manifest("Deployment"), {"app": "checkout"}
    equal(deployment["spec"]["template"]["spec"]["serviceAccountName"], "checkout")
    equal(deployment["spec"]["template"]["metadata"]["labels"], app)
    equal(deployment["spec"]["selector"], {"matchLabels": app})
    equal(kit.manifest("Service")["spec"]["selector"], app)
    equal(kit.manifest("PodDisruptionBudget")["spec"], {"minAvailable": 1, "selector": {"matchLabels": app}})
    policy = kit.manifest("NetworkPolicy")["spec"]
    equal((policy["podSelector"], policy["policyTypes"]), ({"matchLabels": app}, ["Ingress"]))
    equal(policy["ingress"][0]["ports"], [{"port": 8080, "protocol": "TCP"}])


@line("EKS: Pod Identity gives the pods the same rights, for this cluster alone")
def _(kit):
    stack = kit.stack("eks-access.yaml")
    role = stack["PodRole"]["Properties"]
    source = f"eks:{REGION}:{ACCOUNT}:cluster/cluster"
    trust(role, "pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], source)
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    own = [
        ({"dynamodb:GetItem", "dynamodb:PutItem"}, arn.format("dynamodb", "table/table")),
        ({"sqs:SendMessage"}, arn.format("sqs", "queue")),
        ({"s3:PutObject"}, "arn:aws:s3:::bucket/*"),
    ]
    equal(role_policies(role), {"xray": [(FOUR, "*")], "checkout": own})
    association = {
        "ClusterName": "cluster",
        "Namespace": "checkout",
        "ServiceAccount": "checkout",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/the-PodRole",
    }
    equal(stack["Association"]["Properties"], association)
