"""What runs in the task, and how: images, limits, loopback, start and end, logs."""

import json
import re

import yaml

from checks import equal
from kit import ROOT
from line import SIDECARS, containers, each, environment, line, properties


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
    configuration = yaml.safe_load(
        environment(containers(kit, "adot-collector")[1])["AOT_CONFIG_CONTENT"]
    )
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
