"""What the texts say: the guide, the Dockerfile, and the commands in both."""

import json
import re
import subprocess

import botocore.session
from botocore import xform_name

from checks import check, equal
from kit import ROOT

# Commands of the AWS CLI that are its own, and not an operation of a service.
CLI = {
    ("cloudformation", "deploy"): {
        "stack-name", "template-file", "capabilities", "parameter-overrides",
    },
    ("cloudformation", "wait"): {"stack-name"},
    ("ecr", "get-login-password"): set(),
    ("s3", "rm"): {"recursive"},
}
EVERYWHERE = {"query", "output", "region"}
# What this repository runs in its own checks.
RUN_HERE = {"cargo run -p quickstart", "deploy/rules --write", "deploy/check"}


def guide(found):
    return found.kit.text["ecs.md"]


def blocks(text, language):
    """The fenced blocks of a language, with lines that go on put together."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    return [block.replace("\\\n", " ") for block in found]


def aws_commands(text):
    """Service, operation and the rest of each `aws …`, in blocks and in the text."""
    inline = re.findall(r"`(aws [^`]+)`", text)
    for line in [*(line for block in blocks(text, "sh") for line in block.split("\n")), *inline]:
        for command in re.findall(r"(?<![\w/.-])aws ([a-z0-9-]+) ([a-z-]+)([^\n]*)", line):
            service, operation, rest = command
            # Up to where a substitution ends: what follows belongs to another command.
            yield service, operation, re.split(r"\)(?=[\"\s]|$)| \| |; ", rest)[0]


@check("the guide: each command is run here, or the guide says that it is not")
def _(found):
    all = blocks(guide(found), "sh")
    assert len(all) >= 10
    for block in all:
        if not block.startswith("# not run here\n"):
            assert set(block.strip().split("\n")) <= RUN_HERE, block
    ci = (ROOT / ".ci/run").read_text()
    assert "cargo run -q -p quickstart" in ci and "deploy/check" in ci


@check("the guide: AWS has each command and option")
def _(found):
    session, seen = botocore.session.get_session(), 0
    text = guide(found) + found.kit.text["account.yaml"]
    for service, operation, rest in aws_commands(text):
        seen += 1
        options = set(re.findall(r"(?<=\s)--([a-z-]+)", rest)) - EVERYWHERE
        own = CLI.get((service, operation))
        if own is None:
            model = session.get_service_model(service)
            operations = {xform_name(name, "-"): name for name in model.operation_names}
            assert operation in operations, f"aws {service} {operation}"
            members = model.operation_model(operations[operation]).input_shape.members
            own = {xform_name(name, "-") for name in members}
        assert options <= own, f"aws {service} {operation}: {options - own}"
    assert seen >= 15, seen


@check("the guide: stacks are given parameters that their templates have, and all that they must have")
def _(found):
    seen = set()
    for service, operation, rest in aws_commands(guide(found)):
        if operation != "deploy":
            continue
        (name,) = re.findall(r"--template-file deploy/(\S+)", rest)
        parameters = found.kit.templates[name]["Parameters"]
        given = set(re.findall(r"\s(\w+)=", rest))
        needed = {key for key, value in parameters.items() if "Default" not in value}
        assert needed <= given <= set(parameters), (name, given ^ needed)
        seen.add(name)
    equal(seen, set(found.kit.templates))


@check("the guide: what it asks of the service is there, and so are the outputs it reads")
def _(found):
    routes = (ROOT / "examples/checkout/src/shop.rs").read_text()
    paths = re.findall(r"http://\$address:8080(/\w+)", guide(found))
    equal(set(paths), {"/checkout", "/cart", "/archive"})
    for path in paths:
        assert f'.route("{path}' in routes, path
    outputs = set(re.findall(r"\$\(output (\w+)\)", guide(found)))
    assert outputs and outputs <= set(found.kit.templates["checkout.yaml"]["Outputs"])


@check("the guide: links and files are there")
def _(found):
    links = re.findall(r"\]\(([^)#]+)\)", guide(found))
    for link in links:
        if not link.startswith("https://"):
            assert (ROOT / "docs/guide" / link).exists(), link
    assert any(link.startswith("https://aws.amazon.com/xray/pricing") for link in links)


@check("the guide: filter expressions are of X-Ray's grammar")
def _(found):
    number = r"(responsetime|duration|http\.status|annotation\.\w+) (=|!=|<=?|>=?) [\d.]+"
    text = r'(http\.url|user) (=|CONTAINS) "[^"]+"'
    truth = r"(ok|error|fault|throttle|partial) = (true|false)"
    simple = rf"({number}|{text}|{truth})"
    inner = rf"( \{{ {simple} \}})?"
    complex = rf'(service\(("[\w.-]+")?\)|edge\("[\w.-]+", "[\w.-]+"\)){inner}'
    term = f"({simple}|{complex})"
    (table,) = re.findall(r"\| which traces \| expression \|\n\|---\|---\|\n(.*?)\n\n", guide(found), re.S)
    expressions = re.findall(r"\| `([^`]+)` \|$", table, re.M)
    assert len(expressions) == 9, expressions
    stack = found.kit.stack()
    groups = [r["Properties"] for r in stack.values() if r["Type"] == "AWS::XRay::Group"]
    expressions += [group["FilterExpression"] for group in groups]
    expressions += re.findall(r"--filter-expression '([^']+)'", guide(found))
    for expression in expressions:
        assert re.fullmatch(rf"{term}( AND {term})*", expression), expression


@check("the guide: how much the rules record is what the rules say")
def _(found):
    rules = json.loads(found.kit.text["rules.json"])
    by_name = {rule["description"]: rule for rule in rules["rules"]} | {"default": rules["default"]}
    by_name["with a rate of 1 %"] = rules["default"] | {"rate": 0.01}
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([\d.]+) \| ([\d.]+) \|$", guide(found), re.M)
    assert len(rows) == 6
    for requests, name, recorded, month in rows:
        rule = by_name[name.split(",")[0]]
        at_once = min(int(requests), rule["fixed_target"])
        expected = at_once + (int(requests) - at_once) * rule["rate"]
        equal((recorded, month), (f"{expected:.2f}", f"{expected * 86400 * 30 / 1e6:.2f}"))
        if name.startswith("default") or name.startswith("payments"):
            told = f"{rule['fixed_target']}/s + {rule['rate']:.0%}".replace("%", " %")
            equal(name.split(", ")[1], told)


@check("the guide: how many metrics there are, and how long a stack's name may be")
def _(found):
    metrics = found.kit.metrics.values()
    operations = sum(["Operation", "Service"] in sets for sets in metrics)
    service = sum(["Service"] in sets for sets in metrics)
    assert f"metrics: {operations} for each operation and {service} for the service" in guide(found)
    names = []
    for resource in found.kit.stack().values():
        properties = resource.get("Properties", {})
        rule = properties.get("SamplingRule", {})
        names += [name for name in (rule.get("RuleName"), properties.get("GroupName")) if name]
    room = 32 - max(len(name.removeprefix("stack")) for name in names)
    assert f"a stack name of at most {room} characters" in guide(found), room


@check("the guide: the end of the daemon, its successors, and what they lose")
def _(found):
    for words in ("2027-02-25", "CloudWatch agent", "ADOT collector", "`origin`", "`precursor_ids`", "in progress"):
        assert words in guide(found), words


@check("the guide: each alarm, switch and variable that it names is there")
def _(found):
    alarms = {n for n, r in found.kit.stack().items() if "Alarm" in r["Type"]}
    for name in alarms | {"TransactionSearch", "EncryptionKey", "IndexingPercentage"}:
        assert f"`{name}`" in guide(found), name
    variables = (ROOT / "xray-core/src/env.rs").read_text()
    named = set(re.findall(r"\bAWS_XRAY_\w+", guide(found)))
    assert named
    for name in named:
        assert f'"{name}"' in variables, name
    for service, item in (("xray-core/src/recorder/builder.rs", "fn redact("), ("xray-tower/src/segment/layer.rs", "fn internet_facing(")):
        assert item in (ROOT / service).read_text()


@check("the Dockerfile: two stages, nobody in particular, and a build that Cargo knows")
def _(found):
    text = found.kit.text["Dockerfile"].replace("\\\n", " ")
    instructions = [line for line in text.split("\n") if line and not line.startswith("#")]
    stages = [line for line in instructions if line.startswith("FROM ")]
    equal(stages, ["FROM ${RUST_IMAGE} AS build", "FROM ${BASE_IMAGE}"])
    last = instructions[instructions.index(stages[1]) :]
    users = [line for line in last if line.startswith("USER ")]
    equal(users, ["USER 10001:10001"])
    (entry,) = [line for line in last if line.startswith("ENTRYPOINT ")]
    (copied,) = [line.split()[3] for line in last if line.startswith("COPY --from=build ")]
    equal(json.loads(entry.removeprefix("ENTRYPOINT ")), [copied])
    assert ":latest" not in text
    (command,) = re.findall(r"cargo build [^&]+", text)
    equal(command.split(), "cargo build --release --locked --package checkout --features https".split())
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked", "--offline"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )
    packages = {p["name"]: p for p in json.loads(metadata.stdout)["packages"]}
    assert "https" in packages["checkout"]["features"]
    (image,) = re.findall(r"RUST_IMAGE=rust:([\d.]+)-slim", text)
    # The newest that any member asks for.
    needed = max(tuple(map(int, p["rust_version"].split("."))) for p in packages.values())
    assert tuple(map(int, image.split("."))) >= needed, (image, needed)


@check("the Dockerfile: every member of the workspace comes into the build")
def _(found):
    ignored = {line for line in found.kit.text["Dockerfile.dockerignore"].split("\n") if line[:1] not in ("", "#")}
    (members,) = re.findall(r"^members = \[(.*?)\]", (ROOT / "Cargo.toml").read_text(), re.M | re.S)
    members = {path.partition("/")[0] for path in re.findall(r'"([^"]+)"', members)}
    assert "examples" in members and not ignored & members
    assert {".git", "target"} <= ignored
