"""Received data between two running connectors: negotiated, fetched into the vault, used as often as agreed, by the
command and by an application on the local socket, deleted, and proven to the provider."""

import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import unittest

from world import ROOT, World, until

OFFER = """version: 1
title: An offer
datasets: [{dataset}]
groups: [customer]
purposes: [{purpose}]
{terms}
"""
PURPOSE = ("--purpose", "quality-assurance")


class Agreed(World):
    terms = "uses: 3"
    dataset = "quality"
    purpose = "quality-assurance"

    def prepare(self):
        super().prepare()
        offers = self.supplier.dir / "policy" / "offers"
        offers.mkdir(exist_ok=True)
        (offers / f"{self.dataset}.yaml").write_text(
            OFFER.format(terms=self.terms, dataset=self.dataset, purpose=self.purpose))
        me = os.getuid()
        with open(self.maker.dir / "connector.yaml", "a") as config:
            config.write(f"\napps:\n  applications:\n    - name: erp\n      users: ['{me}']\n      roles: [engineer]\n")

    def agree(self):
        self.import_examples()
        self.maker.run("negotiate", self.supplier.id, self.dataset)
        agreements = self.maker.run("agreement", "list")["agreements"]
        self.assertEqual(len(agreements), 1)
        self.agreement = agreements[0]["agreement"]
        self.fetched = int(self.maker.fetch(self.supplier, self.dataset, self.purpose)["records"])
        self.assertGreater(self.fetched, 0)

    def use(self, *more):
        return self.maker.run("use", "--agreement", self.agreement, *PURPOSE, *more)

    def in_maker(self, text):
        """Is the text in a file of the maker's store or keys?"""
        found = False
        for path in [*(self.maker.dir / "data").rglob("*"), *(self.maker.dir / "keys" / "vault").rglob("*")]:
            found = found or (path.is_file() and text in path.read_bytes())
        return found


