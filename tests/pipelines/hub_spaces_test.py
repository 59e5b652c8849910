"""Spaces and webhooks by the program, judged by what the fake Hub was asked and holds."""

import json

import pytest
from conftest import ROOT
from fakes.hub import Do, Reset, Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

TOKEN, SECRET, PLAIN = "hf_write", "hunter2-of-the-space", "hunter3-in-the-script"
FAILED, USAGE, NOT_ALLOWED, UNAVAILABLE = 1, 2, 4, 5  # exit codes

SCRIPT = """
local tw = require "tideway"

return tw.pipeline {
  name = "spaces",
  params = { space = "ns/app", secret = tw.env("APP_SECRET", "none") },
  run = function(job)
    local space = tw.hub.space(job.params.space)
    %s
  end,
}
"""


@pytest.fixture
def run(tideway, hub):
    """Runs these lines of Lua with `space`; gives what they print."""
    script = tideway.folder / "spaces.lua"

    def call(lines, code=0, token=TOKEN, verb="run", env=None, **params):
        script.write_text(SCRIPT % lines)
        given = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
        settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", **(env or {})}
        if token:
            settings["HF_TOKEN"] = token
        result = tideway(verb, script, *given, env=settings)
        assert result.code == code, (result.code, result.err)
        return result

    return call


@pytest.fixture
def app(hub):
    return hub.add("spaces", "ns/app").space


def posts(hub):
    return [one.path.removeprefix("/api/spaces/ns/") + ("?" + one.query if one.query else "")
            for one in hub.requests.of("POST")]


def test_a_space_is_paused_and_restarted_and_waited_for(hub, app, run):
    app.restarts = ("RUNNING",)
    done = run("""
    print(space:pause().stage, space:runtime().stage, space:runtime().hardware)
    space:restart()
    print(space:wait().stage)""")
    assert done.out.splitlines()[:2] == ["PAUSED\tPAUSED\tcpu-basic", "RUNNING"]
    assert posts(hub) == ["app/pause", "app/restart"]
    for line in ("hub: paused space ns/app", "hub: restarted space ns/app", "hub: space ns/app is RUNNING"):
        assert line in done.err


