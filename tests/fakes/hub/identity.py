"""Who am I, and may I?"""

from .access import require_user
from .answers import Refused, as_json
from .routing import Routes

routes = Routes()


def is_whoami(request):
    return request.path.rstrip("/") == "/api/whoami-v2"


@routes("GET", "/api/whoami-v2")
def whoami(hub, request):
    user = hub.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if user is None:
        raise Refused(401, "Invalid user token.")
    return as_json({
        "type": "user", "id": user.name, "name": user.name, "fullname": user.name, "email": f"{user.name}@localhost",
        "emailVerified": True, "isPro": False, "canPay": False, "avatarUrl": "", "periodEnd": None,
        "orgs": [{"type": "org", "name": name, "roleInOrg": "write"} for name in user.orgs],
        "auth": {"type": "access_token", "accessToken": {
            "displayName": user.role, "role": user.role, "createdAt": "2026-01-01T00:00:00.000Z",
        }},
    })


@routes.api("GET", "/auth-check", "files")
def may_read(hub, request, repo):
    return as_json({})


@routes.api("GET", "/auth-check/write", "write")
def may_write(hub, request, repo):
    return as_json({})


@routes.page("POST", "/ask-access")
def ask_access(hub, request, repo):
    """Opens an automatic gate at once; the owner opens a manual one (repo.granted)."""
    name = require_user(request).name
    (repo.granted if repo.gated == "auto" else repo.asked).add(name)
    return as_json({})
