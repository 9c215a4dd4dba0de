"""The overlays of Kustomize, and the chart: schemas, the restricted profile, and that they agree."""

import unittest

import kubernetes_validate

import places
import render

OVERLAYS = ("sqlite", "postgres")
VERSIONS = ("1.27", "1.37")
# What a chart says of itself, and a kustomization does not.
HELMS_OWN = ("app.kubernetes.io/instance", "app.kubernetes.io/version",
             "app.kubernetes.io/managed-by", "helm.sh/chart", "helm.sh/resource-policy")


def overlay(name):
    return render.kustomize(places.KUBERNETES / name)


def chart(database, **values):
    return render.helm({"database": database, **values})[0]


def all_objects():
    for name in OVERLAYS:
        yield f"kustomize {name}", overlay(name)
        yield f"helm {name}", chart(name)


def one(objects, kind):
    found = [each for each in objects if each["kind"] == kind]
    assert len(found) == 1, f"{len(found)} of {kind}"
    return found[0]


def without_helms_own(value):
    if isinstance(value, dict):
        kept = {key: without_helms_own(each) for key, each in value.items() if key not in HELMS_OWN}
        return {key: each for key, each in kept.items() if key not in ("labels", "annotations") or each}
    if isinstance(value, list):
        return [without_helms_own(each) for each in value]
    return value


class Schemas(unittest.TestCase):
    def test_every_object_is_what_kubernetes_takes(self):
        for source, objects in all_objects():
            for each in objects:
                for version in VERSIONS:
                    with self.subTest(source=source, kind=each["kind"], version=version):
                        kubernetes_validate.validate(each, version, strict=True)

    def test_a_misspelt_key_is_found(self):
        wrong = one(overlay("sqlite"), "Deployment")
        render.pod_of(wrong)["containers"][0]["readinesProbe"] = {}
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


