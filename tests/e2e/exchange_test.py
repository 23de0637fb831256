"""The first exchange: two companies, real documents, decided, signed, provable."""

import json
import shutil
import signal
import unittest

from world import SHARED, World, until


class FirstExchange(World):
    def test_an_order_crosses_and_both_sides_can_prove_it(self):
        self.import_examples()
        fetched = self.maker.fetch(self.supplier, "orders", "order-tracking")
        # Two lines of the order, two of the response, one of the despatch; the other customer's
        # order stays where it is.
        self.assertEqual(fetched["records"], "5")
        self.assertTrue(fetched["acknowledged"])
        order = self.maker.run("orders", "show", "4500017")
        first = next(line for line in order["lines"] if line["line"] == "1")
        stated = {q["state"]: (q["value"], q["stated_by"]) for q in first["quantities"]}
        self.assertEqual(stated["ordered"], ("120", self.supplier.id))
        self.assertEqual(stated["shipped"], ("100", self.supplier.id))
        for connector in (self.maker, self.supplier):
            folder = self.folder / f"export-{connector.site}"
            connector.run("audit", "export", str(folder))
            connector.run("audit", "verify", str(folder))

    def test_prices_stay_in_house_and_the_batch_says_so(self):
        self.import_examples()
        fetched = self.maker.fetch(self.supplier, "orders", "order-tracking")
        masked = [rule["path"] for rule in fetched["masked"]]
        self.assertTrue(any(path.startswith("order_line.price") for path in masked), masked)
        out = self.folder / "records.jsonl"
        self.maker.fetch(self.supplier, "orders", "order-tracking", "--out", str(out))
        self.assertNotIn("18.40", out.read_text())

    def test_another_customers_order_cannot_be_told_from_one_that_does_not_exist(self):
        self.import_examples()
        answers = [self.maker.fetch(self.supplier, "orders", "order-tracking", "--order", number)
                   for number in ("77120", "99999")]
        self.assertEqual([a["records"] for a in answers], ["0", "0"])

    def test_a_purpose_that_is_not_allowed_is_refused_with_a_decision_id(self):
        self.import_examples()
        failed = self.maker.fails("fetch", self.supplier.id, "quality", "--purpose", "marketing")
        self.assertEqual(failed.code, 3)
        self.assertIn("decisionId", failed.answer["error"]["metadata"])
        entries = self.supplier.run("audit", "list")["entries"]
        self.assertIn("fetch.refused", [entry["kind"] for entry in entries])

    def test_hidden_and_missing_datasets_look_the_same(self):
        reasons = set()
        for dataset in ("no-such-dataset", "default"):
            failed = self.maker.fails("fetch", self.supplier.id, dataset, "--purpose", "order-tracking")
            error = failed.answer["error"]
            error["metadata"].pop("decisionId", None)
            reasons.add(json.dumps({k: v for k, v in error.items()}, sort_keys=True)
                        .replace(dataset, "X"))
        self.assertEqual(len(reasons), 1, reasons)

    def test_the_real_chain_shows_ordered_shipped_received_and_short(self):
        if not SHARED.exists():
            print(f"SKIPPED: {SHARED} is not here")
            self.skipTest("no shared data")
        chain = SHARED / "oasis-ubl-via-ph-ubl"
        files = [str(path) for kind in ("order", "despatchadvice", "receiptadvice")
                 for path in sorted((chain / kind).glob("*.xml"))]
        self.supplier.run("import", "--dataset", "orders", *files)
        order = self.supplier.run("orders", "show", "AEG012345")
        stated = {q["state"]: q["value"] for line in order["lines"] for q in line["quantities"]}
        self.assertEqual({k: stated.get(k) for k in ("ordered", "shipped", "received", "short")},
                         {"ordered": "100", "shipped": "90", "received": "90", "short": "10"})

    def test_a_dataset_offers_what_its_selection_names(self):
        self.import_examples()
        config = self.supplier.dir / "connector.yaml"
        config.write_text(config.read_text().replace(
            "title: Orders, despatch and receipt\n",
            "title: Orders, despatch and receipt\n    selection: {orders: [77120]}\n"))
        self.supplier.process.send_signal(signal.SIGHUP)
        until(lambda: '"reloaded"' in self.supplier.logged(), 5, "reloaded")
        self.assertEqual(self.maker.fetch(self.supplier, "orders", "order-tracking")["records"], "0")
        answer = self.maker.fetch(self.supplier, "orders", "order-tracking", "--order", "4500017")
        self.assertEqual(answer["records"], "0")

    def test_importing_twice_adds_nothing(self):
        self.import_examples()
        before = self.supplier.run("records", "list", "--limit", "1000")["records"]
        again = self.supplier.run("import", "--dataset", "orders",
                                  str(self.example("order-4500017.xml")))
        self.assertEqual((again["imported"], again["known"]), (0, 1))
        self.assertEqual(self.supplier.run("records", "list", "--limit", "1000")["records"], before)

    def test_a_withdrawn_record_shows_as_a_tombstone_to_who_had_it(self):
        self.import_examples()
        first = self.maker.fetch(self.supplier, "orders", "order-tracking")
        rows = self.supplier.run("records", "list", "--dataset", "orders", "--order", "4500017")
        key = rows["records"][0]["key"]
        self.supplier.run("records", "withdraw", key, "--dataset", "orders", "--reason", "test")
        out = self.folder / "changes.jsonl"
        changed = self.maker.fetch(self.supplier, "orders", "order-tracking", "--changed-since",
                                   first["position"], "--out", str(out))
        self.assertEqual(changed["records"], "1")
        self.assertIn("tombstone", out.read_text())
        full = self.maker.fetch(self.supplier, "orders", "order-tracking")
        self.assertEqual(full["records"], "4")

    def test_a_file_in_the_drop_folder_is_imported_within_a_second_or_so(self):
        drop = self.supplier.dir / "drop" / "orders"
        shutil.copy(self.example("order-4500017.xml"), self.folder / "moved.xml")
        (self.folder / "moved.xml").rename(drop / "moved.xml")
        (self.folder / "bad.xml").write_text("<Order")
        (self.folder / "bad.xml").rename(drop / "bad.xml")
        until(lambda: (drop / "done" / "moved.xml").exists(), 3, "moved to done/")
        until(lambda: (drop / "refused" / "bad.xml").exists(), 3, "moved to refused/")
        self.assertTrue((drop / "refused" / "bad.xml.reason.txt").read_text().strip())
        self.assertEqual(len(self.supplier.run("records", "list")["records"]), 2)

    @staticmethod
    def example(name):
        from world import EXAMPLE
        return EXAMPLE / "brink" / name


if __name__ == "__main__":
    unittest.main()