class Use(Agreed):
    def test_used_twice_refused_the_third_time(self):
        self.agree()
        for left in ("2", "1", "0"):
            used = self.use()
            self.assertEqual(int(used["records"]), self.fetched)
            self.assertEqual(used["remaining"], left)
            self.assertEqual(len(used["given"]), self.fetched)
        failed = self.maker.fails("use", "--agreement", self.agreement, *PURPOSE)
        self.assertEqual(failed.reason, "USE_DENIED")
        self.assertEqual(failed.code, 3)
        kinds = [one["kind"] for one in self.maker.run("audit", "list")["entries"]]
        self.assertEqual(kinds.count("use.allowed"), 3)
        self.assertEqual(kinds.count("use.denied"), 1)
        self.assertFalse(self.in_maker(b"Inspection of"), "no plain copy")

    def test_another_purpose_or_application_is_refused(self):
        self.agree()
        failed = self.maker.fails("use", "--agreement", self.agreement, "--purpose", "marketing")
        self.assertEqual(failed.reason, "USE_DENIED")
        failed = self.maker.fails("use", "--agreement", self.agreement, *PURPOSE, "--app", "crm")
        self.assertEqual(failed.reason, "APPLICATION_UNKNOWN")

    def test_a_file_is_written_once_and_for_its_owner(self):
        self.agree()
        out = self.folder / "records.jsonl"
        self.use("--out", str(out))
        lines = out.read_text().splitlines()
        self.assertEqual(len(lines), self.fetched)
        json.loads(lines[0])
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)
        other = self.folder / "fetched.jsonl"
        self.assertEqual(self.maker.fails("fetch", self.supplier.id, "quality", *PURPOSE, "--out", str(other)).reason,
                         "ARGUMENT_INVALID")
        self.assertFalse(other.exists())
        self.assertEqual(self.maker.fails("use", "--agreement", self.agreement, *PURPOSE, "--out", str(out)).reason,
                         "FILE_EXISTS")

    def test_deleted_by_hand_and_proven_to_the_provider(self):
        self.agree()
        self.use()
        self.maker.run("vault", "delete", self.agreement)
        self.assertEqual(self.maker.fails("use", "--agreement", self.agreement, *PURPOSE).reason, "DATA_DELETED")
        def proof():
            return [one for one in self.supplier.run("audit", "list")["entries"]
                    if one["kind"] == "statement.received" and one["detail"] == "deletion-proof"]
        proofs = until(proof, 10, "the proof at the provider")
        ours = [one for one in self.maker.run("audit", "list")["entries"] if one["kind"] == "data.deleted"]
        self.assertEqual([one["subject"] for one in proofs], [one["subject"] for one in ours])
        self.assertFalse((self.maker.dir / "keys" / "vault" / "kek-1").exists())
        for who, proofs, statements in ((self.maker, "1", "0"), (self.supplier, "1", None)):
            folder = self.folder / f"export-{who.site}"
            who.run("audit", "export", str(folder))
            verified = who.run("audit", "verify", str(folder))
            self.assertEqual(verified["deletion_proofs"], proofs)
            if statements is not None:
                self.assertEqual(verified["use_statements"], statements)
            checked = subprocess.run(["/usr/bin/python3", str(ROOT / "tests" / "verifiers" / "verify_export.py"),
                                      str(folder)], capture_output=True, text=True, timeout=60)
            self.assertEqual(checked.returncode, 0, checked.stdout)
            self.assertIn("1 deletion proofs", checked.stdout)
            self.refuses_a_changed_proof(folder)

    def refuses_a_changed_proof(self, folder):
        """One bit of it, and it without its entry's name."""
        path = next(path for path in (folder / "statement").glob("*.json")
                    if "deletion-proof" in path.read_text())
        good = path.read_bytes()
        for bad in (good.replace(b'"entry": "', b'"entry": "1', 1), good.replace(b'"sig": "', b'"sig": "A', 1)):
            path.write_bytes(bad)
            self.assertNotEqual(self.maker.raw("audit", "verify", str(folder)).returncode, 0)
        path.write_bytes(good)

    def test_a_restart_keeps_the_count(self):
        self.agree()
        self.use()
        self.maker.kill()
        self.maker.serve()
        self.assertEqual(self.use()["remaining"], "1")

    def test_a_restored_store_gets_no_use_back(self):
        self.agree()
        self.use()
        self.maker.stop()
        copy = self.folder / "copy"
        shutil.copytree(self.maker.dir / "data", copy)
        self.maker.serve()
        self.assertEqual(self.use()["remaining"], "1")
        until(lambda: not self.maker.run("vault", "status")["outgoing"], 10, "the statement at the provider")
        self.maker.stop()
        self.supplier.stop()
        shutil.rmtree(self.maker.dir / "data")
        shutil.copytree(copy, self.maker.dir / "data")
        self.maker.serve()
        asked = ("use", "--agreement", self.agreement, *PURPOSE)
        self.assertEqual(self.maker.fails(*asked).reason, "STANDING_UNKNOWN")
        self.assertEqual(self.maker.run("vault", "confirm-restore")["held"], "1")
        self.assertEqual(self.maker.fails(*asked).reason, "STORE_RESTORED")
        self.supplier.serve()
        self.assertEqual(self.use()["remaining"], "0")
        self.assertEqual(self.maker.fails(*asked).reason, "USE_DENIED")
        kinds = [one["kind"] for one in self.maker.run("audit", "list")["entries"]]
        self.assertEqual(kinds.count("store.restored"), 2)

    # ---- the local socket ----

    def client(self):
        modules = self.folder / "modules"
        modules.mkdir(exist_ok=True)
        protos = [str(path) for path in (ROOT / "proto").rglob("*.proto")]
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={modules}", *protos], check=True)
        sys.path.insert(0, str(modules))
        self.addCleanup(sys.path.remove, str(modules))
        import grpc
        from valuechain.record.v1 import record_pb2
        from valuechain.use.v1 import use_pb2
        channel = grpc.insecure_channel(f"unix:{self.maker.dir / 'run' / 'apps.sock'}")
        self.addCleanup(channel.close)
        use = channel.unary_stream("/valuechain.use.v1.UseService/Use",
                                   request_serializer=use_pb2.UseRequest.SerializeToString,
                                   response_deserializer=use_pb2.UseResponse.FromString)
        agreements = channel.unary_unary("/valuechain.use.v1.UseService/ListAgreements",
                                         request_serializer=use_pb2.ListAgreementsRequest.SerializeToString,
                                         response_deserializer=use_pb2.ListAgreementsResponse.FromString)
        return grpc, use_pb2, record_pb2, use, agreements

    def test_an_application_uses_records_on_the_socket(self):
        self.agree()
        grpc, use_pb2, record_pb2, use, agreements = self.client()
        asked = use_pb2.UseRequest(agreement_id=self.agreement, purpose="quality-assurance")
        parts = list(use(asked, timeout=20))
        records = [part.record for part in parts if part.HasField("record")]
        self.assertEqual(len(records), self.fetched)
        record_pb2.Record.FromString(records[0].record)
        self.assertEqual(parts[-1].summary.records, self.fetched)
        self.assertEqual(parts[-1].summary.remaining, 2)
        held = agreements(use_pb2.ListAgreementsRequest(), timeout=20).agreements
        self.assertEqual([one.agreement_id for one in held], [self.agreement])
        self.assertEqual(held[0].uses, 1)
        self.assertTrue(held[0].in_force)
        entry = [one for one in self.maker.run("audit", "list")["entries"] if one["kind"] == "use.allowed"][-1]
        self.assertEqual(entry["subject"], "erp")
        with self.assertRaises(grpc.RpcError) as refused:
            list(use(use_pb2.UseRequest(agreement_id=self.agreement, purpose="marketing"), timeout=20))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        details = dict(refused.exception.trailing_metadata())["grpc-status-details-bin"]
        self.assertIn(b"USE_DENIED", details)

    def test_many_at_once_are_given_exactly_what_is_left(self):
        self.agree()
        grpc, use_pb2, _, use, _ = self.client()
        asked = use_pb2.UseRequest(agreement_id=self.agreement, purpose="quality-assurance")

        def outcome(_):
            try:
                return list(use(asked, timeout=60))[-1].WhichOneof("part")
            except grpc.RpcError as error:
                return error.code().name
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            outcomes = collections.Counter(pool.map(outcome, range(64)))
        self.assertEqual(outcomes.pop("summary"), 3)
        self.assertLessEqual(set(outcomes), {"PERMISSION_DENIED", "RESOURCE_EXHAUSTED"})
        self.assertEqual(self.maker.run("vault", "status")["agreements"][0]["uses"], "3")

    @unittest.skipUnless(os.getuid() == 0, "needs to become another user")
    def test_who_is_no_application_is_refused(self):
        self.agree()
        socket = self.maker.dir / "run" / "apps.sock"
        socket.chmod(0o666)
        for folder in (self.folder, self.maker.dir, self.maker.dir / "run"):
            folder.chmod(0o755)
        script = f"""
import os, sys
os.setgid(65534); os.setuid(65534)
import grpc
channel = grpc.insecure_channel("unix:{socket}")
call = channel.unary_unary("/valuechain.use.v1.UseService/ListAgreements", request_serializer=bytes,
                           response_deserializer=bytes)
try:
    call(b"", timeout=20)
except grpc.RpcError as error:
    print(error.code().name, dict(error.trailing_metadata())["grpc-status-details-bin"])
"""
        done = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=60)
        self.assertIn("PERMISSION_DENIED", done.stdout, done.stderr)
        self.assertIn("APPLICATION_UNKNOWN", done.stdout)


