"""Real connectors exchange; verify_export.py, which shares no code
with them, verifies what both export. One bit flipped anywhere is found."""

import pathlib
import random
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from world import World, until  # noqa: E402
import verify_export  # noqa: E402

FLIPS = 60  # of each kind of file and side
FETCHES = 90  # three entries each: more than one tile


def parts(folder):
    """The files of an export, by kind."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kinds = {"checkpoint": [], "entries": [], "tiles": [], "receipts": [], "introductions": [],
             "agreements": [], "statements": []}
    for path in files:
        place = path.relative_to(folder).parts
        if place[0] == "fetch":
            kinds["receipts"].append(path)
        elif place[0] in ("agreement", "statement"):
            kinds[place[0] + "s"].append(path)
        elif place[0] == "tile":
            kinds["entries" if place[1] == "entries" else "tiles"].append(path)
        else:
            kinds["introductions" if place[0] == "export.json" else "checkpoint"].append(path)
    return kinds


def written(value):
    """As an exporter writes it."""
    return verify_export.json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def fault(folder):
    """What is wrong with the export, or None."""
    try:
        verify_export.Export(folder, None).verify()
    except (verify_export.Fault, KeyError, ValueError, IndexError, TypeError) as wrong:
        return str(wrong) or type(wrong).__name__
    return None


OFFER = """version: 1
title: Orders of ours, for tracking
datasets: [orders]
groups: [customer]
purposes: [order-tracking]
"""


class ExportOfRealConnectors(World):
    def prepare(self):
        super().prepare()
        offers = self.supplier.dir / "policy" / "offers"
        offers.mkdir(exist_ok=True)
        (offers / "orders.yaml").write_text(OFFER)

    def exchange(self):
        self.import_examples()
        for _ in range(FETCHES):
            self.maker.fetch(self.supplier, "orders", "order-tracking")
        self.maker.fetch(self.supplier, "traceability", "traceability")
        self.maker.fails("fetch", self.supplier.id, "quality", "--purpose", "marketing")
        agreement = self.maker.run("negotiate", self.supplier.id, "orders")["agreement"]
        self.supplier.run("keys", "rotate")
        self.maker.fetch(self.supplier, "orders", "order-tracking", "--agreement", agreement)
        self.maker.run("vault", "delete", agreement)
        until(lambda: any(one["kind"] == "statement.received"
                          for one in self.supplier.run("audit", "list")["entries"]), 20, "the deletion is proven")

    def export(self, connector):
        folder = self.folder / f"export-{connector.site}"
        connector.run("audit", "export", str(folder))
        return folder

    def test_both_exports_verify_and_no_bit_can_change(self):
        self.exchange()
        for connector in (self.supplier, self.maker):
            folder = self.export(connector)
            done = subprocess.run(["/usr/bin/python3", str(HERE / "verify_export.py"), str(folder)],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(f"{FETCHES + 2} receipts, {FETCHES + 2} acknowledgements", done.stdout)
            self.assertIn("1 agreements, 1 deletion proofs", done.stdout)
            connector.run("audit", "verify", str(folder))
            print(done.stdout.strip())
            self.flip(folder)

    def flip(self, folder):
        source = random.Random(11)
        for kind, files in parts(folder).items():
            self.assertTrue(files, kind)
            for _ in range(FLIPS):
                path = source.choice(files)
                good = path.read_bytes()
                bit = source.randrange(8 * len(good))
                bad = bytearray(good)
                bad[bit // 8] ^= 1 << (bit % 8)
                path.write_bytes(bad)
                self.assertIsNotNone(fault(folder), f"{path}, bit {bit}: not found")
                path.write_bytes(good)
        self.assertIsNone(fault(folder))

    def test_what_removed_partners_signed_under_two_rotated_keys_verifies(self):
        self.import_examples()
        for rotates in (self.supplier, self.maker, None):
            self.maker.fetch(self.supplier, "orders", "order-tracking")
            if rotates:
                rotates.run("keys", "rotate")
                self.supplier.run("keys", "rotate")
        self.supplier.run("partner", "remove", self.maker.id)
        self.maker.run("partner", "remove", self.supplier.id)
        for connector in (self.supplier, self.maker):
            folder = self.export(connector)
            self.assertIsNone(fault(folder))
            report = connector.run("audit", "verify", str(folder))
            self.assertEqual((report["receipts"], report["acknowledgements"]), ("3", "3"))
            self.assertEqual(report["unverified"], [])
            self.assertEqual([one["removed"] for one in report["partners"]], [True])

    def test_a_statement_or_entry_that_is_left_out_is_missed(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        folder = self.export(self.supplier)
        (statement,) = (folder / "fetch").glob("*.json")
        good = statement.read_text()
        value = verify_export.parse(good)
        for member in ("receipt", "acknowledgement"):
            statement.write_text(written(dict(value, **{member: None})))
            self.assertIn("is missing", fault(folder) or "")
        statement.write_text(good)
        self.assertIsNone(fault(folder))
        (bundle,) = (folder / "tile" / "entries").rglob("*.p/*")
        data = bundle.read_bytes()
        bundle.write_bytes(data[2 + int.from_bytes(data[:2], "big"):])
        self.assertIsNotNone(fault(folder))


if __name__ == "__main__":
    unittest.main()
