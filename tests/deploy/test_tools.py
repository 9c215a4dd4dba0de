"""What kubectl and Helm themselves make of the overlays and the chart; nothing of a cluster is asked."""

import os
import pathlib
import re
import shutil
import tempfile
import unittest

import places
import render
from test_kubernetes import OVERLAYS, chart, overlay

OWN_MAIL = {"networkPolicy": {"mailPorts": [465, 587]}}


class Kubectl(unittest.TestCase):
    def made(self, folder):
        code, said = places.run([places.tool("kubectl"), "kustomize", str(folder)])
        self.assertEqual(code, 0, said)
        return render.ordered(places.documents(said))

    def test_it_makes_the_same_of_the_overlays(self):
        for name in OVERLAYS:
            with self.subTest(name=name):
                self.assertEqual(self.made(places.KUBERNETES / name), render.ordered(overlay(name)))

    def test_it_makes_the_same_with_mail(self):
        with tempfile.TemporaryDirectory() as folder:
            copied = pathlib.Path(folder) / "kubernetes"
            shutil.copytree(places.KUBERNETES, copied)
            for name in OVERLAYS:
                with (copied / name / "kustomization.yaml").open("a") as file:
                    file.write("components:\n  - ../mail\n")
                ours = render.kustomize(places.KUBERNETES / name, ["../mail"])
                self.assertEqual(self.made(copied / name), render.ordered(ours))

    def test_it_refuses_what_is_no_kustomization(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "kustomization.yaml").write_text("resources:\n  - lost.yaml\n")
            code, said = places.run([places.tool("kubectl"), "kustomize", folder])
        self.assertNotEqual(code, 0, said)


class Helm(unittest.TestCase):
    def helm(self, *arguments):
        """Helm without anything of whoever runs the tests."""
        with tempfile.TemporaryDirectory() as home:
            environment = {"PATH": os.environ["PATH"], "HOME": home}
            return places.run([places.tool("helm"), *arguments], env=environment, cwd=places.ROOT)

    def made(self, *arguments):
        code, said = self.helm("template", "flockwork", str(places.CHART), "--namespace", "flockwork", *arguments)
        self.assertEqual(code, 0, said)
        return render.ordered(places.documents(said))

    def test_it_makes_the_same_of_the_chart(self):
        for name in OVERLAYS:
            with self.subTest(name=name):
                self.assertEqual(self.made("--set", f"database={name}"), render.ordered(chart(name)))
        mail = self.made("--set", "database=sqlite", "--set", "networkPolicy.mailPorts={465,587}")
        self.assertEqual(mail, render.ordered(chart("sqlite", **OWN_MAIL)))

    def test_it_finds_nothing_to_mend(self):
        for name in OVERLAYS:
            code, said = self.helm("lint", "--strict", str(places.CHART), "--set", f"database={name}")
            self.assertEqual(code, 0, said)

    def test_it_refuses_by_the_schema(self):
        code, said = self.helm("template", "flockwork", str(places.CHART), "--set", "database=mysql")
        self.assertNotEqual(code, 0, said)
        self.assertIn("database", said)

    def test_the_document_says_what_it_takes(self):
        blocks = re.findall(r"```sh\n(.*?)```", places.text("docs/deployment.md"), re.S)
        commands = [block.replace("\\\n", " ").split() for block in blocks if block.startswith("helm ")]
        self.assertEqual(len(commands), 1)
        self.assertEqual(commands[0][:3], ["helm", "upgrade", "--install"])
        words = [word.replace("DIGEST", "a" * 64) for word in commands[0][3:]]
        code, said = self.helm("template", *words)
        self.assertEqual(code, 0, said)
        self.assertIn("ghcr.io/OWNER/flockwork@sha256:", said)