def test_the_example_gives_a_setting_restarts_and_waits(hub, app, tideway):
    app.restarts, app.stage = ("RUNNING",), "PAUSED"
    # A setting restarts the Space of the fake too.
    hub.fault("POST", "/restart", action=Do(lambda request: setattr(app, "stage", "PAUSED")))
    done = tideway("run", ROOT / "examples" / "spaces.lua", "-p", "space=ns/app",
                   env={"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN})
    assert done.code == 0, done.err
    assert done.out.startswith("runs on cpu-basic\n")
    assert posts(hub) == ["app/variables", "app/restart"]
    assert app.variables["TRAIN_WITH"]["value"] == "acme/reviews"


def test_a_restart_may_build_anew(hub, app, run):
    run("space:restart { factory = true }")
    run("space:restart { factory = false }")
    assert posts(hub) == ["app/restart?factory=true", "app/restart"]


def test_a_wait_for_what_cannot_come_names_the_stage(hub, app, run):
    app.stage, app.error = "BUILD_ERROR", "exit code: 1"
    failed = run("space:wait('RUNNING', { timeout = 60 })", code=UNAVAILABLE)
    assert "space ns/app is BUILD_ERROR and will not be RUNNING: exit code: 1" in failed.err
    assert f"{hub.endpoint}/spaces/ns/app" in failed.err


def test_a_wait_ends_at_its_deadline(app, run):
    app.stage = "BUILDING"
    failed = run("space:wait('RUNNING', { timeout = 0.05 })", code=UNAVAILABLE)
    assert "space ns/app is BUILDING and not RUNNING after 0.05 s" in failed.err


@pytest.mark.parametrize("lines, words", [
    ("space:wait 'running'", "did you mean `RUNNING`?"),
    ("space:wait('RUNNING', { timout = 3 })", "did you mean `timeout`?"),
    ("space:wait('RUNNING', { timeout = 0 })", "timeout must be over 0"),
    ("space:restart { factory = 1 }", "option `factory` must be true or false"),
    ("space:restart { fatory = true }", "did you mean `factory`?"),
    ("space:set_secret('A-B', 'x')", "not a name of a setting of a Space: `A-B`"),
    ("space:set_variable('KEY')", "argument 3 must be a string"),
    ("space:set_variable('KEY', job.params.secret)", "must not be a secret: APP_SECRET"),
    ("tw.hub.space 'app'", "not a Space: `app`"),
    ("tw.hub.space 'a--b/app'", "not a repository: `a--b/app`"),
    ("tw.hub.create_webhook { url = 'http://localhost/' }", "has to watch something"),
    ("tw.hub.create_webhook { url = 'x', watched = { { name = 'ns/d' } } }", "is no URL: x"),
    ("tw.hub.create_webhook { url = 'http://localhost/', watched = { { nam = 'ns/d' } } }", "did you mean `name`?"),
    ("tw.hub.create_webhook { url = 'http://localhost/', watched = 'ns/d' }", "must be a list"),
])
def test_what_makes_no_sense_is_refused_before_any_call(hub, app, run, lines, words):
    assert words in run(lines, code=USAGE).err
    assert not hub.requests


def test_secrets_and_variables_are_set_listed_and_deleted(hub, app, run):
    done = run("""
    space:set_secret("TOKEN", job.params.secret)
    space:set_secret("GONE", "soon")
    space:delete_secret "GONE"
    space:set_variable("MODE", "fast")
    space:set_variable("OLD", "x")
    space:delete_variable "OLD"
    for key, value in pairs(space:variables()) do print(key, value) end""", env={"APP_SECRET": SECRET})
    assert done.out.splitlines()[0] == "MODE\tfast"
    assert {key: one["value"] for key, one in app.secrets.items()} == {"TOKEN": SECRET}
    assert list(app.variables) == ["MODE"]


@pytest.mark.parametrize("answer", [None, Status(400, body={"error": SECRET + PLAIN}), Reset("answered")])
def test_a_secrets_value_is_in_no_log_receipt_or_error(hub, app, run, tideway, answer):
    if answer:
        hub.fault("POST", "/secrets", call="every", action=answer)
    done = run(f"""
    print(pcall(space.set_secret, space, "ONE", "{PLAIN}"))
    print(pcall(space.set_secret, space, "TWO", job.params.secret))""",
               env={"APP_SECRET": SECRET, "LOG_LEVEL": "trace"})
    assert "/secrets" in done.err
    kept = b"".join(file.read_bytes() for file in (tideway.folder / ".tideway").rglob("*") if file.is_file())
    shown = done.out + done.err + kept.decode(errors="replace")
    assert [word for word in (SECRET, PLAIN, TOKEN) if word in shown] == []


def test_a_broken_connection_is_got_over(hub, app, run):
    for method, route in (("POST", "/pause"), ("POST", "/secrets"), ("GET", "/runtime")):
        hub.fault(method, route, action=Reset("answered"))
    assert run("space:pause() space:set_secret('KEY', 'x') print(space:runtime().stage)").code == 0
    assert posts(hub) == ["app/pause", "app/pause", "app/secrets", "app/secrets"]


def test_who_may_not_is_told_what_to_do(hub, app, run):
    hub.add("spaces", "ns/static").space.sdk = "static"
    hub.add("spaces", "ns/hidden", private=True)
    for space, token, code, words in (
        ("ns/app", None, NOT_ALLOWED, "there is no token to pause it"),
        ("ns/app", "hf_wrong", NOT_ALLOWED, "the token of HF_TOKEN is wrong"),
        ("ns/app", "hf_read", NOT_ALLOWED, "you must use a write token"),
        ("ns/app", "hf_other", NOT_ALLOWED, "take a token of ns that may write"),
        ("ns/hidden", "hf_other", FAILED, "no space ns/hidden"),
        ("ns/none", TOKEN, FAILED, "no space ns/none"),
        ("ns/static", TOKEN, USAGE, "a static Space runs no program"),
    ):
        refused = run("space:pause()", code=code, token=token, space=space)
        assert words in refused.err, (space, token, refused.err)
    assert app.stage == "RUNNING"


def test_check_changes_nothing_and_looks_whether_the_space_is_there(hub, app, run):
    everything = """
    space:pause() space:restart() space:wait("PAUSED") space:set_secret("A", "b") space:set_variable("A", "b")
    space:delete_secret "A" space:delete_variable "A"
    tw.hub.create_webhook { url = "http://localhost/", watched = { { name = "ns/d" } } }
    tw.hub.delete_webhook "7\""""
    planned = run(everything, verb="check")
    assert {one.method for one in hub.requests} == {"GET"} and not app.secrets and not hub.webhooks
    for line in ("pause space ns/app", "restart space ns/app", "set the secret A of space ns/app",
                 "make a webhook for http://localhost"):
        assert line in planned.out
    assert "no space ns/none" in run("space:pause()", code=FAILED, verb="check", space="ns/none").err


def test_webhooks_are_made_listed_switched_and_deleted(hub, run):
    done = run("""
    local hook = tw.hub.create_webhook { url = "http://localhost/hook", watched = { { name = "ns/d" } },
      domains = "repo", secret = job.params.secret }
    print(hook.url, hook.watched[1].type, hook.watched[1].name, hook.domains[1], hook.disabled)
    print(tw.hub.disable_webhook(hook.id).disabled, tw.hub.enable_webhook(hook.id).disabled)
    local other = tw.hub.create_webhook { url = "http://localhost/2", watched = { { type = "user", name = "ns" } } }
    tw.hub.delete_webhook(other.id)
    print(#tw.hub.webhooks(), tw.hub.webhooks()[1].id == hook.id, tw.hub.webhooks()[1].secret)""",
               env={"APP_SECRET": SECRET})
    assert done.out.splitlines()[:3] == [
        "http://localhost/hook\tdataset\tns/d\trepo\tfalse", "true\tfalse", "1\ttrue\tnil"]
    assert [hook["secret"] for hook in hub.webhooks.values()] == [SECRET]
    assert SECRET not in done.out + done.err
    assert json.loads(hub.requests.of("POST")[0].body)["watched"] == [{"type": "dataset", "name": "ns/d"}]


def test_a_webhook_is_not_made_twice(hub, run):
    hub.fault("POST", "/webhooks", action=Reset("answered"))
    run("tw.hub.create_webhook { url = 'http://localhost/', watched = { { name = 'ns/d' } } }", code=UNAVAILABLE)
    assert len(hub.webhooks) == 1


def test_webhooks_of_nobody_and_those_that_are_gone_are_errors(hub, run):
    assert "there is no token to list webhooks" in run("tw.hub.webhooks()", code=NOT_ALLOWED, token=None).err
    assert "cannot delete webhook 7" in run("tw.hub.delete_webhook '7'", code=FAILED).err


def test_the_hub_and_the_source_of_the_token_are_told_once(hub, app, run):
    done = run("space:runtime() tw.hub.space('ns/app'):runtime() tw.hub.dataset('ns/d')")
    assert done.err.count(f"hub: {hub.endpoint} with the token of HF_TOKEN") == 1
    other = run("space:runtime()", token=None, env={"HUGGINGFACE_API_KEY": TOKEN})
    assert f"hub: {hub.endpoint} with the token of HUGGINGFACE_API_KEY" in other.err
    assert f"hub: {hub.endpoint} without a token" in run("space:runtime()", token=None).err
