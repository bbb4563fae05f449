"""Compares generated Terraform with the schema of a provider's version, as a package of cdktf's types has it.

Every resource and data source, every argument and nested block has to be there; what is required has to be given; and
every attribute that an expression reads has to exist.
"""

import pathlib
import re
import sys
import tarfile

import hcl2

# An argument: the name in Terraform stands in the link above it.
ARGUMENT = re.compile(
    r"#(?P<name>\w+) \w+#(?P=name)\}(?:(?!\*/).)*\*/\s*readonly \w+(?P<optional>\??): (?P<type>[^;]+);",
    re.DOTALL,
)
INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{(.*?)^\}", re.DOTALL | re.MULTILINE)
GETTER = re.compile(r"^    get (\w+)\(\)", re.MULTILINE)
KIND = re.compile(r'static readonly tfResourceType = "(\w+)"')
REFERENCE = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.(\w+)\)?(?:\[[^\]]*\])?\.(\w+)")
# Arguments of every resource, which are Terraform's own.
META = {"count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class Types:
    """The types of one resource or data source."""

    def __init__(self, text):
        self.interfaces = {
            name: {found["name"]: found for found in ARGUMENT.finditer(body)}
            for name, body in INTERFACE.findall(text)
        }
        self.root = next(name for name in self.interfaces if name.endswith("Config"))
        self.attributes = set(GETTER.findall(text))

    def arguments(self, interface):
        return self.interfaces[interface]

    def block(self, argument):
        """The interface of a nested block, or nothing for a value."""
        names = re.findall(r"\b[A-Z]\w+\b", argument["type"])
        return next((name for name in names if name in self.interfaces), None)


class Provider:
    def __init__(self, archive):
        self.texts = {}
        with tarfile.open(archive) as package:
            for member in package:
                if member.name.endswith("/index.d.ts") and member.name.count("/") == 3:
                    text = package.extractfile(member).read().decode()
                    kind = KIND.search(text)
                    if kind:
                        is_data = "/data-aws-" in member.name
                        self.texts[is_data, kind[1]] = text
        self.read = {}

    def types(self, is_data, kind):
        key = (is_data, kind)
        if key not in self.read and key in self.texts:
            self.read[key] = Types(self.texts[key])
        return self.read.get(key)


def unquoted(name):
    return name.strip('"')


def without_dynamic(body):
    """Returns a body with its dynamic blocks as blocks."""
    body = dict(body)
    for block in body.pop("dynamic", []):
        for name, dynamic in block.items():
            if isinstance(dynamic, dict):
                body.setdefault(unquoted(name), []).extend(dynamic["content"])
    return body


def compare_body(types, interface, body, place, found):
    body = without_dynamic(body)
    arguments = types.arguments(interface)
    given = {unquoted(name) for name in body} - META - {"__is_block__", "__comments__"}
    for name in sorted(given):
        argument = arguments.get(name)
        if argument is None:
            found.append(f"{place}: there is no `{name}`")
            continue
        block = types.block(argument)
        values = next(value for key, value in body.items() if unquoted(key) == name)
        if block and isinstance(values, list):
            for value in values:
                if isinstance(value, dict):
                    compare_body(types, block, value, f"{place}.{name}", found)
    for name, argument in arguments.items():
        if not argument["optional"] and name not in given:
            found.append(f"{place}: `{name}` is required")


def compare_text(provider, path, text, found, seen):
    parsed = hcl2.loads(text)
    for of, is_data in (("resource", False), ("data", True)):
        for block in parsed.get(of, []):
            for kind, labelled in block.items():
                kind = unquoted(kind)
                if not kind.startswith("aws_"):
                    continue
                for label, body in labelled.items():
                    place = f"{path}: {of} {kind}.{unquoted(label)}"
                    types = provider.types(is_data, kind)
                    if types is None:
                        found.append(f"{place}: there is no such {of}")
                        continue
                    seen.add((of, kind))
                    compare_body(types, types.root, body, place, found)
    for data, kind, label, attribute in REFERENCE.findall(text):
        types = provider.types(bool(data), kind)
        if types is None or camel(attribute) not in types.attributes:
            found.append(f"{path}: {data}{kind}.{label} has no `{attribute}`")


# Six mistakes, each of a kind of its own, and nothing else.
WRONG = """
resource "aws_sqs_queue" "a" {
  name  = "a"
  colour = "red"
}

resource "aws_lambda_permission" "b" {
  action    = "lambda:InvokeFunction"
  principal = data.aws_region.current.colour
}

resource "aws_lambda_function" "c" {
  function_name = "c"
  role          = "r"

  environment {
    colours = {}
  }
}

resource "aws_cloudwatch_metric_alarm" "d" {
  for_each            = local.alarms
  alarm_name          = each.key
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1

  dynamic "metric_query" {
    for_each = []

    content {
      id      = "m"
      colours = []
    }
  }
}

output "e" {
  value = values(aws_cloudwatch_metric_alarm.d)[*].colour
}
"""


def check_itself(provider):
    found = []
    compare_text(provider, "wrong.tf", WRONG, found, set())
    expected = ["no `colour`", "`function_name` is required", "no `colours`", "no `colours`"] + ["has no `colour`"] * 2
    if len(found) != len(expected) or not all(part in line for part, line in zip(expected, found)):
        sys.exit(f"this comparison finds {found} where it should find {expected}")


def main():
    archive, *folders = sys.argv[1:]
    provider = Provider(archive)
    check_itself(provider)
    found, seen, files = [], set(), 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*.tf")):
            compare_text(provider, path, path.read_text(), found, seen)
            files += 1
    for line in found:
        print(line)
    if files < 20 or len(seen) < 15:
        sys.exit(f"only {files} files with {len(seen)} kinds of resources were compared")
    if found:
        sys.exit(1)
    print(f"{files} files, {len(seen)} kinds of resources: all as the provider has them")


if __name__ == "__main__":
    main()
