"""Who may do what, and where from."""

from checks import equal
from kit import ACCOUNT, REGION
from line import FOUR, line, properties, role_policies, statements, trust


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
        (
            {"logs:CreateLogStream", "logs:PutLogEvents"},
            arn.format("logs", "log-group:the-LogGroup:*"),
        ),
        ({"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, arn.format("ecr", "repository/*")),
        ({"ecr:GetAuthorizationToken"}, "*"),
    ]
    equal(role_policies(execution), {"start": start})
    equal(set(execution), {"AssumeRolePolicyDocument", "Policies"})
    task = properties(kit, "TaskDefinition")
    equal(task["TaskRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/the-TaskRole")
    equal(task["ExecutionRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/the-ExecutionRole")


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
        "xray:BatchGetTraceSummaryById",
        "xray:BatchGetTraces",
        "xray:GetDistinctTraceGraphs",
        "xray:GetGroups",
        "xray:GetInsight",
        "xray:GetInsightEvents",
        "xray:GetInsightImpactGraph",
        "xray:GetInsightSummaries",
        "xray:GetSamplingRules",
        "xray:GetServiceGraph",
        "xray:GetTimeSeriesServiceStatistics",
        "xray:GetTraceGraph",
        "xray:GetTraceSummaries",
    }
    logs = {"logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery"}
    # A narrower right to DescribeAlarms does not show composite alarms.
    everything = {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
        "logs:DescribeLogGroups",
        "logs:StopQuery",
    }
    found = [
        (xray, "*"),
        ({"xray:GetGroup"}, arn.format("xray", "group/stack*")),
        (logs, arn.format("logs", "log-group:the-LogGroup:*")),
        ({"cloudwatch:GetDashboard"}, f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/the-Dashboard"),
        (everything, "*"),
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
