"""An installed program runs from any folder, alone: without the sources, `.deps` or the build folder."""

import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import ROOT, Tideway

EXAMPLE = ROOT / "examples" / "first_pipeline.lua"
# Replaces each folder by an empty one, for this process only.
ALONE = 'for f in $HIDDEN; do mount -t tmpfs none "$f" || exit 125; done; cd "$FOLDER" && exec "$@"'


@pytest.fixture(scope="module")
def build(program):
    return pathlib.Path(program).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    return prefix


def run_alone(*command, folder="/", path=None):
    """Runs a command in `folder` of a machine that has no sources."""
    hidden = f"{(ROOT / '.deps').resolve()} {ROOT}"  # the inner one first: nothing is below an empty folder
    env = {"PATH": path or os.environ["PATH"], "HIDDEN": hidden, "FOLDER": str(folder)}
    return subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", ALONE, "sh", *map(str, command)],
                          capture_output=True, text=True, env=env)


@pytest.fixture
def script(tmp_path):
    return shutil.copy(EXAMPLE, tmp_path)


def test_installed_program_runs_from_the_root_folder(installed, script):
    result = run_alone(installed / "bin" / "tideway", "run", script)
    assert result.returncode == 0, result.stderr
    assert "5 rows" in result.stdout


def test_installed_program_runs_through_links_and_from_the_path(installed, script, tmp_path):
    (tmp_path / "first").symlink_to(installed / "bin" / "tideway")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tideway").symlink_to("../first")
    result = run_alone("tideway", "run", script, folder="/usr", path=f"{tmp_path}/bin:/usr/bin:/bin")
    assert result.returncode == 0, result.stderr
    assert "5 rows" in result.stdout


def test_program_that_was_moved_without_its_files_says_so(installed, script, tmp_path):
    lone = tmp_path / "lone"
    shutil.copytree(installed / "lib", lone / "lib")
    shutil.copytree(installed / "bin", lone / "bin")
    result = Tideway(lone / "bin" / "tideway", tmp_path)("run", script)
    assert result.code == 1
    assert f"{lone}/share/tideway/lua" in result.err and "install again" in result.err


def test_package_declares_the_libraries_of_its_program(build, tmp_path):
    packed = subprocess.run(["cpack", "-G", "DEB", "-B", tmp_path], cwd=build, capture_output=True, text=True)
    assert packed.returncode == 0, packed.stdout + packed.stderr
    (package,) = tmp_path.glob("*.deb")
    depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True).stdout
    for library in ("libc6", "libluajit", "libpq5", "libsqlite3-0", "libssl3", "libstdc++6", "libuv1"):
        assert library in depends
    subprocess.run(["dpkg-deb", "-x", package, tmp_path / "root"], check=True)
    files = {str(file.relative_to(tmp_path / "root")) for file in (tmp_path / "root").rglob("*")}
    assert {"usr/bin/tideway", "usr/share/tideway/lua/tideway/init.lua", "usr/share/doc/tideway/copyright"} <= files
