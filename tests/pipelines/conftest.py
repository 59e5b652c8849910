"""What whole-run tests share: the program, a generated complaints database, a real PostgreSQL, a fake Hub."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests")]

SETTINGS = ("POSTGRES_URL", "DEPARTMENT_DATASET", "URGENCY_DATASET", "MIN_DATASET_LEN", "DATASET_VISIBILITY",
            "RESTART_SPACES", "PREPARE_DATASET_SPACE_ID", "HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN",
            "HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY")


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str


class Tideway:
    """Runs the program in a folder of its own, with no settings but the given ones."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def environment(self, env):
        clean = {key: value for key, value in os.environ.items() if key not in SETTINGS}
        runtime = self.folder.with_name(self.folder.name + "-runtime")
        runtime.mkdir(exist_ok=True)
        own = {"TIDEWAY_HOME": str(self.folder / ".tideway"), "TIDEWAY_LIMITS": str(runtime)}
        return {**clean, **own, **{key: str(value) for key, value in env.items()}}

    def start(self, *arguments, env=None, **options):
        return subprocess.Popen(
            [self.program, *map(str, arguments)], cwd=self.folder, env=self.environment(env or {}),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )

    def __call__(self, *arguments, env=None, timeout=300, **options):
        process = self.start(*arguments, env=env, **options)
        out, err = process.communicate(timeout=timeout)
        return Result(process.returncode, out, err)

    def receipts(self):
        files = sorted((self.folder / ".tideway" / "runs").glob("*/receipt.json"))
        return [json.loads(file.read_text()) for file in files]


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("TIDEWAY", str(ROOT / "build" / "default" / "bin" / "tideway"))
    assert pathlib.Path(path).exists(), f"{path} is not built: run ./dev test"
    return path


@pytest.fixture
def tideway(program, tmp_path):
    return Tideway(program, tmp_path)


@pytest.fixture
def hub(tmp_path):
    """A fake of the Hugging Face Hub, empty."""
    from fakes.hub import Hub

    with Hub(tmp_path / "hub") as fake:
        yield fake


@pytest.fixture
def client(hub, tmp_path):
    """Python's own Hub libraries, against the fake."""
    from hub_client import Client

    return Client(hub.endpoint, tmp_path)


@pytest.fixture
def credentials_stay_home(hub):
    """No request to the second origin carries a credential, whatever the test does."""
    yield
    assert [one for one in hub.requests.of(origin="cdn") if "authorization" in one.headers] == []


@pytest.fixture(scope="session")
def postgres():
    uri = os.environ.get("TIDEWAY_TEST_POSTGRES")
    assert uri, "TIDEWAY_TEST_POSTGRES is not set: run ./dev test, which starts a server"
    return uri


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    from s3_server import S3Server

    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3(s3_server):
    """The environment that reaches the S3 server."""
    return s3_server.environment()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate for 127.0.0.1 that no system knows: the files of certificate and key."""
    folder = tmp_path_factory.mktemp("authority")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture(scope="session")
def complaints(program, tmp_path_factory):
    """A SQLite database of 6,000 generated complaints."""
    folder = tmp_path_factory.mktemp("complaints")
    made = Tideway(program, folder)(
        "run", ROOT / "scripts" / "make_complaints.lua", "-p", "complaints=6000", "-p", "output=complaints.db"
    )
    assert made.code == 0, made.err
    return folder / "complaints.db"


@pytest.fixture
def settings(tmp_path, complaints):
    """The environment of the grievances pipeline: SQLite in, two folders out."""
    return {
        "POSTGRES_URL": f"sqlite:{complaints}",
        "DEPARTMENT_DATASET": f"file:{tmp_path}/department",
        "URGENCY_DATASET": f"file:{tmp_path}/urgency",
        "MIN_DATASET_LEN": "500",
    }


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end


def data_files(folder):
    """The published data files below `folder`: relative path -> bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for column in ("department", "urgency")
        for path in sorted((folder / column / "data").glob("*.parquet"))
    }


GRIEVANCES = ROOT / "scripts" / "grievances.lua"
