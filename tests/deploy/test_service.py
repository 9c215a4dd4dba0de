"""The unit of systemd, its files, and the Debian package's manifest."""

import configparser
import pathlib
import re
import tempfile
import tomllib
import unittest

import places

EXPOSURE_MAX = 2.0
SYSTEMD = places.DEPLOY / "systemd"


def entries(key):
    """What the unit says under a key, every time it says it."""
    lines = places.UNIT.read_text().splitlines()
    return [line.split("=", 1)[1] for line in lines if line.startswith(f"{key}=")]


def exit_codes():
    """The README's table."""
    table = places.text("README.md").split("## Exit codes")[1].split("\n## ")[0]
    return {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", table, re.M)}


def secret_files():
    """Every variable that names the file of a secret, as the program itself lists them."""
    code, said = places.run([places.program(), "config", "reference"], env={})
    assert code == 0, said
    return sorted(re.findall(r"^\| [^|]*\| `[A-Z_]+`, `([A-Z_]+_FILE)` \|", said, re.M))


class Unit(unittest.TestCase):
    def staged(self, folder, drop_in=""):
        """The unit with the binary under test, so that systemd finds what it starts, and with a drop-in."""
        path = pathlib.Path(folder) / "flockwork.service"
        path.write_text(places.UNIT.read_text().replace("/usr/bin/flockwork", places.program()))
        if drop_in:
            beside = path.with_name("flockwork.service.d")
            beside.mkdir()
            (beside / "own.conf").write_text(drop_in)
        return str(path)

    def verified(self, drop_in=""):
        """What systemd says of it; nothing where all is well."""
        with tempfile.TemporaryDirectory() as folder:
            code, said = places.run(["systemd-analyze", "verify", "--man=no", self.staged(folder, drop_in)])
        return said.strip() or f"it ended with {code}" * (code != 0)

    def test_systemd_understands_it_without_a_word(self):
        self.assertEqual(self.verified(), "")

    def test_the_drop_in_of_the_document_is_one_that_systemd_takes(self):
        blocks = re.findall(r"```ini\n(.*?)```", places.text("docs/deployment.md"), re.S)
        self.assertEqual(len(blocks), 1)
        self.assertEqual(self.verified(blocks[0]), "")
        self.assertIn("own.conf", self.verified(blocks[0].replace("LoadCredential", "LoadCredentail")))

    def test_it_is_hardened(self):
        code, said = places.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", str(places.UNIT)]
        )
        self.assertEqual(code, 0, said)
        level = float(re.search(r"Overall exposure level for flockwork\.service: ([0-9.]+)", said)[1])
        self.assertLessEqual(level, EXPOSURE_MAX, said)

    def test_it_says_ready_and_is_watched(self):
        self.assertEqual(entries("Type"), ["notify"])
        self.assertEqual(entries("WatchdogSec"), ["2min"])

    def test_a_stop_has_more_time_than_the_node_takes(self):
        self.assertGreater(int(entries("TimeoutStopSec")[0].removesuffix("s")), 30)

    def test_what_a_restart_does_not_mend_is_not_restarted(self):
        codes = exit_codes()
        kept_down = {int(code) for code in entries("RestartPreventExitStatus")[0].split()}
        self.assertLessEqual(kept_down, set(codes))
        # These pass: a database that is away, a port, a full disk, another process, our own fault.
        passing = {68, 69, 70, 73, 75}
        self.assertFalse(kept_down & passing)
        self.assertEqual(kept_down | passing | {0, 1, 130}, set(codes), "each code is thought of")

    def test_every_secret_is_a_credential_and_each_has_its_line(self):
        granted = entries("LoadCredential")
        for name in granted:
            # Without a path systemd looks into its stores, and goes on without what is not there.
            self.assertRegex(name, r"^flockwork\.[a-z_]+$")
        used = re.findall(r"^#([A-Z_]+)=/run/credentials/flockwork\.service/(\S+)$",
                          (SYSTEMD / "flockwork.env").read_text(), re.M)
        # Keys are found by their names, so nobody has to say that they are there.
        keys = {"flockwork.master_key": "FLOCKWORK_MASTER_KEY_FILE",
                "flockwork.backup_key": "FLOCKWORK_BACKUP_KEY_FILE"}
        self.assertEqual({name for _, name in used} | set(keys), set(granted))
        self.assertEqual(sorted([variable for variable, _ in used] + list(keys.values())), secret_files())
        source = places.text("crates/app/src/config/keys.rs")
        for key in keys:
            self.assertIn(f'"{key}"', source)

    def test_the_database_is_in_the_folder_that_the_unit_makes(self):
        settings = tomllib.loads((SYSTEMD / "flockwork.toml").read_text())
        folder = entries("StateDirectory")[0]
        self.assertTrue(settings["database"]["path"].startswith(f"/var/lib/{folder}/"))
        self.assertEqual(settings["app_env"], "production")


class Debian(unittest.TestCase):
    manifest = tomllib.loads(places.text("crates/app/Cargo.toml"))["package"]["metadata"]["deb"]

    def test_what_it_packs_is_there(self):
        for source, _, mode in self.manifest["assets"]:
            self.assertIn(mode, ("644", "755"))
            if not source.startswith("target/"):
                found = list((places.ROOT / "crates" / "app").glob(source))
                self.assertTrue(found, source)

    def test_its_files_are_those_that_the_unit_reads(self):
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(places.UNIT.read_text())
        read = {parser["Service"]["EnvironmentFile"].lstrip("-"),
                parser["Service"]["Environment"].split("=", 1)[1]}
        packed = {"/" + target for _, target, _ in self.manifest["assets"]}
        self.assertLessEqual(read, packed)
        self.assertEqual(read, set(self.manifest["conf-files"]))
        self.assertIn(["target/release/flockwork", "usr/bin/", "755"], self.manifest["assets"])

    def test_it_starts_nothing_that_has_no_keys_yet(self):
        units = self.manifest["systemd-units"]
        self.assertEqual((units["enable"], units["start"]), (False, False))


