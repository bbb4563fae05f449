"""What AWS answers and moto does not, in front of a moto server.

A function's permissions and the settings for its failed runs are kept here, apart for each alias: moto has one of each for
all of them, and takes a second one of the same name. After every call that changes something, `changed` is called.
"""

import http.client
import http.server
import json
import re
import threading
import time
import urllib.parse

# A queue's name is free again a minute after the queue was deleted:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
QUEUE_NAME_BLOCKED_S = 60
READS = ("Get", "List", "Describe", "Lookup")
FUNCTIONS = re.compile(r"^/20\d\d-\d\d-\d\d/functions(?:/(?P<function>[^/]+)(?P<rest>/.*)?)?$")


class Refused(Exception):
    """An error in the shape of AWS."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Answers:
    """A server in front of moto. `client` makes clients of moto itself."""

    def __init__(self, port, client):
        self.port = port
        self.functions, self.events, self.queues = (client(name) for name in ("lambda", "events", "sqs"))
        # By the function and its alias, which is empty for the function itself.
        self.permissions, self.failures = {}, {}
        self.logging, self.deleted = {}, {}
        self.lock = threading.RLock()
        self.changed = None
        answers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, content = answers.answer(self.command, self.path, self.headers, body)
                self.send_response_only(status)
                for key, value in headers:
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = handle_one

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, headers, body):
        act = action(method, path, headers, body)
        try:
            found = self.own(method, path, act, body)
            answered = found if found is not None else self.forward(method, path, headers, body)
        except Refused as refused:
            said = json.dumps({"__type": refused.code, "message": str(refused), "Message": str(refused), "Type": "User"})
            shape = [("Content-Type", "application/json"), ("x-amzn-ErrorType", refused.code)]
            if act.startswith("AmazonSQS."):
                shape.append(("x-amzn-query-error", f"{refused.code};Sender"))
            answered = refused.status, shape, said.encode()
        name = act.rpartition(".")[2]
        if self.changed and answered[0] < 400 and method != "HEAD" and not name.startswith(READS):
            self.changed(name)
        return answered

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kept = {key: value for key, value in headers.items() if key.lower() not in ("connection", "accept-encoding", "expect")}
        connection.request(method, path, body, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if method == "GET" and answer.status == 200:
            content = self.with_logging(path, content)
        dropped = ("content-length", "connection", "transfer-encoding", "content-encoding")
        return answer.status, [(key, value) for key, value in answer.getheaders() if key.lower() not in dropped], content

    def own(self, method, path, act, body):
        """Answers what moto would answer otherwise; None is moto's to answer."""
        split = urllib.parse.urlsplit(path)
        of_function = FUNCTIONS.match(split.path)
        if of_function:
            alias = urllib.parse.parse_qs(split.query).get("Qualifier", [""])[0]
            return self.of_function(method, path, of_function, alias, body)
        said = json.loads(body or b"{}") if "." in act else {}
        if act == "AmazonSQS.CreateQueue":
            since = time.monotonic() - self.deleted.get(said["QueueName"], float("-inf"))
            if since < QUEUE_NAME_BLOCKED_S:
                code = "AWS.SimpleQueueService.QueueDeletedRecently"
                raise Refused(400, code, "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
        elif act == "AmazonSQS.DeleteQueue":
            self.deleted[said["QueueUrl"].rpartition("/")[2]] = time.monotonic()
        elif act == "AWSEvents.DeleteRule":
            bus = said.get("EventBusName", "default")
            if self.events.list_targets_by_rule(Rule=said["Name"], EventBusName=bus)["Targets"]:
                raise Refused(400, "ValidationException", "Rule can't be deleted since it has targets.")
        elif act == "AWSEvents.DeleteEventBus":
            if self.events.list_rules(EventBusName=said["Name"])["Rules"]:
                raise Refused(400, "ValidationException", f"Event bus {said['Name']} can't be deleted since it has rules.")
        return None

    def of_function(self, method, path, found, alias, body):
        rest = found["rest"] or ""
        if found["function"] is None:
            if method == "POST":
                said = json.loads(body)
                if self.is_there(said["FunctionName"]):
                    raise Refused(409, "ResourceConflictException", f"Function already exist: {said['FunctionName']}")
                self.logging[said["FunctionName"]] = said.get("LoggingConfig")
            return None
        # Its name, or an ARN with or without an alias behind it.
        name = urllib.parse.unquote(found["function"])
        if name.startswith("arn:"):
            name, _, behind = name.split(":", 6)[6].partition(":")
            alias = alias or behind
        if rest.startswith("/policy"):
            return self.policy(method, name, alias, rest, body)
        if rest == "/event-invoke-config":
            return self.event_invoke_config(method, name, alias, body)
        if method == "DELETE" and (not rest or rest.startswith("/aliases/")):
            gone = rest.removeprefix("/aliases/") if rest else None
            with self.lock:
                for kept in (self.permissions, self.failures):
                    for key in [key for key in kept if key[0] == name and gone in (None, key[1])]:
                        del kept[key]
        if method == "PUT" and rest == "/configuration" and "LoggingConfig" in json.loads(body):
            self.logging[name] = json.loads(body)["LoggingConfig"]
        return None

    def with_logging(self, path, content):
        """Adds where a function logs: moto keeps that, and does not say it."""
        found = FUNCTIONS.match(urllib.parse.urlsplit(path).path)
        if not found or not found["function"] or found["rest"] not in (None, "/configuration"):
            return content
        said = json.loads(content)
        configuration = said.get("Configuration", said)
        logging = self.logging.get(configuration.get("FunctionName"))
        if logging:
            configuration["LoggingConfig"] = logging
        return json.dumps(said).encode()

    def policy(self, method, name, alias, rest, body):
        arn = self.arn(name, alias)
        with self.lock:
            statements = self.permissions.setdefault((name, alias), {})
            if method == "POST":
                said = json.loads(body)
                sid = said["StatementId"]
                if sid in statements:
                    raise Refused(409, "ResourceConflictException", f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement.")
                condition = {"ArnLike": {"AWS:SourceArn": said["SourceArn"]}} if "SourceArn" in said else {}
                statements[sid] = {
                    "Sid": sid, "Effect": "Allow", "Principal": {"Service": said["Principal"]}, "Action": said["Action"],
                    "Resource": arn, "Condition": condition,
                }  # fmt: skip
                return answer(201, {"Statement": json.dumps(statements[sid])})
            if method == "DELETE":
                sid = urllib.parse.unquote(rest.removeprefix("/policy/"))
                if statements.pop(sid, None) is None:
                    raise Refused(404, "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.")
                return answer(204, None)
            if not statements:
                raise Refused(404, "ResourceNotFoundException", "The resource you requested does not exist.")
            document = {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}
            return answer(200, {"Policy": json.dumps(document), "RevisionId": "1"})

    def event_invoke_config(self, method, name, alias, body):
        arn = self.arn(name, alias)
        with self.lock:
            if method in ("PUT", "POST"):
                self.failures[name, alias] = json.loads(body) | {"FunctionArn": arn, "LastModified": time.time()}
            found = self.failures.get((name, alias))
            if found is None:
                raise Refused(404, "ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig")
            if method == "DELETE":
                del self.failures[name, alias]
                return answer(204, None)
            return answer(200, found)

    def is_there(self, name, alias=""):
        try:
            if alias:
                self.functions.get_alias(FunctionName=name, Name=alias)
            else:
                self.functions.get_function(FunctionName=name)
            return True
        except self.functions.exceptions.ResourceNotFoundException:
            return False

    def arn(self, name, alias):
        """Returns the ARN of a function or its alias, which has to be there."""
        if not self.is_there(name, alias):
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {name}:{alias}")
        arn = self.functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        return f"{arn}:{alias}" if alias else arn

    def stop(self):
        self.server.shutdown()


def answer(status, said):
    content = b"" if said is None else json.dumps(said).encode()
    return status, [("Content-Type", "application/json")], content


def action(method, path, headers, body):
    """Returns what is asked for: `AmazonSQS.CreateQueue`, `CreateRole`, `GetFunction`-like names of REST calls."""
    target = headers.get("X-Amz-Target")
    if target:
        return target
    form = urllib.parse.parse_qs(body.decode(errors="replace")) if method == "POST" and b"Action=" in body else {}
    if form.get("Action"):
        return form["Action"][0]
    verbs = {"GET": "Get", "HEAD": "Get", "DELETE": "Delete"}
    return verbs.get(method, "Put") + urllib.parse.urlsplit(path).path.rstrip("/").rpartition("/")[2]
