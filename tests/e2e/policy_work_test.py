"""Policy as daily work, on a running connector and without one: who may what and why, what an edit
changes, who published it, two persons, cases."""

import json
import os
import pathlib
import subprocess
import unittest

from world import BINARY, OPA, World

SECOND = 65534  # nobody: another person with an account of its own


class PolicyWork(World):
    def can(self, *more, code=None, connector=None):
        connector = connector or self.supplier
        process = connector.raw("policy", "can-i", "--as", self.maker.participant, *more, "--json")
        if code is not None:
            self.assertEqual(process.returncode, code, process.stdout + process.stderr)
        return json.loads(process.stdout)

    def edit(self, file, old, new):
        path = self.supplier.dir / "policy" / file
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def line(self, file, text):
        lines = (self.supplier.dir / "policy" / file).read_text().splitlines()
        return f"{file}:{next(n for n, line in enumerate(lines, 1) if text in line)}"

    def test_can_i_agrees_with_what_a_fetch_meets(self):
        self.import_examples()
        allowed = self.can("--dataset", "orders", "--purpose", "order-tracking", code=0)
        self.assertEqual(allowed["verdict"], "allow")
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        denied = self.can("--dataset", "quality", "--purpose", "marketing", code=3)
        self.assertEqual(denied["partner_hears"], "PURPOSE_NOT_ALLOWED")
        changes = [one["text"] for one in denied["would_change"]]
        self.assertIn("purpose quality-assurance would be allowed", changes)
        refused = self.maker.fails("fetch", self.supplier.id, "quality", "--purpose", "marketing")
        self.assertEqual(refused.reason, denied["partner_hears"])
        text = self.supplier.raw("policy", "can-i", "--as", self.maker.participant, "--dataset",
                                 "quality", "--purpose", "marketing")
        self.assertEqual(text.returncode, 3)
        self.assertTrue(text.stdout.startswith("DENY"), text.stdout)
        self.assertIn(self.line("purposes.yaml", "  quality:"), text.stdout)

    def test_a_record_that_leaves_is_one_that_was_fetched(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        received = {row["key"] for row in
                    self.maker.run("records", "list", "--received", "--limit", "1000")["records"]}
        own = self.supplier.run("records", "list", "--dataset", "orders", "--limit", "1000")["records"]
        self.assertTrue(own)
        for row in own:
            answer = self.can("--dataset", "orders", "--purpose", "order-tracking", "--record", row["key"])
            self.assertEqual(answer["record"]["leaves"], row["key"] in received, row["key"])
            self.assertTrue(answer["record"]["conditions"])
        hidden = {field["path"]: field for field in answer["fields"]}
        for field in hidden.values():
            self.assertTrue(field["places"], field)
        self.assertEqual(self.supplier.fails("policy", "can-i", "--as", self.maker.participant, "--dataset",
                                             "orders", "--purpose", "order-tracking", "--record",
                                             "no such key").reason, "RECORD_NOT_FOUND")

    def test_who_cannot_connect_is_denied_whatever_the_policy_says(self):
        self.supplier.run("partner", "suspend", self.maker.id)
        answer = self.can("--dataset", "orders", "--purpose", "order-tracking", code=3)
        self.assertEqual((answer["verdict"], answer["allow"]), ("deny", True))
        self.assertIn("suspended", answer["obstacles"][0]["text"])
        stranger = self.supplier.raw("policy", "can-i", "--as", "did:web:stranger.example", "--dataset",
                                     "orders", "--purpose", "order-tracking", "--json")
        self.assertIn("introduced", json.loads(stranger.stdout)["obstacles"][0]["text"])

    def test_without_a_running_connector_it_is_the_edited_files_that_answer(self):
        self.supplier.stop()
        self.edit("purposes.yaml", "    planning: [customer, supplier]\n", "")
        answer = self.can("--dataset", "orders", "--purpose", "planning", code=3)
        self.assertTrue(answer["working_copy"])
        self.can("--dataset", "orders", "--purpose", "order-tracking", code=0)

    def test_a_decision_of_the_log_is_explained_by_the_revision_that_made_it(self):
        self.maker.fails("fetch", self.supplier.id, "quality", "--purpose", "marketing")
        entry = [one for one in self.supplier.run("audit", "list")["entries"]
                 if one["kind"] == "fetch.refused"][-1]
        self.edit("purposes.yaml", "  quality:\n", "  quality:\n    marketing: [customer]\n")
        new = self.supplier.run("policy", "publish")["revision"]
        self.assertNotEqual(entry["revision"], new)
        for running in (True, False):
            if not running:
                self.supplier.stop()
            told = self.supplier.run("policy", "explain", entry["decision_id"])
            self.assertEqual(told["revision"], entry["revision"])
            self.assertTrue(told["same"] and told["intact"])
            self.assertEqual((told["then"]["allow"], told["replay"]["allow"]), (False, False))
            self.assertEqual(told["input"]["request"]["purpose"], "marketing")
            self.assertEqual(told["replay"]["reasons"][0]["code"], "PURPOSE_NOT_ALLOWED")
            self.assertRegex(told["replay"]["reasons"][0]["place"], r"^purposes\.yaml:\d+$")
        journal = self.supplier.dir / "data" / "policy" / "decisions" / "decisions.jsonl"
        journal.write_text(journal.read_text().replace("marketing", "planning-", 1))
        changed = self.supplier.raw("policy", "explain", entry["decision_id"])
        if changed.returncode == 0:  # another line was changed
            self.fail("the change was not found")
        self.assertEqual(changed.returncode, 5)
        self.assertIn("THE JOURNAL WAS CHANGED", changed.stdout)

    def test_an_edit_shows_its_impact_before_it_is_in_force(self):
        for _ in range(2):
            self.maker.fetch(self.supplier, "orders", "order-tracking")
        before = self.supplier.run("policy", "status")["revision"]
        self.edit("purposes.yaml", "    order-tracking: [customer, supplier]\n",
                  "    order-tracking: [supplier]\n")
        (self.supplier.dir / "policy" / "cases" / "orders.yaml").unlink()
        difference = self.supplier.run("policy", "diff")
        entry = next(one for one in difference["entries"] if one["file"] == "purposes.yaml")
        self.assertEqual((entry["entry"], entry["after"]), ("orders/order-tracking", ["supplier"]))
        self.assertEqual(entry["place"], self.line("purposes.yaml", "order-tracking"))
        changed = [one for one in difference["impact"]["changes"] if one["point"] == "fetch"]
        self.assertEqual([one["partner"] for one in changed], [self.maker.participant])
        self.assertEqual(changed[0]["verdict"], {"before": "allow", "after": "deny"})
        dry = self.supplier.run("policy", "publish", "--dry-run")
        self.assertEqual(dry["impact"]["changed"], difference["impact"]["changed"])
        refused = self.supplier.fails("policy", "publish", "--if-impact-below", "1")
        self.assertEqual((refused.code, refused.reason), (3, "POLICY_IMPACT"))
        text = self.supplier.raw("policy", "publish", "--if-impact-below", "1")
        self.assertIn("allow -> deny", text.stdout)
        self.assertEqual(self.supplier.run("policy", "status")["revision"], before)
        after = self.supplier.run("policy", "publish", "--if-impact-below", "1000")["revision"]
        self.assertNotEqual(after, before)
        same = self.supplier.run("policy", "diff", before[:12], after)
        self.assertEqual([one["entry"] for one in same["entries"]], ["orders/order-tracking"])

    def test_a_failing_case_refuses_the_publication(self):
        before = self.supplier.run("policy", "status")["revision"]
        tested = self.supplier.run("policy", "test")
        self.assertGreater(tested["cases"], 10)
        self.edit("labels.yaml", "  confidential:\n    - then: drop\n", "  confidential:\n    - then: show\n")
        failed = self.supplier.fails("policy", "publish")
        self.assertEqual(failed.reason, "POLICY_CASE_FAILED")
        self.assertRegex(failed.answer["error"]["message"], r"^cases/orders\.yaml:\d+: '.*price is shown")
        self.assertEqual(self.supplier.run("policy", "status")["revision"], before)
        shown = self.supplier.raw("policy", "test")
        self.assertEqual(shown.returncode, 2)

    def test_who_published_what_stands_in_history_and_log(self):
        self.edit("company.rego", "package company\n", "package company\n\n# edited\n")
        revision = self.supplier.run("policy", "publish")["revision"]
        last = self.supplier.run("policy", "history")["history"][-1]
        self.assertEqual((last["revision"], last["by"]["uid"]), (revision, os.getuid()))
        entry = [one for one in self.supplier.run("audit", "list")["entries"]
                 if one["kind"] == "policy.published"][-1]
        self.assertEqual((entry["subject"], int(entry["uid"])), (revision, os.getuid()))
        first = self.supplier.run("policy", "history")["history"][0]
        back = self.supplier.run("policy", "rollback", first["revision"][:10])
        self.assertEqual(back["revision"], first["revision"])
        self.assertEqual(self.supplier.run("policy", "history")["history"][-1]["action"], "rolled-back")


class UnderAgreements(World):
    def prepare(self):
        for one in self.all.values():
            one.agreements = "required"
        super().prepare()
        offers = self.supplier.dir / "policy" / "offers"
        offers.mkdir(exist_ok=True)
        (offers / "orders.yaml").write_text(
            "version: 1\ndatasets: [orders]\ngroups: [customer]\npurposes: [order-tracking]\n")

    def can(self, purpose):
        process = self.supplier.raw("policy", "can-i", "--as", self.maker.participant, "--dataset",
                                    "orders", "--purpose", purpose, "--json")
        return process.returncode, json.loads(process.stdout)

    def test_the_terms_of_the_agreements_in_force_are_judged_as_well(self):
        code, answer = self.can("order-tracking")
        self.assertEqual((code, answer["agreements"]), (0, []))
        self.assertIn("no agreement in force", answer["obstacles"][0]["text"])
        made = self.maker.run("negotiate", self.supplier.id, "orders")
        code, answer = self.can("order-tracking")
        self.assertEqual((code, answer["obstacles"]), (0, []))
        self.assertEqual([(one["id"], one["allows"]) for one in answer["agreements"]],
                         [(made["agreement"], True)])
        code, answer = self.can("planning")
        self.assertEqual((code, answer["verdict"], answer["allow"]), (3, "deny", True))
        refused = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "planning",
                                   "--agreement", made["agreement"])
        self.assertEqual(refused.reason, "AGREEMENT_TERM")
        self.assertEqual(answer["agreements"][0]["term"], refused.answer["error"]["metadata"]["term"])


