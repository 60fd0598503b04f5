"""The stack on moto, and the program with what the stack gives it."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading

import boto3
from botocore.exceptions import ClientError
from jsonschema import Draft7Validator

from checks import check, equal
from daemon import Daemon
from kit import GIVEN, REGION, ROOT
from server import Moto

# What moto does not know. It says nothing, makes nothing, and reports a resource without name and type.
UNKNOWN = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
}
UNKNOWN_ALARMS = {
    "DocumentsCut", "DocumentsLost", "FaultRatio", "FaultsRecorded", "Latency", "NoTraces", "ServiceIsBad",
}
SIDECARS = ("daemon", "cloudwatch-agent", "adot-collector")
REQUESTS = 20


class Cloud:
    """Everything that is asked of moto, asked once."""

    def __init__(self, kit):
        self._moto, self._kit = Moto(), kit
        network = self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.client("ec2").create_subnet(VpcId=network, CidrBlock="10.0.0.0/24")["Subnet"]
        self._network = {"VpcId": network, "SubnetIds": subnet["SubnetId"]}
        wanted = {"XRayEndpoint": "true", "NotificationEmail": "a@example.com"}
        self.stacks = {
            sidecar: self._create(sidecar, Sidecar=sidecar, **(wanted if sidecar == "daemon" else {}))
            for sidecar in SIDECARS
        }
        self.tasks = {name: self._task(name) for name in SIDECARS}
        self.program = Program(self._moto.url, self.tasks["daemon"]["containerDefinitions"][0])
        self.objects = self._objects("daemon")
        self.rows = self._rows("daemon")
        # As CloudFormation would, which moto's own does not: it deletes what is full.
        self.refused = self._delete_bucket("daemon")
        self._empty("daemon")
        self.client("cloudformation").delete_stack(StackName="daemon")
        self.left = self._left("daemon")

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self._moto.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def _create(self, name, **parameters):
        given = {**GIVEN["checkout.yaml"], **self._network, **parameters}
        formation = self.client("cloudformation")
        formation.create_stack(
            StackName=name,
            TemplateBody=self._kit.text["checkout.yaml"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        status = formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        resources = formation.list_stack_resources(StackName=name)["StackResourceSummaries"]
        equal(status, "CREATE_COMPLETE")
        return {r["LogicalResourceId"].strip(): r["ResourceType"].strip() for r in resources}, len(resources)

    def _task(self, family):
        return self.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]

    def _given(self, name):
        (service, _) = self.tasks[name]["containerDefinitions"]
        return {entry["name"]: entry["value"] for entry in service["environment"]}

    def _objects(self, name):
        listed = self.client("s3").list_objects_v2(Bucket=self._given(name)["CHECKOUT_BUCKET"])
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def _rows(self, name):
        return self.client("dynamodb").scan(TableName=self._given(name)["CHECKOUT_TABLE"])["Items"]

    def _empty(self, name):
        bucket = self._given(name)["CHECKOUT_BUCKET"]
        for key in self._objects(name):
            self.client("s3").delete_object(Bucket=bucket, Key=key)

    def _delete_bucket(self, name):
        try:
            self.client("s3").delete_bucket(Bucket=self._given(name)["CHECKOUT_BUCKET"])
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    def _left(self, name):
        """What of the stack is still there."""
        given = self._given(name)
        tables = self.client("dynamodb").list_tables()["TableNames"]
        queues = self.client("sqs").list_queues().get("QueueUrls", [])
        buckets = [bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]]
        groups = [g["logGroupName"] for g in self.client("logs").describe_log_groups()["logGroups"]]
        roles = [role["RoleName"] for role in self.client("iam").list_roles()["Roles"]]
        own = {given["CHECKOUT_TABLE"], given["CHECKOUT_QUEUE_URL"], given["CHECKOUT_BUCKET"], f"/ecs/{name}"}
        own |= {role for role in roles if role.startswith(f"{name}-")}
        return own & {*tables, *queues, *buckets, *groups, *roles}


class Program:
    """The checkout, started as the task definition says, on the stack's own table, queue and bucket."""

    def __init__(self, endpoint, container):
        self.daemon = Daemon()
        given = {entry["name"]: entry["value"] for entry in container["environment"]}
        # What differs from Fargate: a daemon and a port that are free here, and where AWS is.
        given |= {
            "AWS_XRAY_DAEMON_ADDRESS": self.daemon.address,
            "PORT": "0",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_XRAY_SAMPLER": f"local:{ROOT / 'deploy/rules.json'}",
        }
        program = subprocess.Popen(
            [os.environ["XRAY_DEPLOY_PROGRAM"]], env=given, stdout=subprocess.PIPE, text=True
        )
        # Whatever happens it ends.
        watch = threading.Timer(60, program.kill)
        watch.start()
        try:
            self.lines, self.port = [], None
            while self.port is None:
                line = program.stdout.readline()
                assert line, f"the checkout ended: {self.lines}"
                self.lines.append(line.rstrip("\n"))
                said = json.loads(line)
                if said.get("message") == "listening":
                    self.port = int(said["address"].rpartition(":")[2])
            self.health = self._health(container["healthCheck"]["command"])
            self.statuses = [self._pay(f"C-{n}") for n in range(REQUESTS)]
            program.send_signal(signal.SIGTERM)
            self.lines += program.stdout.read().splitlines()
            self.code = program.wait()
            sent = sum(line.get("DocumentsEmitted", 0) for line in self.metrics())
            datagrams = self.daemon.wait_for(sent)
            self.documents = [json.loads(datagram.partition(b"\n")[2]) for datagram in datagrams]
        finally:
            watch.cancel()
            program.kill()

    def _health(self, command):
        """What the command of the health check says of it, and of a port where nobody is."""
        codes = []
        for port in (self.port, 1):
            there = command[-1].replace("/8080", f"/{port}")
            run = subprocess.run([*command[1:-1], there], timeout=10, stderr=subprocess.DEVNULL)
            codes.append(run.returncode)
        return codes

    def _pay(self, cart):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = json.dumps({"cart": cart, "article": 7})
        connection.request("POST", "/checkout", body, {"content-type": "application/json"})
        return connection.getresponse().status

    def json(self):
        found = [line for line in self.lines if line.startswith("{")]
        return [json.loads(line) for line in found]

    def metrics(self):
        return [line for line in self.json() if "_aws" in line]