class Orders(Agreed):
    dataset = "orders"
    purpose = "order-tracking"

    def test_what_a_partner_states_of_an_order_takes_a_use(self):
        self.agree()
        order = ("orders", "show", "4500017")
        self.assertEqual(self.maker.fails(*order).reason, "ORDER_NOT_FOUND")
        shown = self.maker.run(*order, "--agreement", self.agreement, "--purpose", self.purpose)
        stated = {quantity["stated_by"] for line in shown["lines"] for quantity in line["quantities"]}
        self.assertEqual(stated, {self.supplier.id})
        held = self.maker.run("vault", "status")["agreements"]
        self.assertEqual([one["remaining"] for one in held], ["2"])


class AfterUse(Agreed):
    terms = "delete: after-use"

    def test_is_deleted_after_its_use(self):
        self.agree()
        self.assertEqual(int(self.use()["records"]), self.fetched)
        until(lambda: self.maker.raw("use", "--agreement", self.agreement, *PURPOSE).returncode != 0, 10, "deleted")
        self.assertEqual(self.maker.fails("use", "--agreement", self.agreement, *PURPOSE).reason, "DATA_DELETED")
        until(lambda: [one for one in self.supplier.run("audit", "list")["entries"]
                       if one["kind"] == "statement.received" and one["detail"] == "deletion-proof"], 10, "the proof")


if __name__ == "__main__":
    unittest.main(verbosity=2)
