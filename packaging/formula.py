"""formula.py VERSION URL FOLDER: the Homebrew formula of the tarballs in a folder."""

import hashlib
import sys
from pathlib import Path

FORMULA = '''# Made by scripts/package.
class Qctl < Formula
  desc "Operate, inspect and run Asynq task queues"
  homepage "{homepage}"
  version "{version}"
  license "MIT"

  depends_on :linux

{platforms}
  def install
    bin.install "bin/qctl"
    man1.install Dir["share/man/man1/*"]
    man5.install Dir["share/man/man5/*"]
    generate_completions_from_executable(bin/"qctl", "completions")
  end

  test do
    assert_equal "qctl #{{version}}", shell_output("#{{bin}}/qctl --version").strip
    assert_match "unreachable", shell_output("#{{bin}}/qctl ls --redis redis://127.0.0.1:1 2>&1", 5)
  end
end
'''

PLATFORM = '''  on_{name} do
    url "{url}/{file}"
    sha256 "{digest}"
  end

'''


def main(version, url, folder):
    platforms = ""
    for name, architecture in [("intel", "x86_64"), ("arm", "aarch64")]:
        file = Path(folder, f"qctl-{version}-{architecture}-linux.tar.gz")
        if file.is_file():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            platforms += PLATFORM.format(name=name, url=url, file=file.name, digest=digest)
    if not platforms:
        sys.exit(f"error: {folder} has no tarball of version {version} (run scripts/package first)")
    print(FORMULA.format(homepage=url.split("/releases/")[0], version=version, platforms=platforms.rstrip("\n") + "\n"), end="")


main(*sys.argv[1:])
