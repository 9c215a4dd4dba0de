"""What these files set is what the binary reads; and what they set together is a configuration that it
takes. Each example is tried with `flockwork check`, its folders moved into a temporary one."""

import pathlib
import re
import tempfile
import unittest

import places
import render

NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
TOKEN = "0123456789abcdef" * 4
BOT = 'personality_prompt = "You keep a lighthouse."\n'
SECRETS = {"api_token": TOKEN, "flockwork_api_token": TOKEN,
           "database_url": "postgres://flockwork:word@postgres:5432/flockwork",
           "heartbeat_url": "https://beats.example.org/a-word", "otlp_headers": "api-key=a-word"}


def known():
    """Every variable that the binary reads."""
    code, said = places.run([places.program(), "config", "example"], env={})
    assert code == 0, said
    names = {"NODE_ENV"}
    # Explanations name the variables, but for those with _FILE of what only the environment has.
    for line in said.splitlines():
        if line.startswith("#"):
            names |= set(re.findall(r"\b[A-Z][A-Z0-9_]{5,}\b", line))
    secrets = {name for name in names if name.endswith(("_KEY", "_SECRET", "_TOKEN"))}
    return names | {f"{name}_FILE" for name in secrets}


def compose(name, given):
    """The services of a Compose file, with what .env gives, and the environment of each."""
    source = places.text(name)
    source = re.sub(r"\$\{([A-Z_]+):-([^}]*)\}", lambda one: given.get(one[1]) or one[2], source)
    services = places.documents(source)[0]["services"]
    return services, {
        service: dict(entry.split("=", 1) for entry in wanted.get("environment", []))
        for service, wanted in services.items()
    }


def env_file(path, commented=False):
    """A file of variables; with what is commented out, if asked."""
    found = {}
    for line in places.text(path).splitlines():
        line = line.removeprefix("#") if commented else line
        name, _, value = line.partition("=")
        if NAME.match(name):
            found[name] = value
    return found


def pod_environment(objects):
    container = next(render.pod_of(each)["containers"][0] for each in objects if render.pod_of(each))
    return {entry["name"]: entry["value"] for entry in container["env"]}


def image_environment():
    found = {}
    for block in re.findall(r"^ENV ((?:.*\\\n)*.*)$", places.text("Dockerfile"), re.M):
        found |= dict(word.split("=", 1) for word in block.replace("\\\n", " ").split())
    return found


def every_environment():
    """Each place that sets variables, and what it sets."""
    yield "Dockerfile", image_environment()
    yield "flockwork.env", env_file("deploy/systemd/flockwork.env", commented=True)
    for name in ("compose.yaml", "compose.postgres.yaml"):
        _, environments = compose(name, {})
        yield name, environments.get("flockwork") or environments["template-bot"]
    for database in ("sqlite", "postgres"):
        yield f"kustomize {database}", pod_environment(render.kustomize(places.KUBERNETES / database))
        yield f"helm {database}", pod_environment(render.helm({"database": database})[0])


class Names(unittest.TestCase):
    def test_every_variable_is_one_that_the_binary_reads(self):
        names = known()
        self.assertIn("TWITTER_API_KEY_FILE", names)
        for place, environment in every_environment():
            with self.subTest(place=place):
                self.assertEqual(sorted(set(environment) - names), [])

    def test_env_example_has_the_variables_that_compose_asks_for(self):
        asked = set()
        for name in ("compose.yaml", "compose.postgres.yaml"):
            asked |= set(re.findall(r"\$\{([A-Z_]+):-", places.text(name)))
        self.assertEqual(set(env_file(".env.example", commented=True)), asked)

    def test_the_unit_sets_what_the_binary_reads(self):
        names = re.findall(r"^Environment=([A-Z_]+)=", places.UNIT.read_text(), re.M)
        self.assertLessEqual(set(names), known())
        self.assertTrue(names)


