"""The crates whose code is in the program, as Cargo resolves them for a platform."""

import json
import subprocess
import sys


def linked(platform):
    """The package of qctl, the packages linked into it by id, and which of them each uses directly."""
    metadata = json.loads(
        subprocess.check_output(
            ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", platform]
        )
    )
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    uses, left = {}, [root]
    while left:
        package = left.pop()
        if package not in uses:
            used = [dependency["pkg"] for dependency in nodes[package]["deps"] if is_linked(dependency)]
            uses[package] = sorted(id for id in used if not is_macro(packages[id]))
            left += uses[package]
    found = {id: packages[id] for id in uses if id != root}
    return packages[root], found, uses


def is_linked(dependency):
    """Whether the program uses it, rather than its tests or a build script."""
    return any(kind["kind"] is None for kind in dependency["dep_kinds"])


def is_macro(package):
    """Whether its code runs in the compiler."""
    return any("proc-macro" in target["kind"] for target in package["targets"])


def by_name(packages):
    """In an order that is always the same."""
    return sorted(packages.values(), key=lambda package: (package["name"], package["version"]))


if __name__ == "__main__":
    for one in by_name(linked(sys.argv[1])[1]):
        print(one["name"], one["version"])
