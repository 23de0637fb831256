"""Backups: taken while the connector works, restored, and found out when they were changed."""

import os
import pathlib
import random
import shutil
import subprocess
import tarfile
import threading
import unittest

from world import World, events


class Backup(World):
    def test_a_backup_under_load_restores_what_was_there(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        stop = threading.Event()

        def load():
            count = 0
            file = self.folder / "load.json"
            while not stop.is_set():
                file.write_text(events(20, count * 20, "L"))
                self.supplier.run("import", "--dataset", "traceability", str(file))
                self.supplier.run("partner", "confirm", f"did:web:x{count}.example",
                                  f"gln:{8712345000004}", "--withdraw")
                count += 1
        worker = threading.Thread(target=load)
        worker.start()
        file = self.folder / "backup.tar"
        try:
            made = self.supplier.run("db", "backup", str(file))
        finally:
            stop.set()
            worker.join()
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        checked = self.supplier.run("db", "check", str(file))
        self.assertTrue(checked["healthy"])
        self.assertEqual((checked["entries"], checked["root"]), (made["entries"], made["root"]))
        revision = self.supplier.run("policy", "status")["revision"]

        with tarfile.open(file) as tar:
            names = tar.getnames()
        self.assertIn("store.db", names)
        self.assertIn("policy/active.json", names)
        self.assertIn("policy/decisions/decisions.jsonl", names)
        secrets = {path.name: path.read_bytes().strip()
                   for path in (self.supplier.dir / "keys").rglob("*")
                   if path.is_file() and path.stat().st_mode & 0o077 == 0}
        content = file.read_bytes()
        self.assertIn("signing.pem", secrets)
        for name, secret in secrets.items():
            self.assertFalse(len(secret) >= 16 and secret in content, f"{name} is in the backup")

        running = self.supplier.fails("db", "restore", str(file), "--force")
        self.assertEqual(running.reason, "CONNECTOR_RUNNING")
        self.supplier.stop()
        self.assertEqual(self.supplier.fails("db", "restore", str(file)).reason, "STORE_EXISTS")
        restored = self.supplier.run("db", "restore", str(file), "--force")
        self.assertEqual(restored["entries"], made["entries"])
        kept = [pathlib.Path(path) for path in restored["kept"]]
        self.assertTrue(any(path.name.startswith("store.db.before-") for path in kept))
        for path in kept:
            self.assertTrue(path.exists(), path)
        self.supplier.serve()
        self.assertTrue(self.supplier.run("db", "check")["healthy"])
        self.assertEqual(self.supplier.run("policy", "status")["revision"], revision)
        entries = self.supplier.run("audit", "list")["entries"]
        note = [one for one in entries if one["kind"] == "backup.restored"]
        self.assertEqual([(one["subject"], int(one["uid"])) for one in note],
                         [(made["entries"], os.getuid())])
        self.supplier.run("audit", "export", str(self.folder / "evidence"))
        self.assertTrue(self.supplier.run("audit", "verify", str(self.folder / "evidence")))
        self.maker.fetch(self.supplier, "orders", "order-tracking")

    def test_what_a_kill_left_half_restored_is_finished_at_the_next_start(self):
        file = self.folder / "backup.tar"
        made = self.supplier.run("db", "backup", str(file))
        self.supplier.run("partner", "confirm", "did:web:later.example", "gln:8712345000004", "--withdraw")
        self.supplier.kill()
        data = self.supplier.dir / "data"
        self.supplier.run("db", "restore", str(file), "--force")
        # As a kill between two steps leaves it: the store put aside, the new one not yet in its place.
        draft = data / "restore.draft"
        draft.mkdir()
        (data / "store.db").rename(draft / "store.db")
        shutil.move(str(data / "restored.json"), str(draft / "ready.json"))
        self.supplier.serve()
        self.assertFalse(draft.exists())
        self.assertTrue(self.supplier.run("db", "check")["healthy"])
        note = [one for one in self.supplier.run("audit", "list")["entries"]
                if one["kind"] == "backup.restored"]
        self.assertEqual([one["subject"] for one in note], [made["entries"]])


class Damage(World):
    roles = ("supplier",)
    served = False

    def test_a_flipped_byte_is_found_wherever_it_is(self):
        file = self.folder / "backup.tar"
        self.supplier.run("db", "backup", str(file))
        good = file.read_bytes()
        seed = int.from_bytes(os.urandom(4), "big")
        chance = random.Random(seed)
        bad = self.folder / "bad.tar"
        for at in [0, 156, 257, 600, len(good) - 1] + [chance.randrange(len(good)) for _ in range(40)]:
            changed = bytearray(good)
            changed[at] ^= 1 << chance.randrange(8)
            bad.write_bytes(changed)
            failed = self.supplier.fails("db", "check", str(bad))
            self.assertEqual(failed.reason, "BACKUP_DAMAGED", f"byte {at}, seed {seed}")
        bad.write_bytes(good[:-512])
        self.assertEqual(self.supplier.fails("db", "restore", str(bad), "--force").reason, "BACKUP_DAMAGED")
        self.assertTrue(self.supplier.run("db", "check")["healthy"])
        self.assertEqual(self.supplier.fails("db", "backup", str(file)).reason, "FILE_EXISTS")
        self.assertEqual(file.read_bytes(), good)

    def test_a_flipped_byte_of_the_store_itself_is_found(self):
        file = self.supplier.dir / "data" / "store.db"
        good = file.read_bytes()
        at = good.index(b"self.introduced")  # in the first entry of the log
        changed = bytearray(good)
        changed[at] ^= 1
        file.write_bytes(changed)
        checked = self.supplier.raw("db", "check")
        self.assertNotEqual(checked.returncode, 0, checked.stdout)
        self.assertIn("entry 0 of the log", checked.stdout + checked.stderr)

    def test_the_backup_of_another_connector_is_refused(self):
        file = self.folder / "backup.tar"
        self.supplier.run("db", "backup", str(file))
        shutil.rmtree(self.supplier.dir)
        self.supplier.run("init", "--participant", self.supplier.participant, "--site", "other")
        self.assertEqual(self.supplier.fails("db", "restore", str(file), "--force").reason, "BACKUP_FOREIGN")
        shutil.rmtree(self.supplier.dir)
        self.supplier.run("init", "--participant", self.supplier.participant, "--site", self.supplier.site)
        other_keys = self.supplier.fails("db", "restore", str(file), "--force")
        self.assertEqual(other_keys.reason, "BACKUP_FOREIGN")
        self.assertIn("another key", other_keys.answer["error"]["message"])


if __name__ == "__main__":
    unittest.main()
