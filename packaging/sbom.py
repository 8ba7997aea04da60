"""sbom.py PLATFORM PROGRAM: what the program is made of, as a CycloneDX document."""

import hashlib
import json
import os
import sys
import tomllib
import uuid
from datetime import datetime, timezone
from pathlib import Path

from crates import by_name, linked


def component(package, checksums):
    """A crate."""
    found = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package.get("license"):
        # An old way to write OR.
        found["licenses"] = [{"expression": package["license"].replace("/", " OR ").replace("  ", " ")}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package.get("repository"):
        found["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return found


def reference(package):
    """The name of a crate in a registry, as package URLs write it."""
    return f"pkg:cargo/{package['name']}@{package['version']}"


def main(platform, program):
    root, crates, uses = linked(platform)
    lock = tomllib.loads(Path("Cargo.lock").read_text())
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
    content = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    when = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    everything = {root["id"]: root, **crates}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same program has the same number.
        "serialNumber": f"urn:uuid:{uuid.UUID(content[:32])}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": reference(root),
                "name": "qctl",
                "version": root["version"],
                "licenses": [{"expression": root["license"]}],
                "hashes": [{"alg": "SHA-256", "content": content}],
            },
        },
        "components": [component(package, checksums) for package in by_name(crates)],
        "dependencies": [
            {
                "ref": reference(package),
                "dependsOn": [reference(everything[used]) for used in uses[package["id"]]],
            }
            for package in by_name(everything)
        ],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


main(*sys.argv[1:])
