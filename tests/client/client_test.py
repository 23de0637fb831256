"""A partner's developer can write a client from the protos and docs/ alone: fetch.py is one."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from world import ROOT, World  # noqa: E402


class IndependentClient(World):
    def fetch(self, dataset, purpose):
        modules = self.folder / "modules"
        modules.mkdir(exist_ok=True)
        protos = [str(path) for path in (ROOT / "proto").rglob("*.proto")]
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={modules}", *protos], check=True)
        introduction = self.folder / "supplier.json"
        introduction.write_text(self.supplier.run("introduce")["introduction"])
        return subprocess.run(
            ["/usr/bin/python3", str(HERE / "fetch.py"), str(self.maker.dir / "keys"), str(introduction),
             self.maker.id, dataset, purpose],
            env=dict(os.environ, PYTHONPATH=str(modules), PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True, text=True, timeout=60)

    def test_it_fetches_verifies_and_acknowledges(self):
        self.import_examples()
        done = self.fetch("orders", "order-tracking")
        self.assertEqual(done.returncode, 0, done.stderr)
        got = json.loads(done.stdout)
        self.assertEqual(got["records"], 5)
        entries = self.supplier.run("audit", "list")["entries"]
        said = [one for one in entries if one["kind"] == "fetch.acknowledged"]
        self.assertEqual([one["receipt_digest"] for one in said], [got["receipt"]])
        self.assertEqual(got["checkpoint"].splitlines()[0], self.supplier.id)
        folder = self.folder / "export"
        self.supplier.run("audit", "export", str(folder))
        for verifier in (ROOT / "tests" / "verifiers" / "verify_export.py",):
            checked = subprocess.run(["/usr/bin/python3", str(verifier), str(folder)], capture_output=True,
                                     text=True)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            self.assertIn("1 receipts, 1 acknowledgements", checked.stdout)

    def test_it_hears_a_refusal_with_its_reason(self):
        self.import_examples()
        done = self.fetch("quality", "marketing")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("PERMISSION_DENIED", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