# --- The stack ----------------------------------------------------------------------------------------


@check("moto makes exactly what the template says, and leaves out what it does not know")
def _(found):
    for sidecar, (made, rows) in found.cloud.stacks.items():
        wanted = {"XRayEndpoint": "true", "NotificationEmail": "x"} if sidecar == "daemon" else {}
        all = {name: r["Type"] for name, r in found.kit.stack(Sidecar=sidecar, **wanted).items()}
        known = {name: type for name, type in all.items() if type not in UNKNOWN}
        made = {name: type for name, type in made.items() if name}
        equal(made, known)
        equal(rows, len(all))
    names = {
        "Bucket", "Cluster", "Dashboard", "ExecutionRole", "Insights", "LogGroup", "Notifications",
        "Queue", "SecurityGroup", "Service", "Table", "TaskDefinition", "TaskRole",
        "TraceReaders", "XRayEndpointSecurityGroup", "XRayVpcEndpoint",
    }
    equal({name for name in found.cloud.stacks["daemon"][0] if name}, names)
    optional = {"XRayEndpointSecurityGroup", "XRayVpcEndpoint"}
    for sidecar in SIDECARS[1:]:
        equal({name for name in found.cloud.stacks[sidecar][0] if name}, names - optional)


@check("what moto does not know is in the template all the same")
def _(found):
    types = [r["Type"] for r in found.kit.stack(NotificationEmail="a@example.com").values()]
    counts = {type: types.count(type) for type in UNKNOWN}
    expected = {
        "AWS::CloudWatch::Alarm": 6,
        "AWS::CloudWatch::CompositeAlarm": 1,
        "AWS::SNS::Subscription": 1,
        "AWS::SNS::TopicPolicy": 1,
        "AWS::XRay::Group": 2,
        "AWS::XRay::SamplingRule": len(json.loads(found.kit.text["rules.json"])["rules"]) + 1,
    }
    equal(counts, expected)


