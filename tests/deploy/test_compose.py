"""What Compose itself makes of the two files; `./test` installs it. Nothing is started."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import places
from test_settings import compose

FILES = ("compose.yaml", "compose.postgres.yaml")


def command():
    """Compose, as a program of its own or as part of Docker."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    known = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if known.returncode != 0:
        raise FileNotFoundError("no Compose is here; ./test installs it (Debian: apt-get install docker-compose)")
    return ["docker", "compose"]


def read(source, given):
    """The code of Compose and what it says of a file, in a folder without any other, with these variables."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "compose.yaml"
        path.write_text(source)
        (path.parent / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        environment = {"PATH": os.environ["PATH"], "HOME": folder}
        done = subprocess.run([*command(), "-f", str(path), "config"], cwd=folder, env=environment,
                              text=True, capture_output=True, check=False)
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr


class Compose(unittest.TestCase):
    def test_compose_takes_the_files_and_reads_them_as_the_other_tests_do(self):
        for name in FILES:
            for given in ({}, {"DRY_RUN": "false", "TIMEZONE": "Europe/Lisbon", "RUN_AS": "4321:4321"}):
                with self.subTest(name=name, given=given):
                    code, said = read(places.text(name), given)
                    self.assertEqual(code, 0, said)
                    services = places.documents(said)[0]["services"]
                    ours, environments = compose(name, given)
                    self.assertEqual(set(services), set(ours))
                    for service, theirs in services.items():
                        self.assertEqual(theirs["environment"], environments[service])
                        self.assertEqual(theirs.get("user"), ours[service].get("user"))
                        self.assertEqual(theirs["cap_drop"], ["ALL"])
                        self.assertIs(theirs["read_only"], True)

    def test_what_compose_does_not_know_is_refused(self):
        for right, wrong in (("    read_only: true\n", "    read_onyl: true\n"),
                             ("    ports:\n", "    ports: yes\n    expose:\n"),
                             ("    cap_drop:\n      - ALL\n", "    cap_drop: ALL\n")):
            source = places.text("compose.yaml")
            self.assertIn(right, source)
            code, said = read(source.replace(right, wrong, 1), {})
            self.assertNotEqual(code, 0, said)
