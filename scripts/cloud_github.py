"""A stand-in for what GitHub's API says of the comments of one pull request."""

import json
import re

from cloud_server import Reply

REPOSITORY = "acme/pipeline"
PULL_REQUEST = "7"
GITHUB_TOKEN = "a-token-of-one-run"
PAGE = 100


class GitHub:
    def __init__(self):
        # More than fit on a page, and one that only begins like ours.
        self.comments = [self.comment(number, "User", "Looks good") for number in range(PAGE + 20)]
        self.comments[3]["body"] = "<!-- plan dev -->\nI have written this by hand"

    @staticmethod
    def comment(number, kind, body):
        return {"id": 1000 + number, "user": {"login": "ada", "type": kind}, "body": body}

    def ours(self):
        return [comment for comment in self.comments if comment["user"]["type"] == "Bot"]

    def answer(self, request):
        if request.headers.get("Authorization") != f"Bearer {GITHUB_TOKEN}":
            return Reply(401, {"message": "Bad credentials"})
        text = json.loads(request.body)["body"] if request.body else ""
        if len(text) > 65_536:
            return Reply(422, {"message": "Body is too long"})
        path = f"/repos/{REPOSITORY}/issues"
        one = re.fullmatch(rf"{path}/comments/(\d+)", request.path)
        if one and request.method == "PATCH":
            found = [comment for comment in self.ours() if comment["id"] == int(one[1])]
            if not found:
                return Reply(403, {"message": "Resource not accessible by integration"})
            found[0]["body"] = text
            return Reply(200, found[0])
        if request.path != f"{path}/{PULL_REQUEST}/comments":
            return Reply(404, {"message": "Not Found"})
        if request.method == "POST":
            self.comments.append(self.comment(len(self.comments), "Bot", text))
            return Reply(201, self.comments[-1])
        page = int(request.query.get("page", 1))
        shown = self.comments[(page - 1) * PAGE : page * PAGE]
        following = f'<https://{request.host}{request.path}?per_page={PAGE}&page={page + 1}>; rel="next"'
        return Reply(200, shown, **({"Link": following} if page * PAGE < len(self.comments) else {}))