class TwoPersons(World):
    roles = ("supplier",)
    served = False

    def prepare(self):
        file = self.supplier.dir / "connector.yaml"
        text = file.read_text().replace("policy: policy\n", "policy: {folder: policy, approvals: 2}\n")
        file.write_text(text)
        if os.getuid() == 0:
            # The second person's group may use the socket, as `admin.group` would arrange it.
            self.supplier.serve()
            for folder in (self.folder, self.supplier.dir, self.supplier.dir / "run"):
                folder.chmod(0o711)
            os.chown(self.supplier.dir / "run" / "admin.sock", 0, SECOND)
            file.chmod(0o644)

    @unittest.skipUnless(os.getuid() == 0, "a second account is needed")
    def test_it_takes_another_person_to_put_a_proposal_in_force(self):
        before = self.supplier.run("policy", "status")["revision"]
        rego = self.supplier.dir / "policy" / "company.rego"
        rego.write_text(rego.read_text() + "\n# a remark\n")
        proposal = self.supplier.run("policy", "publish")["proposal"]
        self.assertEqual(self.supplier.run("policy", "status")["revision"], before)
        same = self.supplier.fails("policy", "approve", proposal["revision"])
        self.assertEqual((same.code, same.reason), (3, "POLICY_SAME_PERSON"))
        env = dict(os.environ, CONNECTOR_OPA=OPA)
        other = subprocess.run([str(BINARY), "policy", "approve", proposal["revision"][:12], "--json",
                                "--dir", str(self.supplier.dir)], env=env, user=SECOND, group=SECOND,
                               extra_groups=[], text=True, capture_output=True, timeout=60)
        self.assertEqual(other.returncode, 0, other.stdout + other.stderr)
        self.assertEqual(self.supplier.run("policy", "status")["revision"], proposal["revision"])
        last = self.supplier.run("policy", "history")["history"][-1]
        self.assertEqual((last["by"]["uid"], last["approved_by"]["uid"]), (0, SECOND))
        kinds = [(one["kind"], int(one["uid"])) for one in self.supplier.run("audit", "list")["entries"]
                 if one["kind"].startswith("policy.")]
        self.assertEqual(kinds[-2:], [("policy.proposed", 0), ("policy.approved", SECOND)])


if __name__ == "__main__":
    unittest.main()