class Restricted(unittest.TestCase):
    """The restricted profile of the Pod Security Standards, and what we promise beyond it."""

    def pods(self):
        for source, objects in all_objects():
            yield source, render.pod_of(one(objects, "Deployment"))

    def test_pods_are_restricted(self):
        for source, pod in self.pods():
            with self.subTest(source=source):
                self.assertEqual(objections(pod), [])

    def test_what_the_profile_forbids_is_found(self):
        def changed(change):
            pod = render.pod_of(one(overlay("sqlite"), "Deployment"))
            change(pod, pod["containers"][0]["securityContext"])
            return len(objections(pod))

        self.assertEqual(changed(lambda pod, own: None), 0)
        for change in (
            lambda pod, own: pod.update(hostNetwork=True),
            lambda pod, own: pod["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
            lambda pod, own: pod["securityContext"].pop("runAsNonRoot"),
            lambda pod, own: pod["securityContext"].pop("seccompProfile"),
            lambda pod, own: pod["securityContext"].update(runAsUser=0),
            lambda pod, own: own.update(allowPrivilegeEscalation=True),
            lambda pod, own: own["capabilities"].update(add=["NET_ADMIN"]),
            lambda pod, own: own["capabilities"].pop("drop"),
            lambda pod, own: own.update(readOnlyRootFilesystem=False),
            lambda pod, own: own.update(privileged=True),
            lambda pod, own: pod.pop("automountServiceAccountToken"),
            lambda pod, own: pod["containers"][0].pop("resources"),
            lambda pod, own: pod["securityContext"].update(sysctls=[{"name": "kernel.msgmax", "value": "1"}]),
            lambda pod, own: pod["securityContext"].update(seLinuxOptions={"type": "spc_t"}),
            lambda pod, own: own.update(seLinuxOptions={"user": "root"}),
            lambda pod, own: pod["securityContext"].update(appArmorProfile={"type": "Unconfined"}),
            lambda pod, own: own.update(appArmorProfile={"type": "Unconfined"}),
            lambda pod, own: own.update(procMount="Unmasked"),
            lambda pod, own: own.update(seccompProfile={"type": "Unconfined"}),
            lambda pod, own: own.update(runAsUser=0),
            lambda pod, own: own.update(runAsNonRoot=False),
            lambda pod, own: own.update(windowsOptions={"hostProcess": True}),
            lambda pod, own: pod["securityContext"].update(windowsOptions={"hostProcess": True}),
            lambda pod, own: pod["containers"][0]["livenessProbe"]["httpGet"].update(host="10.0.0.1"),
            lambda pod, own: pod["containers"][0].update(
                lifecycle={"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}),
            lambda pod, own: pod["containers"][0]["ports"][0].update(hostPort=3000),
        ):
            self.assertEqual(changed(change), 1)
        # Each kind of container is held to it.
        for kind in ("initContainers", "ephemeralContainers"):
            extra = {"name": "first", "image": "x", "securityContext": {"privileged": True}}
            pod = render.pod_of(one(overlay("sqlite"), "Deployment")) | {kind: [extra]}
            found = objections(pod)
            self.assertIn("privileged", found)
            self.assertIn("may gain rights", found)

    def test_what_the_profile_allows_is_allowed(self):
        pod = render.pod_of(one(overlay("sqlite"), "Deployment"))
        pod["securityContext"] |= {
            "sysctls": [{"name": "net.ipv4.ping_group_range", "value": "0 1"}],
            "seLinuxOptions": {"type": "container_t"}, "appArmorProfile": {"type": "RuntimeDefault"},
        }
        pod["containers"][0]["securityContext"] |= {
            "procMount": "Default", "seccompProfile": {"type": "Localhost", "localhostProfile": "x"},
        }
        self.assertEqual(objections(pod), [])

    def test_the_namespace_demands_the_profile(self):
        for name in OVERLAYS:
            labels = one(overlay(name), "Namespace")["metadata"]["labels"]
            self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "restricted")


# What the profile lets a pod have of these.
VOLUMES = {"name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret"}
SYSCTLS = {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
           "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
           "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
           "net.ipv4.tcp_keepalive_probes"}
SELINUX_TYPES = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
PROFILES = ("RuntimeDefault", "Localhost")


def objections(pod):
    """What a pod asks for that it should not have: by the restricted profile, and by what we promise."""
    found = [key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    context = pod.get("securityContext", {})
    found += [str(set(volume) - VOLUMES) for volume in pod["volumes"] if set(volume) - VOLUMES]
    if context.get("runAsNonRoot") is not True:
        found.append("may run as root")
    if context.get("runAsUser", 0) == 0:
        found.append("runs as root")
    if context.get("seccompProfile", {}).get("type") not in PROFILES:
        found.append("no seccomp profile")
    found += [one["name"] for one in context.get("sysctls", []) if one["name"] not in SYSCTLS]
    if pod.get("automountServiceAccountToken") is not False:
        found.append("a token of Kubernetes")
    found += of_any_context(context)
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in pod.get(kind, []):
            found += of_container(container)
    return found


def of_any_context(context):
    """What neither a pod's security context nor a container's may say."""
    found = []
    options = context.get("seLinuxOptions", {})
    if options.get("type", "") not in SELINUX_TYPES or options.get("user") or options.get("role"):
        found.append("SELinux options")
    if context.get("appArmorProfile", {"type": "RuntimeDefault"})["type"] not in PROFILES:
        found.append("no AppArmor")
    if context.get("windowsOptions", {}).get("hostProcess"):
        found.append("a process of the host")
    return found


def of_container(container):
    own = container.get("securityContext", {})
    found = of_any_context(own)
    if own.get("allowPrivilegeEscalation") is not False:
        found.append("may gain rights")
    if own.get("privileged"):
        found.append("privileged")
    if own.get("runAsNonRoot", True) is not True or own.get("runAsUser", 1) == 0:
        found.append("root after all")
    if own.get("seccompProfile", {"type": "RuntimeDefault"})["type"] not in PROFILES:
        found.append("no seccomp profile after all")
    if own.get("procMount", "Default") != "Default":
        found.append("another /proc")
    capabilities = own.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"]:
        found.append("keeps capabilities")
    if capabilities.get("add"):
        found.append("adds capabilities")
    if own.get("readOnlyRootFilesystem") is not True:
        found.append("a writable root")
    limits = container.get("resources", {}).get("limits", {})
    if not {"cpu", "memory", "ephemeral-storage"} <= set(limits):
        found.append("no limits")
    found += [f"a port of the host: {port}" for port in container.get("ports", []) if "hostPort" in port]
    asked = [container.get(f"{probe}Probe", {}) for probe in ("startup", "liveness", "readiness")]
    asked += container.get("lifecycle", {}).values()
    found += ["asks another host" for one in asked for how in ("httpGet", "tcpSocket") if "host" in one.get(how, {})]
    return found


class Shapes(unittest.TestCase):
    def test_the_chart_makes_what_the_overlays_make(self):
        for name in OVERLAYS:
            with self.subTest(database=name):
                ours = [each for each in overlay(name) if each["kind"] != "Namespace"]
                for each in ours:
                    del each["metadata"]["namespace"]
                theirs = without_helms_own(chart(name))
                self.maxDiff = None
                self.assertEqual(render.ordered(theirs), render.ordered(ours))

    def test_sqlite_is_one_process_and_postgres_is_never_none(self):
        single = one(overlay("sqlite"), "Deployment")["spec"]
        self.assertEqual((single["replicas"], single["strategy"]), (1, {"type": "Recreate"}))
        many = one(overlay("postgres"), "Deployment")["spec"]
        # The autoscaler says how many; a number here would be taken back at every apply.
        self.assertNotIn("replicas", many)
        self.assertEqual(many["strategy"]["rollingUpdate"]["maxUnavailable"], 0)
        self.assertGreaterEqual(one(overlay("postgres"), "HorizontalPodAutoscaler")["spec"]["minReplicas"], 2)
        self.assertEqual(one(overlay("postgres"), "PodDisruptionBudget")["spec"]["maxUnavailable"], 1)

    def test_probes_ask_what_they_should(self):
        for source, objects in all_objects():
            container = render.pod_of(one(objects, "Deployment"))["containers"][0]
            asked = {probe: container[f"{probe}Probe"]["httpGet"]["path"]
                     for probe in ("startup", "liveness", "readiness")}
            with self.subTest(source=source):
                self.assertEqual(asked, {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"})

    def test_a_stop_has_more_time_than_the_node_takes(self):
        for _, objects in all_objects():
            self.assertGreater(render.pod_of(one(objects, "Deployment"))["terminationGracePeriodSeconds"], 30)

    def test_the_policy_lets_through_what_is_needed_and_keeps_credentials_of_clouds_away(self):
        for source, objects in all_objects():
            policy = one(objects, "NetworkPolicy")["spec"]
            with self.subTest(source=source):
                self.assertEqual(sorted(policy["policyTypes"]), ["Egress", "Ingress"])
                self.assertEqual([port["port"] for rule in policy["ingress"] for port in rule["ports"]], [3000])
                out = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
                self.assertEqual(out, {53, 443, 5432} if "postgres" in source else {53, 443})
                for rule in policy["egress"]:
                    for peer in rule.get("to", []):
                        covers = {"169.254.0.0/16", "fe80::/10"} & set(peer["ipBlock"]["except"])
                        self.assertEqual(len(covers), 1, peer)

    def test_mail_goes_out_where_it_is_asked_for_and_to_the_internet_alone(self):
        for name in OVERLAYS:
            with self.subTest(database=name):
                ours = render.kustomize(places.KUBERNETES / name, ["../mail"])
                for each in ours:
                    kubernetes_validate.validate(each, VERSIONS[-1], strict=True)
                policy = one(ours, "NetworkPolicy")["spec"]
                mail = [rule for rule in policy["egress"]
                        if {port["port"] for port in rule["ports"]} == {465, 587}]
                https = [rule for rule in policy["egress"] if rule["ports"][0]["port"] == 443]
                self.assertEqual([rule["to"] for rule in mail], [rule["to"] for rule in https])
                theirs = one(chart(name, networkPolicy={"mailPorts": [465, 587]}), "NetworkPolicy")
                self.assertEqual(render.ordered(theirs["spec"]["egress"]), render.ordered(policy["egress"]))

    def test_secrets_are_files_alone(self):
        for source, objects in all_objects():
            pod = render.pod_of(one(objects, "Deployment"))
            with self.subTest(source=source):
                self.assertEqual([each for each in objects if each["kind"] == "Secret"], [])
                for entry in pod["containers"][0]["env"]:
                    self.assertIn("value", entry, "a secret in the environment")
                secret = next(each for each in pod["volumes"] if each["name"] == "secrets")["secret"]
                self.assertEqual(secret["defaultMode"], 0o440)


class Chart(unittest.TestCase):
    def test_the_schema_refuses_what_is_not_there(self):
        self.assertIsNone(render.refuses({}))
        for wrong in ({"database": "mysql"}, {"replicas": 3}, {"settings": {"lower": "x"}},
                      {"settings": {"TIMEZONE": 3}}, {"image": {"digest": "latest"}},
                      {"networkPolicy": {"mailPorts": [0]}}, {"networkPolicy": {"mailPorts": "587"}},
                      {"secretFiles": {"TWITTER_API_KEY": "x"}}, {"bots": {"../a.toml": ""}}):
            with self.subTest(wrong=wrong):
                self.assertIsNotNone(render.refuses(wrong))

    def test_bots_come_as_files_and_a_change_starts_the_node_anew(self):
        def annotated(bots):
            objects = chart("sqlite", bots=bots)
            self.assertEqual(one(objects, "ConfigMap")["data"], bots)
            return one(objects, "Deployment")["spec"]["template"]["metadata"]["annotations"]

        self.assertNotEqual(annotated({"a.toml": "x = 1\n"}), annotated({"a.toml": "x = 2\n"}))

    def test_a_digest_wins_and_null_takes_a_setting_out(self):
        digest = "sha256:" + "a" * 64
        objects = chart("sqlite", image={"digest": digest}, settings={"BOT_NAME": None},
                        secretFiles={"TWITTER_API_KEY_FILE": None})
        container = render.pod_of(one(objects, "Deployment"))["containers"][0]
        self.assertTrue(container["image"].endswith("@" + digest), container["image"])
        names = {entry["name"] for entry in container["env"]}
        self.assertFalse({"BOT_NAME", "TWITTER_API_KEY_FILE"} & names, names)

    def test_two_releases_do_not_meet(self):
        first, second = (render.helm({}, name=name)[0] for name in ("one", "two"))
        names = [{(each["kind"], each["metadata"]["name"]) for each in objects} for objects in (first, second)]
        self.assertFalse(names[0] & names[1])

    def test_the_notes_say_what_is_next(self):
        for database in OVERLAYS:
            _, notes = render.helm({"database": database})
            for word in ("create secret generic flockwork", "port-forward", "go-live template-bot"):
                self.assertIn(word, notes)
            self.assertEqual("--from-file=database_url" in notes, database == "postgres")
