"""Kustomize and Helm, as far as these files use them.

The little of Kustomize that the overlays use is done here, and Helm's templates by a library, so that tests
may change what they begin with; test_tools.py holds that kubectl and Helm themselves make the same of them.
"""

import copy

import yaml

import places

# By which key the entries of a list are told apart when a patch is merged.
KEYS = {"containers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath"}
KNOWN = {"apiVersion", "kind", "namespace", "resources", "images", "patches", "components"}


def kustomize(folder, components=()):
    """The objects of a kustomization, and of these components as if it named them, too."""
    wanted = read(folder)
    objects = []
    for name in wanted["resources"]:
        path = folder / name
        objects += kustomize(path.resolve()) if path.is_dir() else places.documents(path.read_text())
    for name in [*wanted.get("components", []), *components]:
        component = (folder / name).resolve()
        patch_all(objects, component, read(component, "Component"))
    patch_all(objects, folder, wanted)
    for image in wanted.get("images", []):
        rename(objects, image)
    for one in objects:
        if "namespace" in wanted and one["kind"] != "Namespace":
            one["metadata"]["namespace"] = wanted["namespace"]
    return objects


def read(folder, kind="Kustomization"):
    """What a folder wants, if this renderer knows all of it."""
    wanted = places.documents((folder / "kustomization.yaml").read_text())[0]
    unknown = set(wanted) - KNOWN
    if unknown or wanted["kind"] != kind:
        raise ValueError(f"{folder}: this renderer does not know {unknown or wanted['kind']} here")
    return wanted


def patch_all(objects, folder, wanted):
    for patch in wanted.get("patches", []):
        change = places.documents((folder / patch["path"]).read_text())[0]
        target = patch.get("target") or {"kind": change["kind"], "name": change["metadata"]["name"]}
        found = [one for one in objects if is_target(one, target)]
        if len(found) != 1:
            raise ValueError(f"{folder}/{patch['path']} changes {len(found)} objects, not one")
        if isinstance(change, list):
            operate(found[0], change)
        else:
            merge(found[0], change)


def is_target(one, target):
    return one["kind"] == target["kind"] and one["metadata"]["name"] == target["name"]


def merge(into, change):
    """A strategic merge: maps by key, lists of named things by their names."""
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        elif key in KEYS and key in into:
            name = KEYS[key]
            for entry in value:
                old = next((one for one in into[key] if one[name] == entry[name]), None)
                if old is None:
                    into[key].append(copy.deepcopy(entry))
                else:
                    merge(old, entry)
        else:
            into[key] = copy.deepcopy(value)


def operate(on, operations):
    """JSON patches that append to a list."""
    for one in operations:
        if one["op"] != "add" or not one["path"].endswith("/-"):
            raise ValueError(f"this renderer only appends: {one}")
        place = on
        for step in one["path"].strip("/").split("/")[:-1]:
            place = place[step]
        place.append(copy.deepcopy(one["value"]))


def rename(objects, image):
    for one in objects:
        for container in pod_of(one).get("containers", []):
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"


def pod_of(one):
    """The pod that an object makes; empty where it makes none."""
    return one.get("spec", {}).get("template", {}).get("spec", {})


def helm(values, name="flockwork", namespace="flockwork"):
    """The objects of the chart, and its notes."""
    import helm_python

    with helm_python.Chart.load(str(places.CHART)) as chart:
        files = chart.render(values, name=name, namespace=namespace)
    notes = next(body for path, body in files.items() if path.endswith("NOTES.txt"))
    bodies = [body for path, body in files.items() if path.endswith(".yaml")]
    return [one for body in bodies for one in places.documents(body)], notes


def refuses(values):
    """What the chart's schema says against these values; nothing where it takes them."""
    import helm_python

    with helm_python.Chart.load(str(places.CHART)) as chart:
        try:
            chart.validate_schema(values)
        except helm_python.HelmError as error:
            return str(error)
    return None


def ordered(value):
    """The same for every order of named things, so that two renderers can be compared."""
    if isinstance(value, dict):
        return {key: ordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((ordered(one) for one in value), key=lambda one: yaml.safe_dump(one))
    return value
