"""Where things lie, and how they are read."""

import os
import pathlib
import shutil
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
CHART = DEPLOY / "helm" / "flockwork"
UNIT = DEPLOY / "systemd" / "flockwork.service"
WORKFLOWS = ROOT / ".github" / "workflows"


def text(path):
    """What stands in a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def documents(source):
    """The documents of a YAML text that are not empty."""
    return [one for one in yaml.safe_load_all(source) if one is not None]


def program():
    """The binary under test: `./test` names it, `cargo build` puts it here."""
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    path = pathlib.Path(os.environ.get("FLOCKWORK_TEST_PROGRAM", f"{target}/debug/flockwork"))
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there; `cargo build` makes it")
    return str(path)


def tool(name):
    """A program that `run` put beside this Python, or the machine's own."""
    beside = pathlib.Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not here, and tests/deploy/run has it for x86-64 alone: install it")
    return found


def run(arguments, **more):
    """A program, to its end: its code and all that it said."""
    done = subprocess.run(
        arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more
    )
    return done.returncode, done.stdout
