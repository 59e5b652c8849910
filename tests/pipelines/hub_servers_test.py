"""Servers that are not quite the Hub: of third parties, below a path; and repositories that moved, closed or lack."""

import json
import pathlib

import pytest
from fakes.hub import Do
from hub_push_test import NUMBERS, commits_of, read_numbers

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

FILES = {"README.md": b"# Reviews\n", "data/train.bin": bytes(range(256)) * 4_000}
READS = """
local tw = require "tideway"
return tw.pipeline {{ name = "reads", run = function()
  print(tw.dataset.parquet("{address}"):count())
end }}
"""


@pytest.fixture
def environment(hub, tideway):
    return lambda: {"HF_ENDPOINT": hub.endpoint + "/" * (hub.settings.prefix != ""), "HF_TOKEN": "hf_write",
                    "HF_HOME": tideway.folder / "home"}


@pytest.fixture
def run(tideway, environment):
    """`tideway hub ...`: what it says, as JSON, and the log."""

    def run(*arguments, code=0, **env):
        result = tideway("hub", *arguments, "--json", env={**environment(), **env})
        assert result.code == code, result.out + result.err
        return json.loads(result.out) if code == 0 else result.err

    return run


@pytest.fixture
def push(tideway, environment):
    def push(**params):
        (tideway.folder / "numbers.lua").write_text(NUMBERS)
        given = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
        result = tideway("run", "numbers.lua", "--fresh", *given, env=environment())
        assert result.code == 0, result.err
        return result.out + result.err

    return push


@pytest.fixture
def rows(tideway, environment):
    """The number of rows at an address."""

    def rows(address):
        (tideway.folder / "reads.lua").write_text(READS.format(address=address))
        result = tideway("run", "reads.lua", "--fresh", env=environment())
        assert result.code == 0, result.err
        return int(result.out.split()[0])

    return rows


# of third parties


def test_a_server_of_a_third_party_is_pushed_to_and_read_from(hub, push, run, rows, client):
    hub.settings.third_party = True
    hub.settings.page_size = 1
    assert "changed=true" in push(tag="v1")
    assert "nothing changed" in push(tag="v1")
    assert "changed=true" in push(count=6, splits=2)
    assert commits_of(hub) == ["Upload dataset", "Upload dataset", "initial commit"]
    repo = hub.repo("datasets", "ns/numbers")
    path = pathlib.Path(run("get", "ns/numbers")["path"])
    assert {name: (path / name).read_bytes() for name in repo.files()} == {name: repo.read(name) for name in
                                                                           repo.files()}
    assert rows("hf://datasets/ns/numbers/data/train-*") == 6
    assert run("verify", "ns/numbers")["wrong"] == []
    hub.settings.third_party = False  # Python cannot read it
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4, 5, 6]


def test_a_stale_parent_that_is_told_as_500_is_merged_again(hub, push):
    hub.settings.third_party = True
    repo = hub.add("datasets", "ns/numbers", {"README.md": b"# Before\n"})
    theirs = {"README.md": b"---\nlicense: mit\n---\n# After\n"}
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.commit(theirs, "Theirs")))
    push()
    assert commits_of(hub) == ["Upload dataset", "Theirs", "Upload files", "initial commit"]
    assert b"license: mit" in repo.read("README.md")
    assert len(hub.requests.of("POST", "/commit/")) == 2


def test_a_server_without_pull_requests_gets_many_files_in_one_commit_and_it_is_said(hub, push):
    hub.settings.third_party = True
    assert "warning: hub: ns/numbers: the server has no pull requests" in push(splits=260, count=1)
    assert commits_of(hub) == ["Upload dataset", "initial commit"]
    assert len(hub.repo("datasets", "ns/numbers").objects) == 260


@pytest.mark.parametrize("third_party", [False, True], ids=["the Hub", "a third party"])
@pytest.mark.parametrize("target, told", [
    ("ns/none", "no dataset ns/none"), ("hf://datasets/ns/none/README.md", "no dataset ns/none"),
    ("hf://datasets/ns/reviews/none.txt", "no none.txt in dataset ns/reviews"),
    ("hf://datasets/ns/reviews@v9/", "no revision v9 of dataset ns/reviews"),
])
def test_what_is_missing_is_told_for_what_it_is(hub, run, third_party, target, told):
    hub.settings.third_party = third_party
    hub.add("datasets", "ns/reviews", FILES)
    assert told in run("get", target, code=1)
    assert len(hub.requests) <= 2


def test_a_repository_that_is_disabled_is_told_so(hub, run):
    hub.add("datasets", "ns/reviews", FILES).disabled = True
    for target in ("ns/reviews", "hf://datasets/ns/reviews/README.md"):
        error = run("get", target, code=4)
        assert "dataset ns/reviews is disabled" in error and "the Hub has closed it" in error


@pytest.mark.parametrize("target", ["ns/reviews", "hf://datasets/ns/reviews/README.md",
                                    "hf://datasets/ns/reviews/data/train.bin"])
def test_the_new_name_of_a_repository_is_told_once(hub, tideway, environment, target):
    hub.rename(hub.add("datasets", "ns/reviews", FILES), "ns/opinions")
    result = tideway("hub", "get", target, env=environment())
    assert result.code == 0, result.err
    assert result.err.count("datasets/ns/reviews has been renamed: name it datasets/ns/opinions from now on") == 1


# below a path


@pytest.mark.parametrize("prefix", ["/hf", "/pulp/hf"])
def test_an_endpoint_with_a_path_is_the_endpoint_of_every_call(hub, push, run, rows, tideway, prefix):
    hub.settings.prefix = prefix
    hub.settings.multipart_threshold = hub.settings.chunk_size = 1000
    hub.settings.page_size = 3
    assert "changed=true" in push(count=3000, tag="v1")
    push(splits=252, count=1)  # through a pull request
    path = pathlib.Path(run("get", "ns/numbers", "--revision", "v1")["path"])
    assert (path / "README.md").exists()
    run("get", "ns/numbers", "--local-dir", tideway.folder / "local")
    assert (tideway.folder / "local" / "README.md").exists()
    assert run("get", "hf://datasets/ns/numbers/README.md")["path"].endswith("README.md")
    assert rows("hf://datasets/ns/numbers@v1/data/train-*") == 3000
    run("tag", "ns/numbers", "v2")
    assert run("tag", "ns/numbers", "--delete", "v2") is not None
    assert run("whoami")["name"] == "ns" and run("info", "ns/numbers")["private"]
    assert [one.path for one in hub.requests.of(origin="hub") if not one.path.startswith(prefix + "/")] == []
    assert {one.status for one in hub.requests.of(origin="hub") if one.status and one.status >= 400} <= {404}


SERVICES = """
local tw = require "tideway"
return tw.pipeline { name = "services", run = function()
  tw.hub.space("ns/app"):restart()
  print(tw.hub.space("ns/app"):runtime().stage)
  local hook = tw.hub.create_webhook { url = "https://example.org/x", watched = { { type = "user", name = "ns" } },
    domains = { "repo" } }
  print(#tw.hub.webhooks(), tw.hub.disable_webhook(hook.id).disabled)
end }
"""


def test_spaces_and_webhooks_are_asked_for_below_the_path(hub, tideway, environment):
    hub.settings.prefix = "/pulp/hf"
    hub.add("spaces", "ns/app")
    (tideway.folder / "services.lua").write_text(SERVICES)
    result = tideway("run", "services.lua", env=environment())
    assert result.code == 0, result.err
    assert [one for one in hub.requests if not one.path.startswith("/pulp/hf/") or one.status != 200] == []
