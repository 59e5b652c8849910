"""Who calls, and what they may do. The Hub hides what a caller may not see: 401 for nobody, 404 for somebody."""

import dataclasses

from .answers import Refused


@dataclasses.dataclass(frozen=True)
class User:
    """The holder of a token; `role` is read, write, or none for a token without any right to repositories."""

    name: str
    role: str = "write"
    orgs: tuple = ()

    def owns(self, repo):
        return repo.namespace in (self.name, *self.orgs)

    def may_read(self, repo):
        return self.role in ("read", "write") and self.owns(repo)


def caller(hub, request):
    """The user whose token the request carries, or None without a token."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    user = hub.users.get(header.removeprefix("Bearer "))
    if user is None:
        raise Refused(401, "Invalid credentials in Authorization header")
    return user


def require_user(request):
    if request.user is None:
        raise Refused(401, "Invalid username or password.")
    return request.user


def not_found(hub, user):
    if user is None and not hub.settings.code_for_hidden:
        raise Refused(401, "Invalid username or password.")
    raise Refused(404 if user else 401, "Repository not found", code="RepoNotFound")


def check(hub, user, repo, need):
    """Raises unless `user` may do what `need` says: read, files, discuss or write."""
    if repo.private and not (user and user.may_read(repo)):
        not_found(hub, user)
    if repo.disabled:
        raise Refused(403, "Access to this resource is disabled.")
    if need == "files":
        check_gate(hub, user, repo)
    if need in ("discuss", "write"):
        check_write(user, repo, need)


def check_gate(hub, user, repo):
    if not repo.gated or (user and (user.may_read(repo) or user.name in repo.granted)):
        return
    what = f"Access to {repo.type[:-1]} {repo.id} is restricted"
    if user is None:
        raise Refused(401, f"{what}. You must have access to it and be authenticated to access it. Please log in.",
                      code="GatedRepo")
    raise Refused(403, f"{what} and you are not in the authorized list. Visit {hub.url_of(repo)} to ask for access.",
                  code="GatedRepo")


def check_write(user, repo, need):
    if user is None:
        raise Refused(401, "Invalid username or password.")
    if user.role != "write":
        raise Refused(403, "Forbidden: you must use a write token to upload to a repository.")
    if need == "write" and not user.owns(repo):
        raise Refused(403, f"Forbidden: you don't have the right to write to {repo.type}/{repo.id}.")


def check_namespace(user, namespace):
    """Whether `user` may create, move or delete repositories of `namespace`."""
    if user.role != "write":
        raise Refused(403, "Forbidden: you must use a write token.")
    if namespace not in (user.name, *user.orgs):
        raise Refused(403, f"You don't have the rights to create a repository under the namespace \"{namespace}\"")
