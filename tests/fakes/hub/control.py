"""The fake as a process of its own: what tests of other languages do to it, as JSON on a third port.

POST /_control/VERB with an object of arguments; the answer is JSON. VERBS has them all.
"""

import base64

from .answers import Refused, as_json
from .faults import ACTIONS
from .routing import Routes

routes = Routes()


def add_user(hub, token, name, role="write", orgs=()):
    hub.user(token, name, role, orgs)


def add(hub, type, id, files=None, private=False, gated=False):
    """Files are text, or {"base64": "..."}."""
    return hub.add(type, id, decoded(files), private, gated).head.oid


def commit(hub, type, id, files, title="Upload files", rev="main"):
    return hub.repo(type, id).commit(decoded(files), title, rev).oid


def decoded(files):
    return {path: base64.b64decode(text["base64"]) if isinstance(text, dict) else text and text.encode()
            for path, text in (files or {}).items()}


def change(hub, type, id, **fields):
    """Sets fields of a repository, such as disabled, gated, private."""
    for name, value in fields.items():
        setattr(hub.repo(type, id), name, value)


def state(hub, type, id, rev="main"):
    """The refs, the titles of the commits, and the files with their sizes."""
    repo = hub.repo(type, id)
    log = [{"id": one.oid, "title": one.title} for one in repo.log(repo.commit_at(rev))]
    return {"refs": repo.refs, "commits": log, "files": repo.files(rev)}


def script(hub, id, **fields):
    """Sets fields of a Space, such as stage, script, restarts."""
    for name, value in fields.items():
        setattr(hub.repo("spaces", id).space, name, value)


def fault(hub, action, arguments=None, method=None, route="", call=1, origin=None):
    hub.fault(method, route, call, ACTIONS[action](**(arguments or {})), origin)


def clear_faults(hub):
    hub.faults.release()
    hub.faults.clear()


def settings(hub, **fields):
    for name, value in fields.items():
        setattr(hub.settings, name, value)


def quota(hub, policy, limit, seconds=300):
    if policy == "commits":
        hub.limits.set_commits(limit, seconds)
    else:
        hub.limits.set(policy, limit, seconds)


def advance(hub, seconds):
    hub.clock.advance(seconds)


def requests(hub):
    return [one.as_json() for one in hub.requests]


def forget_requests(hub):
    hub.requests.clear()


def release(hub):
    """Lets every stalled answer go on."""
    hub.faults.release()


VERBS = {verb.__name__: verb for verb in (
    add_user, add, commit, change, state, script, fault, clear_faults, settings, quota, advance, requests,
    forget_requests, release,
)}


@routes("POST", "/_control/{verb}")
def control(hub, request, verb):
    if verb not in VERBS:
        raise Refused(404, f"No such verb: {verb}; there are {', '.join(VERBS)}")
    try:
        return as_json(VERBS[verb](hub, **request.json()))
    except (TypeError, KeyError, ValueError) as error:
        raise Refused(400, repr(error)) from error
