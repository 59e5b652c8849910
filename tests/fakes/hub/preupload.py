"""Before an upload: how each file is to be sent, and whether the front matter of a card is in order."""

import base64

from . import attributes
from .answers import Refused, as_json
from .routing import Routes

routes = Routes()
FILES = 1000


@routes.api("POST", "/preupload/{rev}", "discuss")
def preupload(hub, request, repo, rev):
    asked, commit = request.json(), repo.commit_at(rev)
    if len(asked["files"]) > FILES:
        raise Refused(400, f"At most {FILES} files at once")
    rules = asked.get("gitAttributes") or repo.text(commit.files, ".gitattributes")
    ignore = asked.get("gitIgnore") or repo.text(commit.files, ".gitignore")
    files = [advice(hub, commit, rules, ignore, file) for file in asked["files"]]
    return as_json({"files": files, "commitOid": commit.oid})


def advice(hub, commit, rules, ignore, file):
    path = file["path"]
    mode = attributes.upload_mode(
        rules, path, file["size"], base64.b64decode(file.get("sample", "")), hub.settings.regular_limit
    )
    one = {"path": path, "uploadMode": mode, "shouldIgnore": attributes.is_ignored(ignore, path)}
    known = commit.files.get(path)
    return {**one, "oid": known.lfs or known.oid} if known and not hub.settings.third_party else one


@routes("POST", "/api/validate-yaml")
def validate(hub, request):
    """Knows two things to say: a tab that indents is an error, no front matter is a warning."""
    lines = request.json()["content"].splitlines()
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        message = "empty or missing yaml metadata in repo card"
        return as_json({"errors": [], "warnings": [{"message": message}]})
    matter = lines[1:lines.index("---", 1)]
    errors = [f"bad indentation of a mapping entry ({number}:1)" for number, line in enumerate(matter, 2)
              if line.startswith("\t")]
    return as_json({"errors": [{"message": error} for error in errors], "warnings": []}, 400 if errors else 200)
