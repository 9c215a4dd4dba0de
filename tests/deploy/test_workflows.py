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


class Published(unittest.TestCase):
    """What a release and an image come with; each step is where it can still tell the truth."""

    def steps(self, workflow, job):
        """The steps of a job by name; those without one, by what they use."""
        jobs = places.documents((places.WORKFLOWS / f"{workflow}.yml").read_text())[0]["jobs"]
        return {step.get("name") or step["uses"].split("@")[0]: step for step in jobs[job]["steps"]}

    def in_order(self, steps, *names):
        places_of = [list(steps).index(name) for name in names]
        self.assertEqual(places_of, sorted(places_of), names)

    def test_a_release_has_packages_a_list_of_what_is_inside_checksums_and_provenance(self):
        built = self.steps("release", "build")
        self.in_order(built, "Debian package, with the binary in it", "The package, installed into a Debian that boots",
                      "What is inside", "Pack", "actions/upload-artifact")
        self.assertIn("deploy/debian/build", built["Debian package, with the binary in it"]["run"])
        self.assertIn("deploy/prove-service", built["The package, installed into a Debian that boots"]["run"])
        self.assertIn("cargo cyclonedx", built["What is inside"]["run"])
        for kept in ("sbom.json", ".deb", ".tar.gz", "flockwork.example.toml", "LICENSE"):
            self.assertIn(kept, built["Pack"]["run"])
        self.assertEqual(built["actions/upload-artifact"]["with"]["path"], "out/*")

        told = self.steps("release", "publish")
        self.in_order(told, "actions/download-artifact", "Checksums", "Provenance", "Release")
        self.assertIn("sha256sum -- * > SHA256SUMS", told["Checksums"]["run"])
        self.assertEqual(told["Checksums"]["working-directory"], "out")
        self.assertTrue(told["Provenance"]["uses"].startswith("actions/attest-build-provenance@"))
        # The checksums are among what is attested, and all of it is published.
        self.assertEqual(told["Provenance"]["with"]["subject-path"], "out/*")
        self.assertTrue(told["Release"]["run"].rstrip().endswith("out/*"))

    def test_the_package_is_built_and_booted_with_every_change_as_in_a_release(self):
        ours, theirs = self.steps("ci", "package"), self.steps("release", "build")
        names = ("Toolchain", "Debian package, with the binary in it", "The package, installed into a Debian that boots")
        self.in_order(ours, *names)
        for name in names:
            self.assertEqual(ours[name], theirs[name])
        # What is tried there of the watchdog, and that no test of the binary alone forgets it.
        proof = places.text("deploy/prove-service")
        for line in ('same "restarts after it hung"', 'same "restarts while it works"'):
            self.assertIn(line, proof)
        self.assertIn("fn systemd_hears_that_it_serves_that_it_turns_and_that_it_ends",
                      places.text("crates/app/tests/processes/supervised.rs"))

    def test_an_image_is_proven_before_it_is_kept_and_has_both_attestations(self):
        built = self.steps("image", "build")
        self.in_order(built, "Pin the bases", "Build", "Run it as the promises say", "What is inside", "Keep it",
                      "actions/upload-artifact")
        self.assertEqual(built["Run it as the promises say"]["run"], "deploy/prove-image --image flockwork:tested")
        kept = built["actions/upload-artifact"]["with"]["path"].split()
        self.assertEqual(kept, ["image.tar.gz", "image.cdx.json"])

        pushed = self.steps("image", "push")
        self.in_order(pushed, "actions/download-artifact", "Push", "Provenance", "What is inside, signed")
        for name, action in (("Provenance", "attest-build-provenance"), ("What is inside, signed", "attest-sbom")):
            step = pushed[name]
            self.assertTrue(step["uses"].startswith(f"actions/{action}@"))
            self.assertEqual(step["with"]["subject-digest"], "${{ steps.push.outputs.digest }}")
            self.assertIs(step["with"]["push-to-registry"], True)
        self.assertEqual(pushed["What is inside, signed"]["with"]["sbom-path"], "image.cdx.json")

    def test_what_is_installed_has_a_version(self):
        tried = 0
        for path in EVERY:
            for line in path.read_text().splitlines():
                for package in re.findall(r"cargo install --locked (\S+)", line):
                    self.assertRegex(package, r"^[a-z-]+@\d+\.\d+\.\d+$", path.name)
                    tried += 1
                self.assertNotRegex(line, r"cargo install (?!--locked)", path.name)
        self.assertGreaterEqual(tried, 5)

    def test_the_same_program_has_the_same_version_everywhere(self):
        versions = {}
        for path in EVERY:
            for name, version in re.findall(r"cargo install --locked ([a-z-]+)@(\S+)", path.read_text()):
                versions.setdefault(name, set()).add(version)
        self.assertEqual({name: found for name, found in versions.items() if len(found) > 1}, {})


class Image(unittest.TestCase):
    recipe = places.text("Dockerfile")

    def test_whatever_reaches_the_builder_starts_the_workflow(self):
        workflow = places.documents((places.WORKFLOWS / "image.yml").read_text())[0]
        # YAML reads the key `on` as a flag.
        paths = set(workflow[True]["push"]["paths"])
        for name in re.findall(r"^!(\S+)$", places.text(".dockerignore"), re.M):
            wanted = f"{name}/**" if (places.ROOT / name).is_dir() else name
            self.assertIn(wanted, paths)
        self.assertLessEqual({"Dockerfile", ".dockerignore", "deploy/prove-image"}, paths)

    def test_its_own_layers_are_held_to_thirty_million_bytes(self):
        proof = places.text("deploy/prove-image")
        self.assertIn("\nLAYERS_BYTES_MAX=30000000\n", proof)
        self.assertIn('hold "own layers, bytes" "$own" "$LAYERS_BYTES_MAX"', proof)

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
