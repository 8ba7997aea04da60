"""licenses.py PLATFORM: the licenses of the crates in the program, as their authors want them to go with it."""

import sys
from pathlib import Path

from crates import by_name, linked

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")


def texts(package):
    """The license files of a crate."""
    folder = Path(package["manifest_path"]).parent
    files = (file for file in sorted(folder.iterdir()) if file.name.upper().startswith(NAMES))
    found = [file.read_text(errors="replace").strip() for file in files if file.is_file()]
    # A crate without a file names its license only.
    return found or [f"License: {package.get('license') or 'see ' + package['name']}"]


def main(platform):
    owners = {}
    for package in by_name(linked(platform)[1]):
        for text in texts(package):
            owners.setdefault(text, []).append(f"{package['name']} {package['version']}")
    print("qctl contains these libraries.")
    for text, names in owners.items():
        print(f"\n{'=' * 80}\n{', '.join(names)}\n{'=' * 80}\n\n{text}")


main(*sys.argv[1:])
