"""What is hidden is not told by what was made of it, and still links: versions, tombstones, orders."""

import json
import unittest

from world import World


class HiddenNumbers(World):
    """The supplier hashes the order numbers and document ids of what it shows."""

    def prepare(self):
        super().prepare()
        hide(self.supplier, "order_number", "document_id")

    def setUp(self):
        super().setUp()
        self.import_examples()

    def fetch(self, *more):
        out = self.folder / "records.jsonl"
        out.unlink(missing_ok=True)
        fetched = self.maker.fetch(self.supplier, "orders", "order-tracking", *more,
                                   "--out", str(out))
        return fetched, [json.loads(line) for line in out.read_text().splitlines()]

    def test_keys_are_hashed_alike_each_time_and_the_batch_says_so(self):
        fetched, records = self.fetch()
        self.assertEqual(len(records), 5)
        masked = {rule["path"]: rule for rule in fetched["masked"]}
        for path in ("order_line.order_number", "header.key", "tombstone.withdrawn_key"):
            self.assertIn(path, masked)
        keys = [record["record"]["header"]["key"] for record in records]
        self.assertEqual(len(set(keys)), 5)
        for key in keys:
            self.assertRegex(key, "^[0-9a-f]{64}$")
        for record in records:
            for name in ("content_id", "source_sha256", "supersedes", "flags"):
                self.assertNotIn(name, record["record"]["header"])
        again = [record["record"]["header"]["key"] for record in self.fetch()[1]]
        self.assertEqual(sorted(again), sorted(keys))

    def test_an_order_joins_by_the_number_that_is_shown(self):
        _, records = self.fetch()
        number = {r["record"]["order_line"]["order_number"] for r in records}
        self.assertEqual(len(number), 1, "order, response and despatch name the same order")
        self.maker.fails("orders", "show", "4500017")
        order = self.maker.run("orders", "show", number.pop())
        first = next(line for line in order["lines"] if line["line"] == "1")
        self.assertEqual({q["state"]: q["value"] for q in first["quantities"]}["ordered"], "120")

    def test_a_tombstone_finds_the_record_that_it_withdraws(self):
        fetched, records = self.fetch()
        own = self.supplier.run("records", "list", "--dataset", "orders", "--order", "4500017")
        withdrawn = own["records"][0]["key"]
        self.supplier.run("records", "withdraw", withdrawn, "--dataset", "orders",
                          "--reason", "test")
        held = keys_held(self.maker)
        _, changed = self.fetch("--changed-since", fetched["position"])
        (tombstone,) = [r["record"] for r in changed]
        self.assertNotIn(withdrawn, json.dumps(tombstone))
        self.assertNotIn("4500017", json.dumps(tombstone))
        self.assertNotIn("withdrawn_content_id", tombstone["tombstone"])
        key = tombstone["tombstone"]["withdrawn_key"]
        self.assertIn(key, [r["record"]["header"]["key"] for r in records])
        gone = set(held) - set(keys_held(self.maker))
        self.assertEqual(gone, {key})

    def test_a_filter_on_the_number_is_refused(self):
        failed = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose",
                                  "order-tracking", "--order", "4500017")
        self.assertEqual(failed.answer["error"]["reason"], "FILTER_NOT_ALLOWED")


class HiddenPrices(World):
    """The example's own policy: numbers are shown, prices are not."""

    def test_keys_stay_readable_and_tombstones_find_their_record(self):
        self.import_examples()
        first = self.maker.fetch(self.supplier, "orders", "order-tracking")
        self.assertNotIn("header.key", [rule["path"] for rule in first["masked"]])
        self.assertIn("header.content_id", [rule["path"] for rule in first["masked"]])
        own = self.supplier.run("records", "list", "--dataset", "orders", "--order", "4500017")
        withdrawn = own["records"][0]["key"]
        self.assertIn(withdrawn, keys_held(self.maker))
        self.supplier.run("records", "withdraw", withdrawn, "--dataset", "orders",
                          "--reason", "test")
        self.maker.fetch(self.supplier, "orders", "order-tracking", "--changed-since",
                         first["position"])
        self.assertNotIn(withdrawn, keys_held(self.maker))


def hide(connector, *fields):
    """Gives these fields of an order line a label that hashes them."""
    policy = connector.dir / "policy"
    table = policy / "fields.yaml"
    text = table.read_text()
    for field in fields:
        text = text.replace(f"  order_line.{field}: open\n", f"  order_line.{field}: numbers\n")
    table.write_text(text)
    labels = policy / "labels.yaml"
    labels.write_text(labels.read_text() + "  numbers:\n    - then: hash\n")


def keys_held(connector):
    """Of the records that are in force, own and received."""
    listed = connector.run("records", "list", "--limit", "1000")["records"]
    return [record["key"] for record in listed if not record["key"].startswith("tombstone/")
            and record.get("kind") != "tombstone"]


if __name__ == "__main__":
    unittest.main()