class Examples(unittest.TestCase):
    def check(self, environment, extra=()):
        """What `flockwork check` says to this environment, its folders moved into a temporary one."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            moved = {}
            for name, value in environment.items():
                if value.startswith("/"):
                    moved[name] = str(root) + value
                    path = root / value.lstrip("/")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    if name == "FLOCKWORK_BOTS_DIR":
                        path.mkdir(exist_ok=True)
                    if name.endswith("_FILE"):
                        path.write_text(SECRETS.get(path.name.removeprefix("flockwork."), "a-value") + "\n")
                else:
                    moved[name] = value
            for path, content in extra:
                place = root / path.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(content)
            code, said = places.run([places.program(), "check"], env=moved, cwd=folder)
        return code, said

    def takes(self, environment, extra=()):
        code, said = self.check(environment, extra)
        self.assertEqual(code, 0, said)
        return said

    def test_the_image_alone_is_too_open_without_a_token(self):
        code, said = self.check(image_environment() | {"DRY_RUN": "true"})
        self.assertNotEqual(code, 0)
        self.assertIn("FLOCKWORK_API_TOKEN_FILE", said)

    def test_compose_as_it_is_and_when_it_posts(self):
        live = {name: value for name, value in env_file(".env.example", commented=True).items()
                if name.endswith("_FILE") or name == "FLOCKWORK_ALLOWED_HOSTS"} | {"DRY_RUN": "false"}
        for name, service in (("compose.yaml", "template-bot"), ("compose.postgres.yaml", "flockwork")):
            for given in ({}, live):
                with self.subTest(name=name, given=given):
                    _, environments = compose(name, given)
                    self.takes(image_environment() | environments[service])

    def test_pods_of_kustomize_and_of_the_chart(self):
        for place, environment in every_environment():
            if place.startswith(("kustomize", "helm")):
                with self.subTest(place=place):
                    self.takes(image_environment() | environment)

    def test_a_main_file_among_the_secrets_hides_no_bot(self):
        cluster = "/run/secrets/flockwork/flockwork.toml"
        compose_file = "/app/config/flockwork.toml"
        places_of_it = {"compose.yaml": compose_file, "compose.postgres.yaml": compose_file}
        tried = 0
        for place, environment in every_environment():
            if place in ("Dockerfile", "flockwork.env"):
                continue
            main = places_of_it.get(place, cluster)
            environment = image_environment() | environment | {"FLOCKWORK_CONFIG": main, "BOT_NAME": ""}
            files = [(main, "[alerts]\ndigest = \"2m\"\n"), ("/app/bots/ada.toml", BOT)]
            with self.subTest(place=place):
                said = self.takes(environment | {"DRY_RUN": "true"}, files)
                self.assertIn("ada", said)
                # The main file is the one that is read: what is wrong in it is told.
                code, said = self.check(environment, [(main, "[alerts]\ndigest = 3\n"), files[1]])
                self.assertNotEqual(code, 0, said)
                self.assertIn("flockwork.toml:2", said)
            tried += 1
        self.assertEqual(tried, 6)

    def test_a_folder_of_bots_that_is_not_there_is_told(self):
        code, said = self.check(image_environment() | {"DRY_RUN": "true", "BIND_ADDRESS": "127.0.0.1"})
        self.assertEqual(code, 0, said)
        environment = {"DRY_RUN": "true", "FLOCKWORK_BOTS_DIR": "nowhere"}
        code, said = self.check(environment)
        self.assertNotEqual(code, 0, said)
        self.assertIn("FLOCKWORK_BOTS_DIR", said)

    def test_the_service_as_it_is_and_when_it_posts(self):
        unit = dict(re.findall(r"^Environment=([A-Z_]+)=(.*)$", places.UNIT.read_text(), re.M))
        main = places.text("deploy/systemd/flockwork.toml")
        rehearsal = env_file("deploy/systemd/flockwork.env")
        live = rehearsal | {name: value for name, value in
                            env_file("deploy/systemd/flockwork.env", commented=True).items()
                            if name.endswith("_FILE")} | {"DRY_RUN": "false"}
        for given in (rehearsal, live):
            with self.subTest(given=given):
                self.takes(unit | given, [("/etc/flockwork/flockwork.toml", main)])


class Compose(unittest.TestCase):
    def test_containers_have_what_the_strictest_cluster_asks_for(self):
        for name, service in (("compose.yaml", "template-bot"), ("compose.postgres.yaml", "flockwork")):
            wanted = compose(name, {})[0][service]
            with self.subTest(name=name):
                self.assertIs(wanted["read_only"], True)
                self.assertEqual(wanted["cap_drop"], ["ALL"])
                self.assertNotIn("cap_add", wanted)
                self.assertEqual(wanted["security_opt"], ["no-new-privileges:true"])
                self.assertFalse(wanted.get("privileged"))
                self.assertFalse(wanted["user"].startswith("0"))
                self.assertTrue(wanted["mem_limit"] and wanted["pids_limit"])
                self.assertTrue(all(port.startswith("127.0.0.1:") for port in wanted["ports"]))
                self.assertEqual(wanted["healthcheck"]["test"], ["CMD", "/usr/local/bin/flockwork", "health"])
                self.assertGreater(int(wanted["stop_grace_period"].removesuffix("s")), 30)

    def test_nodes_wait_for_a_database_that_is_well(self):
        services, environments = compose("compose.postgres.yaml", {})
        self.assertEqual(services["flockwork"]["depends_on"], {"postgres": {"condition": "service_healthy"}})
        self.assertNotIn("ports", services["postgres"])
        self.assertNotIn("container_name", services["flockwork"], "there are two of them")
        self.assertIn("POSTGRES_PASSWORD_FILE", environments["postgres"])

    def test_only_files_of_the_container_are_named(self):
        for name in ("compose.yaml", "compose.postgres.yaml"):
            for service, wanted in compose(name, {})[0].items():
                for volume in wanted["volumes"]:
                    self.assertNotIn("docker.sock", volume, f"{name} {service}")
