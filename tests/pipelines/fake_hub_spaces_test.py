"""The fake Hub's Spaces and webhooks are what Python's own library takes for the Hub's."""


def use_a_space():
    from huggingface_hub import HfApi

    api, space = HfApi(), "ns/app"
    api.create_repo(space, repo_type="space", space_sdk="docker", space_secrets=[{"key": "FIRST", "value": "hidden"}])
    api.add_space_secret(space, "TOKEN", "hidden", description="a secret")
    api.add_space_variable(space, "MODE", "fast")
    api.add_space_variable(space, "GONE", "soon")
    variables = api.delete_space_variable(space, "GONE")
    paused = api.pause_space(space).stage
    restarted = [api.restart_space(space).stage, *(api.get_space_runtime(space).stage for _ in range(2))]
    api.delete_space_secret(space, "FIRST")
    return {
        "variables": {key: one.value for key, one in variables.items()}, "secrets": list(api.get_space_secrets(space)),
        "listed": {key: one.value for key, one in api.get_space_variables(space).items()},
        "paused": paused, "restarted": restarted, "hardware": api.request_space_hardware(space, "t4-small").hardware,
        "rebuilt": api.restart_space(space, factory_reboot=True).stage,
        "sleep": api.set_space_sleep_time(space, 60).sleep_time,
    }


def be_refused(space, method, *arguments):
    from huggingface_hub import HfApi

    try:
        getattr(HfApi(), method)(space, *arguments)
    except Exception as error:
        return [type(error).__name__, error.response.status_code]


def use_webhooks():
    from huggingface_hub import HfApi

    api = HfApi()
    hook = api.create_webhook(url="http://localhost/hook", watched=[{"type": "dataset", "name": "ns/d"}], secret="s")
    api.disable_webhook(hook.id)
    seen = [[one.id == hook.id, one.disabled, one.url] for one in (*api.list_webhooks(), api.get_webhook(hook.id))]
    api.delete_webhook(hook.id)
    return [seen, len(api.list_webhooks())]


def test_spaces_are_paused_and_restarted_and_keep_their_settings(hub, client):
    assert client(use_a_space) == {
        "variables": {"MODE": "fast"}, "secrets": ["TOKEN"], "listed": {"MODE": "fast"}, "paused": "PAUSED",
        "restarted": ["PAUSED", "APP_STARTING", "RUNNING"], "hardware": "t4-small", "rebuilt": "RUNNING", "sleep": 60,
    }
    restarts = hub.requests.of("POST", "/restart")
    assert [one.query for one in restarts] == ["", "factory=true"]


def test_who_does_not_own_a_space_and_what_is_none_are_refused(hub, client):
    hub.add("spaces", "ns/app")
    hub.add("spaces", "ns/static").space.sdk = "static"
    hub.add("spaces", "ns/hidden", private=True)
    assert client(be_refused, "ns/app", "pause_space", token="hf_other") == ["HfHubHTTPError", 403]
    assert client(be_refused, "ns/app", "add_space_secret", "KEY", "x", token="hf_other") == ["HfHubHTTPError", 403]
    assert client(be_refused, "ns/static", "pause_space") == ["BadRequestError", 400]
    assert client(be_refused, "ns/none", "restart_space") == ["RepositoryNotFoundError", 404]
    assert client(be_refused, "ns/hidden", "get_space_runtime", token="hf_other") == ["RepositoryNotFoundError", 404]
    assert client(be_refused, "ns/app", "add_space_variable", "1-bad", "x") == ["BadRequestError", 400]


def test_webhooks_are_made_listed_switched_and_deleted(hub, client):
    assert client(use_webhooks) == [[[True, True, "http://localhost/hook"]] * 2, 0]
