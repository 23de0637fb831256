"""Two companies negotiate and fetch under their agreement, as operators would."""

import base64
import json
import unittest

import world

OFFER = """version: 1
title: Orders of ours, for tracking
datasets: [orders]
groups: [customer]
purposes: [order-tracking]
uses: 10
"""


class Contracting(world.World):
    def prepare(self):
        for one in self.all.values():
            one.agreements = "required"
        super().prepare()
        offers = self.supplier.dir / "policy" / "offers"
        offers.mkdir(exist_ok=True)
        (offers / "orders.yaml").write_text(OFFER)

    def setUp(self):
        super().setUp()
        self.import_examples()

    def fetch(self, *options):
        return self.maker.run("fetch", self.supplier.id, "orders", "--purpose", "order-tracking",
                              *options)

    def test_without_an_agreement_nothing_leaves_and_the_way_to_one_is_named(self):
        refused = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose",
                                   "order-tracking")
        self.assertEqual(refused.reason, "AGREEMENT_REQUIRED")
        self.assertIn("catalog", refused.answer["error"]["next"])

    def test_from_the_catalogue_to_records(self):
        offers = self.maker.run("catalog", self.supplier.id)["offers"]
        self.assertEqual([offer["offer"] for offer in offers], ["orders"])
        self.assertEqual(offers[0]["datasets"], ["orders"])
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        self.assertEqual(made["state"], "FINALIZED")
        ours = self.maker.run("agreement", "show", made["agreement"])
        theirs = self.supplier.run("agreement", "show", made["agreement"])
        self.assertEqual(ours["payload"], theirs["payload"])
        self.assertEqual(ours["state"], "in force")
        self.assertEqual(theirs["state"], "in force")
        self.assertEqual(len({one["key_id"] for one in ours["signatures"]}), 2)
        fetched = self.fetch()
        self.assertGreater(int(fetched["records"]), 0)
        entries = self.supplier.run("audit", "list", "--limit", "200")["entries"]
        kinds = [entry["kind"] for entry in entries]
        for kind in ("contract.request", "contract.agreement", "contract.verification",
                     "contract.finalized"):
            self.assertIn(kind, kinds)

    def test_another_purpose_than_the_agreed_one_is_refused_with_the_term(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        refused = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose",
                                   "quality-assurance", "--agreement", made["agreement"])
        self.assertEqual(refused.reason, "AGREEMENT_TERM")
        self.assertEqual(refused.answer["error"]["metadata"]["term"], "permission[0].constraint[0]")

    def test_a_counter_offer_waits_for_a_person_who_accepts_it(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders", "--uses", "50")
        self.assertEqual(made["state"], "OFFERED")
        self.assertTrue(made["waiting"])
        self.assertEqual(made["changed"], ["permission[0].constraint[1]"])
        waiting = self.maker.run("negotiation", "list", "--open")["negotiations"]
        self.assertEqual([one["negotiation"] for one in waiting], [made["negotiation"]])
        agreed = self.maker.run("negotiation", "approve", made["negotiation"])
        self.assertEqual(agreed["state"], "FINALIZED")
        self.assertGreater(int(self.fetch()["records"]), 0)

    def test_an_ended_agreement_serves_nobody_and_its_partner_knows(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        self.fetch()
        self.supplier.run("agreement", "end", made["agreement"], "--reason", "project is over")
        refused = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose",
                                   "order-tracking", "--agreement", made["agreement"])
        self.assertEqual(refused.reason, "AGREEMENT_ENDED")
        world.until(lambda: self.maker.run("agreement", "show", made["agreement"])["state"]
                    == "ended", 10, "the partner hears of the end")

    def test_an_edit_of_the_policy_names_the_live_agreements_that_it_denies(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        same = self.supplier.run("policy", "publish", "--dry-run")
        self.assertEqual((same["impact"]["live"], same["impact"]["live_changed"]), (1, 0))
        purposes = self.supplier.dir / "policy" / "purposes.yaml"
        text = purposes.read_text()
        allowed = "    order-tracking: [customer, supplier]\n"
        self.assertIn(allowed, text)
        purposes.write_text(text.replace(allowed, "    order-tracking: [supplier]\n"))
        (self.supplier.dir / "policy" / "cases" / "orders.yaml").unlink()
        impact = self.supplier.run("policy", "publish", "--dry-run")["impact"]
        self.assertEqual((impact["live"], impact["live_changed"]), (1, 1))
        (change,) = [one for one in impact["changes"] if one.get("name")]
        self.assertEqual(change["name"], f"agreement {made['agreement']}")
        self.assertEqual((change["partner"], change["dataset"], change["purpose"]),
                         (self.maker.participant, "orders", "order-tracking"))
        self.assertEqual(change["verdict"], {"before": "allow", "after": "deny"})
        self.supplier.run("agreement", "end", made["agreement"], "--reason", "project is over")
        ended = self.supplier.run("policy", "publish", "--dry-run")["impact"]
        self.assertEqual(ended["live"], 0)

    def test_the_evidence_of_both_holds_the_agreement(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        self.fetch()
        for one in (self.maker, self.supplier):
            one.run("keys", "rotate")
            folder = self.folder / f"evidence-{one.site}"
            one.run("audit", "export", str(folder))
            report = one.run("audit", "verify", str(folder))
            self.assertEqual((report["agreements"], report["receipts"]), ("1", "1"))
            exported = json.loads((folder / "agreement" / "0.json").read_text())
            payload = base64.b64decode(exported["agreement"]["payload"])
            self.assertEqual(json.loads(payload)["id"], made["agreement"])
            self.assertRegex(one.raw("audit", "verify", str(folder)).stdout, r"agreements: +1\n")

    def test_agreements_and_negotiations_survive_a_kill(self):
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        for one in (self.maker, self.supplier):
            one.kill()
        for one in (self.supplier, self.maker):
            one.serve()
        self.assertEqual(self.maker.run("agreement", "show", made["agreement"])["state"],
                         "in force")
        self.assertGreater(int(self.fetch()["records"]), 0)

    def test_a_partner_that_is_away_hears_the_request_when_it_is_back(self):
        self.maker.run("catalog", self.supplier.id)
        offer = self.maker.run("negotiate", self.supplier.id, "orders")
        self.assertEqual(offer["state"], "FINALIZED")
        self.supplier.kill()
        refused = self.maker.fails("negotiate", self.supplier.id, "orders", "--anew")
        self.assertEqual(refused.reason, "PARTNER_UNREACHABLE")
        self.supplier.serve()
        again = self.maker.run("negotiate", self.supplier.id, "orders", "--anew")
        self.assertEqual(again["state"], "FINALIZED")


if __name__ == "__main__":
    unittest.main()
