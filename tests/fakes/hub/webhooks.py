"""Webhooks of a user: made, listed, changed, deleted. The fake delivers nothing."""

import uuid

from .access import require_user
from .answers import Refused, as_json
from .routing import Routes

routes = Routes()
BASE = "/api/settings/webhooks"


def own(hub, request, hook):
    found = hub.webhooks.get(hook)
    if found is None or found["owner"] != require_user(request).name:
        raise Refused(404, "Webhook not found")
    return found


def shown(hook):
    return {name: value for name, value in hook.items() if name != "owner"}


def answer(hook):
    return as_json({"webhook": shown(hook)})


@routes("GET", BASE)
def list_webhooks(hub, request):
    user = require_user(request)
    return as_json([shown(hook) for hook in hub.webhooks.values() if hook["owner"] == user.name])


@routes("POST", BASE)
def create(hub, request):
    user, asked = require_user(request), request.json()
    if not asked.get("url") or not asked.get("watched"):
        raise Refused(400, "A webhook needs url and watched")
    if not (asked.get("secret") or "").isascii():
        raise Refused(400, "The secret must be ASCII")
    hook = {
        "id": uuid.uuid4().hex[:24], "owner": user.name, "url": asked["url"], "watched": asked["watched"],
        "domains": asked.get("domains") or ["repo", "discussion"], "secret": asked.get("secret"), "disabled": False,
    }
    hub.webhooks[hook["id"]] = hook
    return answer(hook)


@routes("GET", BASE + "/{hook}")
def get(hub, request, hook):
    return answer(own(hub, request, hook))


@routes("POST", BASE + "/{hook}")
def update(hub, request, hook):
    found = own(hub, request, hook)
    found.update({name: value for name, value in request.json().items() if name in found and name != "owner"})
    return answer(found)


@routes("DELETE", BASE + "/{hook}")
def delete(hub, request, hook):
    own(hub, request, hook)
    del hub.webhooks[hook]
    return as_json({})


@routes("POST", BASE + "/{hook}/{action}")
def switch(hub, request, hook, action):
    if action not in ("enable", "disable"):
        raise Refused(404, "Not found")
    found = own(hub, request, hook)
    found["disabled"] = action == "disable"
    return answer(found)
