"""What people hand to `import` is not always what it should be: each file has its outcome."""

import json
import os
import shutil
import socket
import unittest
from pathlib import Path

from world import World

ROOT = Path(__file__).resolve().parents[2]
QIF = ROOT / "tests" / "record" / "data" / "qif" / "tolerances-3.0.qif"
ORDER = ROOT / "tests" / "record" / "data" / "ubl" / "order-2.0.xml"


class Import(World):
    roles = ("supplier",)
    served = False

    def setUp(self):
        super().setUp()
        self.folder = self.supplier.dir / "incoming"
        self.folder.mkdir()

    def put(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def imported(self, *paths):
        """One answer for each file, by its name; refusals make the exit code 1."""
        process = self.supplier.raw("import", "--dataset", "quality", "--json",
                                    *map(str, paths or [self.folder]))
        answer = json.loads(process.stdout)
        return answer, {Path(one["path"]).name: one for one in answer["results"]}

    def version_of(self, measurement):
        """Version and value of the newest record."""
        key = f"measurement/5c9f4b1e-7a64-4f0b-8f51-0b6a0d7e2c02/{measurement}"
        record = self.supplier.run("records", "show", key)["records"][-1]["record"]
        return record["header"]["version"], record["measurement"]["value"]["text"]

    def test_a_folder_of_hostile_files_is_read_to_its_end(self):
        self.put("bomb.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
        self.put("deep.json", "[" * 1_000_000)
        self.put("double.json", '{"type":"EPCISDocument","type":"x"}')
        self.put("huge-number.json", '{"a":1e999}')
        self.put("latin.xml", b"<a>\xe9</a>")
        self.put("long.json", '{"a":"' + "x" * (10 << 20) + '"}')
        self.put("truncated.qif", QIF.read_bytes()[:-200])
        self.put("utf16.xml", "<a/>".encode("utf-16"))
        in_text = ("bomb.xml", "deep.json", "double.json", "huge-number.json", "latin.xml",
                   "long.json", "truncated.qif", "utf16.xml")
        large = self.put("large.xml", "<")
        os.truncate(large, 1 << 30)
        (self.folder / "link.xml").symlink_to("/etc/hostname")
        (self.folder / "loop").symlink_to(self.folder)
        os.mkfifo(self.folder / "pipe.xml")
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(self.folder / "socket.xml"))
        self.addCleanup(door.close)
        no_document = ("large.xml", "link.xml", "loop", "pipe.xml", "socket.xml")
        shutil.copy(QIF, self.folder / "zz-good.qif")

        answer, files = self.imported()
        for name in in_text + no_document:
            self.assertEqual(files[name]["outcome"], "refused", name)
            self.assertTrue(files[name]["cause"], name)
            self.assertLess(len(files[name]["cause"]), 1000, name)
        for name in in_text:
            self.assertRegex(files[name]["place"], r"line \d+, column \d+", name)
        self.assertIn("1073741824", files["large.xml"]["cause"])
        self.assertEqual(files["zz-good.qif"]["outcome"], "imported")
        self.assertEqual(answer["files"], len(in_text) + len(no_document) + 1)

    def test_an_inspection_written_anew_is_a_new_version_if_it_says_when(self):
        text = QIF.read_text()
        changed = text.replace(">80.101<", ">80.09<")
        later = changed.replace("2026-04-02T09:30:00", "2026-04-02T10:30:00")
        self.put("first.qif", text)
        self.assertEqual(self.imported()[1]["first.qif"]["outcome"], "imported")
        same_time = self.imported(self.put("same-time.qif", changed))[1]["same-time.qif"]
        self.assertEqual(same_time["outcome"], "refused")
        self.assertIn("first.qif", same_time["cause"])
        self.assertIn("same-time.qif", same_time["cause"])
        taken = self.imported(self.put("later.qif", later))[1]["later.qif"]
        self.assertEqual(taken["outcome"], "imported")
        self.assertEqual(self.version_of("51"), ("2", "80.09"))
        self.assertEqual(self.version_of("53"), ("1", "50.025"))

    def test_the_same_order_number_of_two_buyers_is_shown_apart(self):
        order = ORDER.read_text().replace("PO/2031%7", "2031")
        other = order.replace("Veldkamp Machines", "Somebody Else")
        for name, text in (("a.xml", order), ("b.xml", other)):
            self.supplier.run("import", "--dataset", "orders", str(self.put(name, text)))
        both = self.supplier.run("orders", "show", "2031")
        self.assertEqual(len(both["buyers"]), 2)
        one = self.supplier.run("orders", "show", "2031", "--buyer", "Somebody Else")
        self.assertEqual([buyer["names"] for buyer in one["buyers"]], [["Somebody Else"]])
        self.assertEqual({line["buyer"] for line in one["lines"]}, {one["buyers"][0]["buyer"]})
        failed = self.supplier.fails("orders", "show", "2031", "--buyer", "Nobody")
        self.assertEqual(failed.reason, "ORDER_NOT_FOUND")
        shown = self.supplier.raw("orders", "show", "2031").stdout
        self.assertIn("Somebody Else", shown)


if __name__ == "__main__":
    unittest.main()
