"""image.py PROGRAM OUT ARCHITECTURE: a container image with the program alone, without a container engine.

The file is an OCI layout and what `docker save` writes at the same time, so `docker load`, `podman load`, `skopeo`
and `ctr image import` take it. Certificates are those of this machine.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
from datetime import datetime, timezone
from pathlib import Path

# What distroless images call "nonroot".
USER = 65532
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
VERSION = os.environ["QCTL_VERSION"]
NAME = f"qctl:{VERSION}"


def add(archive, name, content=None, mode=0o644, owner=0):
    """A file, or a folder if it has no content."""
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.uid, entry.gid = EPOCH, owner, owner
    if content is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755 if mode == 0o644 else mode
    else:
        entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content) if content is not None else None)


def layer(program):
    """The files of the image, as a tar archive."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in ["etc", "etc/ssl", "etc/ssl/certs", "home", "usr", "usr/bin", "usr/share", "usr/share/doc", "usr/share/doc/qctl"]:
            add(archive, folder)
        add(archive, "home/nonroot", mode=0o700, owner=USER)
        add(archive, "tmp", mode=0o1777)
        users = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin\n"
        add(archive, "etc/passwd", users.encode())
        add(archive, "etc/group", f"root:x:0:\nnonroot:x:{USER}:\n".encode())
        add(archive, CERTIFICATES[1:], Path(CERTIFICATES).read_bytes())
        for name in ["LICENSE", "THIRD-PARTY-LICENSES.txt"]:
            add(archive, f"usr/share/doc/qctl/{name}", (Path(os.environ["QCTL_LICENSES"]) / name).read_bytes())
        add(archive, "usr/bin/qctl", Path(program).read_bytes(), 0o755)
    return text.getvalue()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def main(program, out, architecture):
    files = layer(program)
    packed = gzip.compress(files, compresslevel=6, mtime=0)
    created = datetime.fromtimestamp(EPOCH, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/usr/bin", "HOME=/home/nonroot"],
            "Entrypoint": ["/usr/bin/qctl"],
            "WorkingDir": "/home/nonroot",
            "Labels": {
                "org.opencontainers.image.title": "qctl",
                "org.opencontainers.image.version": VERSION,
                "org.opencontainers.image.licenses": "MIT",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(files)}"]},
        "history": [{"created": created, "created_by": "scripts/package"}],
    }
    blobs = {}

    def blob(kind, content):
        blobs[digest(content)] = content
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest(content)}", "size": len(content)}

    config_blob = blob("config.v1+json", json.dumps(config).encode())
    layer_blob = blob("layer.v1.tar+gzip", packed)
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config_blob,
        "layers": [layer_blob],
    }
    manifest_blob = blob("manifest.v1+json", json.dumps(manifest).encode())
    manifest_blob["annotations"] = {"io.containerd.image.name": f"docker.io/library/{NAME}", "org.opencontainers.image.ref.name": VERSION}
    manifest_blob["platform"] = {"architecture": architecture, "os": "linux"}
    path = lambda one: "blobs/sha256/" + one["digest"].removeprefix("sha256:")
    archived = {
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "index.json": {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [manifest_blob],
        },
        # For docker load.
        "manifest.json": [{"Config": path(config_blob), "RepoTags": [NAME], "Layers": [path(layer_blob)]}],
    }
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as archive:
        for folder in ["blobs", "blobs/sha256"]:
            add(archive, folder)
        for name in sorted(blobs):
            add(archive, f"blobs/sha256/{name}", blobs[name])
        for name, content in archived.items():
            add(archive, name, json.dumps(content).encode())


main(*sys.argv[1:])
