"""The stack on moto, and what it says of it."""

import json
import re

import boto3
from botocore.exceptions import ClientError

from checks import check, equal
from kit import GIVEN, REGION
from program import Program
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
    "DocumentsCut",
    "DocumentsLost",
    "FaultRatio",
    "FaultsRecorded",
    "Latency",
    "NoTraces",
    "ServiceIsBad",
}
SIDECARS = ("daemon", "cloudwatch-agent", "adot-collector")


class Cloud:
    """Everything that is asked of moto, asked once."""

    def __init__(self, kit):
        self._moto, self._kit = Moto(), kit
        network = self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.client("ec2").create_subnet(VpcId=network, CidrBlock="10.0.0.0/24")["Subnet"]
        self._network = {"VpcId": network, "SubnetIds": subnet["SubnetId"]}
        wanted = {"XRayEndpoint": "true", "NotificationEmail": "a@example.com"}
        self.stacks = {
            sidecar: self._create(
                sidecar, Sidecar=sidecar, **(wanted if sidecar == "daemon" else {})
            )
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
        return {r["LogicalResourceId"].strip(): r["ResourceType"].strip() for r in resources}, len(
            resources
        )

    def _task(self, family):
        return self.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]

    def _given(self, name):
        service, _ = self.tasks[name]["containerDefinitions"]
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
        own = {
            given["CHECKOUT_TABLE"],
            given["CHECKOUT_QUEUE_URL"],
            given["CHECKOUT_BUCKET"],
            f"/ecs/{name}",
        }
        own |= {role for role in roles if role.startswith(f"{name}-")}
        return own & {*tables, *queues, *buckets, *groups, *roles}


@check("moto makes exactly what the template says, and leaves out what it does not know")
def _(found):
    for sidecar, (made, rows) in found.cloud.stacks.items():
        wanted = {"XRayEndpoint": "true", "NotificationEmail": "x"} if sidecar == "daemon" else {}
        all = {name: r["Type"] for name, r in found.kit.stack(Sidecar=sidecar, **wanted).items()}
        known = {name: type for name, type in all.items() if type not in UNKNOWN}
        made = {name: type for name, type in made.items() if name}
        equal(made, known)
        # What is not known, or not wanted, has a row without a name.
        equal(rows, len(found.kit.templates["checkout.yaml"]["Resources"]))
    names = {
        "Bucket",
        "Cluster",
        "Dashboard",
        "ExecutionRole",
        "Insights",
        "LogGroup",
        "Notifications",
        "Queue",
        "SecurityGroup",
        "Service",
        "Table",
        "TaskDefinition",
        "TaskRole",
        "TraceReaders",
        "XRayEndpointSecurityGroup",
        "XRayVpcEndpoint",
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
        # Of the task itself moto keeps little, of its containers everything.
        service, beside = task["containerDefinitions"]
        equal((service["name"], service["essential"]), ("checkout", True))
        equal((beside["name"], beside["essential"]), ("xray", False))
        equal(service["dependsOn"], [{"containerName": "xray", "condition": "START"}])
        equal(beside["restartPolicy"], {"enabled": True, "restartAttemptPeriod": 60})
        for container in (service, beside):
            assert container["readonlyRootFilesystem"] is True
            assert "@sha256:" in container["image"]
            equal((container["stopTimeout"], container["user"] is None), (30, False))
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
