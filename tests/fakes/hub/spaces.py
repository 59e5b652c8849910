"""Spaces: their stages as a test scripts them, hardware, secrets and variables."""

import dataclasses
import re

from .answers import Refused, as_json
from .routing import Routes

routes = Routes()
KEY = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")


@dataclasses.dataclass
class Space:
    """`script` are the stages that the next looks at the runtime see; a restart sets it to `restarts`."""

    sdk: str = "docker"
    stage: str = "RUNNING"
    script: list = dataclasses.field(default_factory=list)
    restarts: tuple = ("APP_STARTING", "RUNNING")
    hardware: str = "cpu-basic"
    sleep_time: int = 172800
    secrets: dict = dataclasses.field(default_factory=dict)
    variables: dict = dataclasses.field(default_factory=dict)
    error: str | None = None

    def restart(self):
        self.script = list(self.restarts)

    def runtime(self):
        values = {
            "stage": self.stage, "hardware": {"current": self.hardware, "requested": self.hardware},
            "storage": None, "gcTimeout": self.sleep_time, "replicas": {"current": 1, "requested": 1},
            "devMode": False, "domains": [],
        }
        return as_json({**values, "errorMessage": self.error} if self.error else values)


def of_space(method, rest, need="write"):
    def register(function):
        def answer(hub, request, repo, **parts):
            if repo.space is None:
                raise Refused(404, "Sorry, we can't find the page you are looking for.")
            return function(hub, request, repo.space, **parts)

        return routes.api(method, rest, need)(answer)

    return register


@of_space("GET", "/runtime", "read")
def runtime(hub, request, space):
    if space.script:
        space.stage = space.script.pop(0)
    return space.runtime()


@of_space("POST", "/pause")
def pause(hub, request, space):
    if space.sdk == "static":
        raise Refused(400, "Static Spaces can't be paused")
    space.stage, space.script = "PAUSED", []
    return space.runtime()


@of_space("POST", "/restart")
def restart(hub, request, space):
    space.restart()
    return space.runtime()


@of_space("POST", "/hardware")
def set_hardware(hub, request, space):
    asked = request.json()
    if asked["flavor"] not in hub.settings.hardware:
        raise Refused(400, f"Unknown hardware flavor: {asked['flavor']}")
    space.hardware = asked["flavor"]
    space.sleep_time = asked.get("sleepTimeSeconds", space.sleep_time)
    space.restart()
    return space.runtime()


@of_space("POST", "/sleeptime")
def set_sleep_time(hub, request, space):
    space.sleep_time = request.json()["seconds"]
    return space.runtime()


@routes("GET", "/api/spaces/hardware")
def list_hardware(hub, request):
    return as_json([{"name": name, "prettyName": name, "cpu": "2 vCPU", "ram": "16 GB", "accelerator": None,
                     "unitCostMicroUSD": 0, "unitCostUSD": 0, "unitLabel": "minute"}
                    for name in hub.settings.hardware])


def shown(values, secret):
    return {key: {name: field for name, field in value.items() if name != "value" or not secret}
            for key, value in values.items()}


def keep(hub, request, space, values):
    asked = request.json()
    if not KEY.fullmatch(asked["key"]):
        raise Refused(400, f"Invalid key: {asked['key']}")
    values[asked["key"]] = {
        "value": asked["value"], "description": asked.get("description"), "updatedAt": hub.now(),
    }
    space.restart()


@of_space("GET", "/secrets")
def get_secrets(hub, request, space):
    return as_json(shown(space.secrets, secret=True))


@of_space("POST", "/secrets")
def set_secret(hub, request, space):
    keep(hub, request, space, space.secrets)
    return as_json({})


@of_space("DELETE", "/secrets")
def delete_secret(hub, request, space):
    space.secrets.pop(request.json()["key"], None)
    return as_json({})


@of_space("GET", "/variables", "read")
def get_variables(hub, request, space):
    return as_json(shown(space.variables, secret=False))


@of_space("POST", "/variables")
def set_variable(hub, request, space):
    keep(hub, request, space, space.variables)
    return as_json(shown(space.variables, secret=False))


@of_space("DELETE", "/variables")
def delete_variable(hub, request, space):
    space.variables.pop(request.json()["key"], None)
    return as_json(shown(space.variables, secret=False))