@check("ECS has the task as it is meant, for each sidecar")
def _(found):
    for sidecar, task in found.cloud.tasks.items():
        equal(task["networkMode"], "awsvpc")
        assert task["taskRoleArn"] != task["executionRoleArn"]
        service, beside = task["containerDefinitions"]
        equal((service["name"], service["essential"]), ("checkout", True))
        equal((beside["name"], beside["essential"]), ("xray", False))
        equal(service["dependsOn"], [{"containerName": "xray", "condition": "START"}])
        for container in (service, beside):
            assert container["readonlyRootFilesystem"] is True
            assert "@sha256:" in container["image"]
            equal(container["logConfiguration"]["options"]["awslogs-group"], f"/ecs/{sidecar}")


@check("the dashboard that moto has is JSON")
def _(found):
    dashboards = found.cloud.client("cloudwatch")
    for sidecar in SIDECARS[1:]:
        body = dashboards.get_dashboard(DashboardName=f"{sidecar}-{REGION}")["DashboardBody"]
        assert len(json.loads(body)["widgets"]) == 11
        # Alarms, of which moto has none, keep their place.
        assert set(re.findall(r"\$\{(\w+)\}", body)) <= set(UNKNOWN_ALARMS), body


@check("a bucket with invoices cannot be deleted; once it is empty all of the stack goes")
def _(found):
    assert found.cloud.objects, "the checkout wrote no invoice"
    equal(found.cloud.refused, "BucketNotEmpty")
    equal(found.cloud.left, set())


# --- The program --------------------------------------------------------------------------------------


@check("the checkout runs on the stack's table, queue and bucket, and ends when it is told to")
def _(found):
    program = found.cloud.program
    equal(program.statuses, [200] * REQUESTS)
    equal(program.code, 0)
    equal(len(found.cloud.rows), REQUESTS)
    equal(len(found.cloud.objects), REQUESTS)


@check("the health check's own command knows a service from none")
def _(found):
    (alive, dead) = found.cloud.program.health
    assert alive == 0 and dead != 0, (alive, dead)


@check("every line of metrics is one by the schema of the format")
def _(found):
    schema = json.loads((ROOT / "xray-core/test-data/emf.schema.json").read_text())
    validator = Draft7Validator(schema)
    lines = found.cloud.program.metrics()
    assert lines, "there was none"
    for line in lines:
        errors = [error.message for error in validator.iter_errors(line)]
        assert not errors, f"{errors[0]}: {line}"
    assert list(validator.iter_errors({"_aws": {"Timestamp": "now"}})), "the schema takes anything"


@check("each metric that is emitted is in the table, with the table's dimensions")
def _(found):
    seen = set()
    for line in found.cloud.program.metrics():
        for directive in line["_aws"]["CloudWatchMetrics"]:
            equal(directive["Namespace"], found.kit.namespace)
            for metric in directive["Metrics"]:
                sets = [sorted(names) for names in directive["Dimensions"]]
                assert all(names in found.kit.metrics[metric["Name"]] for names in sets), metric
                assert metric["Name"] in line
                seen.add(metric["Name"])
    # What the alarms look at was really emitted.
    needed = {"Requests", "Faults", "Latency", "DocumentsDropped", "DocumentsTruncated"}
    assert needed <= seen, needed - seen


@check("requests are counted whether they are recorded or not")
def _(found):
    counted, recorded = 0, 0
    for line in found.cloud.program.metrics():
        if line.get("Service") == "checkout" and "checkout" in line.get("Operation", ""):
            counted += line["Requests"]
    for document in found.cloud.program.documents:
        recorded += document["name"] == "checkout"
    equal(counted, REQUESTS)
    # The rule for payments: 10 a second, and half of the others.
    assert 0 < recorded <= REQUESTS, recorded


@check("lines of the log name their trace as the dashboard's query wants it")
def _(found):
    ids = [line["AWS-XRAY-TRACE-ID"] for line in found.cloud.program.json() if "AWS-XRAY-TRACE-ID" in line]
    assert ids, "no line names its trace"
    for id in ids:
        assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}@[0-9a-f]{16}", id), id


@check("documents name the stack's log group, in which the console looks for their lines")
def _(found):
    assert found.cloud.program.documents
    for document in found.cloud.program.documents:
        (reference,) = document["aws"]["cloudwatch_logs"]
        equal(reference["log_group"], "/ecs/daemon")
        equal(reference["arn"], f"arn:aws:logs:{REGION}:123456789012:log-group:/ecs/daemon")
