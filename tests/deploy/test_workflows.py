"""The workflows, and the image's recipe."""

import os
import pathlib
import re
import sys
import unittest

import places

TOOLS = pathlib.Path(sys.executable).parent
EVERY = sorted(places.WORKFLOWS.glob("*.yml"))


class Linted(unittest.TestCase):
    def test_actionlint_finds_nothing(self):
        code, said = places.run([str(TOOLS / "actionlint"), *map(str, EVERY)], cwd=places.ROOT)
        self.assertEqual((code, said.strip()), (0, ""))

    def test_zizmor_finds_nothing(self):
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        arguments = [str(TOOLS / "zizmor"), "--offline", "--no-progress", str(places.WORKFLOWS)]
        code, said = places.run(arguments, env=environment)
        self.assertEqual(code, 0, said)
        self.assertIn("No findings to report", said)


class Manners(unittest.TestCase):
    def jobs(self):
        for path in EVERY:
            workflow = places.documents(path.read_text())[0]
            for name, job in workflow["jobs"].items():
                yield path.name, workflow, name, job

    def test_actions_are_pinned_by_commit_and_say_which_version_that_is(self):
        for path in EVERY:
            for line in path.read_text().splitlines():
                used = re.match(r"\s*(?:- )?uses: (\S+)(.*)", line)
                if used and not used[1].startswith("./"):
                    self.assertRegex(used[1], r"@[0-9a-f]{40}$", path.name)
                    self.assertRegex(used[2], r"^ # v\d+\.\d+\.\d+$", path.name)

    def test_the_same_action_is_the_same_commit_everywhere(self):
        commits = {}
        for path in EVERY:
            for action, commit in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40})", path.read_text()):
                commits.setdefault(action, set()).add(commit)
        self.assertEqual({action: found for action, found in commits.items() if len(found) > 1}, {})

    def test_jobs_have_few_rights_and_an_end(self):
        for path, workflow, name, job in self.jobs():
            with self.subTest(workflow=path, job=name):
                self.assertIn(workflow["permissions"], ({}, {"contents": "read"}))
                if "uses" not in job:
                    self.assertIn("timeout-minutes", job)
                granted = job.get("permissions", workflow["permissions"])
                writes = {right for right, how in granted.items() if how == "write"}
                self.assertLessEqual(writes, {"packages", "id-token", "attestations", "contents"})
                if "contents" in writes:
                    self.assertEqual(job.get("environment"), "release", "a person says yes")

    def test_a_checkout_keeps_no_token(self):
        for path, _, name, job in self.jobs():
            for step in job.get("steps", []):
                if step.get("uses", "").startswith("actions/checkout@"):
                    self.assertIs(step["with"]["persist-credentials"], False, f"{path} {name}")

    def test_a_deployment_has_an_environment_and_a_way_back(self):
        workflow = places.documents((places.WORKFLOWS / "deploy.yml").read_text())[0]
        job = workflow["jobs"]["deploy"]
        self.assertEqual(job["environment"], "${{ inputs.environment }}")
        undo = [step for step in job["steps"] if "rollout undo" in step.get("run", "")]
        self.assertEqual(len(undo), 1)
        self.assertIn("failure()", undo[0]["if"])


class Image(unittest.TestCase):
    recipe = places.text("Dockerfile")

    def test_the_last_stage_is_small_and_nobody(self):
        last = self.recipe.split("\nFROM ")[-1]
        self.assertNotRegex(last, r"(?m)^(RUN|ADD|SHELL) ")
        for line in ("USER 65532:65532", "STOPSIGNAL SIGTERM", 'ENTRYPOINT ["/usr/local/bin/flockwork"]',
                     'CMD ["/usr/local/bin/flockwork", "health"]'):
            self.assertIn(line, last)
        for label in ("title", "description", "licenses", "version", "revision", "created", "base.name"):
            self.assertIn(f"org.opencontainers.image.{label}=", last)

    def test_bases_are_arguments_that_the_workflow_pins(self):
        bases = re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", self.recipe, re.M)
        workflow = (places.WORKFLOWS / "image.yml").read_text()
        self.assertEqual([name for name, _ in bases], ["BUILDER_IMAGE", "BASE_IMAGE"])
        for name, image in bases:
            self.assertIn(f"$(pin {image})", workflow)
            self.assertIn(f'--build-arg "{name}=$', workflow)

    def test_only_sources_reach_the_builder(self):
        lines = [line for line in places.text(".dockerignore").splitlines() if not line.startswith("#")]
        self.assertEqual(lines[0], "*")
        copied = set(re.findall(r"^COPY (?!--)(.*) \S+$", self.recipe, re.M))
        named = {word for line in copied for word in line.split()}
        self.assertEqual(named, {line[1:] for line in lines if line.startswith("!")})
        for secret in (".env", "secrets", "data", "bots"):
            self.assertNotIn(f"!{secret}", lines)
