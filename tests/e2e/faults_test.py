"""What breaks: processes killed, disks full, OPA gone. Nothing is lost and nothing leaks."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

from world import FULL, World, events, until


class Kills(World):
    def test_nothing_acknowledged_is_lost_when_the_provider_is_killed_under_load(self):
        self.import_examples()
        kills = 500 if FULL else 12
        chance = random.Random(7)
        recovery = []
        receipts, stop = [], threading.Event()

        def load():
            while not stop.is_set():
                process = self.maker.raw("fetch", self.supplier.id, "orders", "--purpose",
                                         "order-tracking", "--json")
                if process.returncode == 0:
                    receipts.append(json.loads(process.stdout)["request_id"])
        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(kills):
                time.sleep(chance.uniform(0.05, 0.5))
                self.supplier.kill()
                killed = time.monotonic()
                self.supplier.serve()
                recovery.append(time.monotonic() - killed)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        recovery.sort()
        print(f"{kills} kills, {len(receipts)} receipts; ready again after "
              f"{recovery[len(recovery) * 99 // 100]:.2f} s (p99)")
        self.assertGreater(len(receipts), 0)
        for request in receipts:
            entries = self.supplier.run("audit", "show", request)["entries"]
            kinds = [entry["kind"] for entry in entries]
            self.assertIn("fetch.closed", kinds, request)
        folder = self.folder / "export"
        self.supplier.run("audit", "export", str(folder))
        self.supplier.run("audit", "verify", str(folder))

    def test_a_revocation_survives_a_kill(self):
        self.supplier.run("partner", "revoke", self.maker.id)
        self.supplier.kill()
        self.supplier.serve()
        self.assertEqual(self.supplier.run("partner", "show", self.maker.id)["state"], "revoked")
        self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")

    def test_no_file_of_a_drop_folder_is_lost_by_kills(self):
        drop = self.supplier.dir / "drop" / "traceability"
        kills = 100 if FULL else 8
        chance = random.Random(11)
        names = []
        for round_number in range(kills):
            for i in range(3):
                name = f"events-{round_number}-{i}.json"
                (self.folder / name).write_text(events(5, len(names) * 5))
                (self.folder / name).rename(drop / name)
                names.append(name)
            time.sleep(chance.uniform(0, 0.05))
            self.supplier.kill()
            self.supplier.serve()
        until(lambda: all((drop / "done" / name).exists() for name in names), 20, "all in done/")
        rows, after = 0, "0"
        while True:
            page = self.supplier.run("records", "list", "--dataset", "traceability", "--kind",
                                     "event", "--after", after, "--limit", "1000")["records"]
            if not page:
                break
            rows, after = rows + len(page), page[-1]["sequence"]
        self.assertEqual(rows, len(names) * 5)

    def test_a_file_still_being_written_is_left_alone(self):
        drop = self.supplier.dir / "drop" / "traceability"
        text = events(3)
        with open(drop / "slow.json", "w") as file:
            file.write(text[:100])
            file.flush()
            time.sleep(1.5)
            self.assertTrue((drop / "slow.json").exists())
            file.write(text[100:])
        until(lambda: (drop / "done" / "slow.json").exists(), 4, "taken when it was closed")

    def test_a_fetch_ends_in_order_at_sigterm(self):
        self.import_examples()
        self.supplier.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.supplier.process.wait(timeout=15), 0)


class Opa(World):
    def opa_of(self, connector):
        out = subprocess.run(["pgrep", "-P", str(connector.process.pid)], text=True,
                             capture_output=True).stdout.split()
        return [int(pid) for pid in out]

    def test_a_killed_opa_refuses_at_once_and_comes_back(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        for pid in self.opa_of(self.supplier):
            os.kill(pid, signal.SIGSTOP)
        failed = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        self.assertEqual(failed.reason, "POLICY_UNAVAILABLE")
        for pid in self.opa_of(self.supplier):
            os.kill(pid, signal.SIGKILL)
        until(lambda: self.supplier.probe("/readyz")[0] == 200, 15, "OPA was restarted")
        self.assertEqual(self.maker.fetch(self.supplier, "orders", "order-tracking")["records"], "5")

    def test_opa_dies_with_its_connector(self):
        pids = self.opa_of(self.supplier)
        self.assertTrue(pids)
        self.supplier.kill()
        until(lambda: not any(alive(pid) for pid in pids), 5, "OPA ended")


class DiskFull(World):
    def prepare(self):
        super().prepare()
        data = self.supplier.dir / "data"
        moved = self.folder / "moved"
        shutil.copytree(data, moved)
        self.mounted = False
        size = f"size={16 + used_mib(moved)}m"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(data)],
                          capture_output=True).returncode != 0:
            print("SKIPPED: no tmpfs can be mounted here (not root?)")
            self.skipTest("no tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", str(data)], capture_output=True)
        for path in moved.iterdir():
            if path.name != "ballast":
                shutil.copy2(path, data / path.name)
        self.data = data

    def test_a_full_disk_serves_nothing_and_recovers_by_itself(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        self.fill()
        failed = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        self.assertIn(failed.reason, ("STORAGE_FULL", "EVIDENCE_UNAVAILABLE"))
        full = time.monotonic()
        until(lambda: self.supplier.probe("/readyz")[0] == 503, 5, "not ready")
        print(f"disk full: not ready after {time.monotonic() - full:.2f} s, nothing served")
        (self.data / "filler").unlink()
        until(lambda: self.supplier.probe("/readyz")[0] == 200, 15, "ready again")
        self.assertEqual(self.maker.fetch(self.supplier, "orders", "order-tracking")["records"], "5")

    def fill(self):
        file = os.open(self.data / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(file, b"\0" * 4096)
        except OSError:
            pass
        finally:
            os.close(file)


def used_mib(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).iterdir()
               if path.name != "ballast") // (1 << 20) + 1


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
        return state != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
