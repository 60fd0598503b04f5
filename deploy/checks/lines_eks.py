"""The same service on EKS."""

from checks import equal
from kit import ACCOUNT, DIGEST, REGION
from line import FOUR, line, role_policies, trust


@line("EKS: the daemon is a native sidecar on the loopback, which no probe can hold up the pod by")
def _(kit):
    pod = kit.manifest("Deployment")["spec"]["template"]["spec"]
    (daemon,) = pod["initContainers"]
    equal((daemon["name"], daemon["restartPolicy"]), ("xray", "Always"))
    command = ["/xray", "-b", "127.0.0.1:2000", "-t", "127.0.0.1:2000", "-m", "16"]
    equal(daemon["command"], command)
    assert not [key for key in daemon if key.endswith("Probe") or key == "ports"]
    # What envsubst writes, here for all of its names.
    image = f"registry.example/image@{DIGEST}"
    equal(daemon["env"], [{"name": "AWS_REGION", "value": image}])
    (service,) = pod["containers"]
    given = {entry["name"]: entry["value"] for entry in service["env"]}
    equal(given["AWS_XRAY_DAEMON_ADDRESS"], "127.0.0.1:2000")
    equal((given["AWS_XRAY_METRICS"], given["AWS_XRAY_PLUGINS"]), ("stdout", "eks"))
    assert {"CHECKOUT_TABLE", "CHECKOUT_QUEUE_URL", "CHECKOUT_BUCKET", "AWS_REGION"} <= set(given)
    assert pod["terminationGracePeriodSeconds"] > 30
    equal((given["PORT"], service["ports"]), ("8080", [{"containerPort": 8080}]))
    asked = {"path": "/health", "port": 8080}
    equal(service["readinessProbe"], {"httpGet": asked, "periodSeconds": 10})
    alive = {"httpGet": asked, "periodSeconds": 30, "failureThreshold": 3}
    equal(service["livenessProbe"], alive)


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
    platform = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}
    equal(pod["nodeSelector"], platform)
    labels = kit.manifest("Namespace")["metadata"]["labels"]
    equal(labels, {"pod-security.kubernetes.io/enforce": "restricted"})


@line("EKS: all of it is one application, in its namespace, with its account")
def _(kit):
    names = {
        (m["kind"], m["metadata"]["name"], m["metadata"].get("namespace")) for m in kit.manifests
    }
    kinds = ("ServiceAccount", "Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget")
    equal(names, {("Namespace", "checkout", None)} | {(k, "checkout", "checkout") for k in kinds})
    deployment, app = kit.manifest("Deployment"), {"app": "checkout"}
    equal(deployment["spec"]["template"]["spec"]["serviceAccountName"], "checkout")
    equal(deployment["spec"]["template"]["metadata"]["labels"], app)
    equal(deployment["spec"]["selector"], {"matchLabels": app})
    # One may go away while a node is emptied, and one is left.
    equal(deployment["spec"]["replicas"], 2)
    service = {"selector": app, "ports": [{"port": 80, "targetPort": 8080}]}
    equal(kit.manifest("Service")["spec"], service)
    equal(
        kit.manifest("PodDisruptionBudget")["spec"],
        {"minAvailable": 1, "selector": {"matchLabels": app}},
    )
    policy = kit.manifest("NetworkPolicy")["spec"]
    equal((policy["podSelector"], policy["policyTypes"]), ({"matchLabels": app}, ["Ingress"]))
    callers = {"from": [{"namespaceSelector": {}}], "ports": [{"port": 8080, "protocol": "TCP"}]}
    equal(policy["ingress"], [callers])


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
