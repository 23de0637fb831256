"""Who may come in: introductions, states, keys and certificates, on the running connector."""

import json
import re
import signal
import subprocess
import threading
import time
import unittest

from world import World, events, until


class Partners(World):
    def test_suspended_is_refused_and_resumed_is_served(self):
        self.import_examples()
        self.supplier.run("partner", "suspend", self.maker.id)
        failed = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        self.assertIn(failed.code, (1, 3, 4))
        self.supplier.run("partner", "resume", self.maker.id)
        self.assertEqual(self.maker.fetch(self.supplier, "orders", "order-tracking")["records"], "5")

    def test_revoked_is_for_good(self):
        self.supplier.run("partner", "revoke", self.maker.id)
        self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        self.assertEqual(self.supplier.fails("partner", "resume", self.maker.id).reason,
                         "PARTNER_REVOKED")

    def test_revoking_cuts_a_running_stream_within_a_second(self):
        file = self.folder / "many.json"
        for part in range(4):
            file.write_text(events(10_000, part * 10_000))
            self.supplier.run("import", "--dataset", "traceability", str(file))
        started = self.maker.metric("connector_audit_log_size_records")
        outcome = {}

        def fetch():
            for _ in range(50):
                process = self.maker.raw("fetch", self.supplier.id, "traceability", "--purpose",
                                         "traceability", "--json")
                outcome["code"], outcome["at"] = process.returncode, time.monotonic()
                if process.returncode != 0:
                    return
        thread = threading.Thread(target=fetch)
        thread.start()
        until(lambda: self.maker.metric("connector_audit_log_size_records") > started, 10, "a fetch runs")
        revoked = time.monotonic()
        self.supplier.run("partner", "revoke", self.maker.id)
        thread.join(timeout=60)
        self.assertNotEqual(outcome["code"], 0)
        print(f"revoked: the stream was cut within {outcome['at'] - revoked:.2f} s, commands included")
        self.assertLess(outcome["at"] - revoked, 3)  # 1 s, and the commands around it
        self.assertEqual(self.supplier.metric("connector_open_connections"), 0)

    def test_keys_rotate_and_old_signatures_still_verify(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        rotated = self.supplier.run("keys", "rotate")
        self.assertNotEqual(rotated["key"], rotated["before"])
        self.assertEqual(rotated["told"], [self.maker.id])
        self.maker.run("keys", "rotate")
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        for connector in (self.maker, self.supplier):
            folder = self.folder / f"export-{connector.site}"
            connector.run("audit", "export", str(folder))
            connector.run("audit", "verify", str(folder))
        known = self.supplier.run("partner", "show", self.maker.id)
        self.assertEqual(len(known["keys"]), 2)

    def test_a_partner_that_missed_two_rotations_follows_the_chain(self):
        self.import_examples()
        self.supplier.stop()
        self.maker.run("keys", "rotate")
        self.maker.run("keys", "rotate")
        self.supplier.serve()
        self.assertEqual(self.maker.fetch(self.supplier, "orders", "order-tracking")["records"], "5")

    def test_a_wrong_fingerprint_adds_nobody(self):
        theirs = self.maker.run("introduce")
        self.supplier.run("partner", "remove", self.maker.id)
        file = self.folder / "introduction.json"
        file.write_text(theirs["introduction"])
        failed = self.supplier.fails("partner", "add", str(file), "--fingerprint", "00 11")
        self.assertEqual((failed.code, failed.reason), (3, "FINGERPRINT_MISMATCH"))
        self.assertEqual(self.supplier.run("partner", "list")["partners"], [])

    def test_an_altered_introduction_is_refused(self):
        theirs = json.loads(self.maker.run("introduce")["introduction"])
        theirs["payload"] = theirs["payload"][:-8] + "AAAAAAA="
        file = self.folder / "introduction.json"
        file.write_text(json.dumps(theirs))
        self.supplier.fails("partner", "add", str(file), "--fingerprint", "00 11")

    def test_certificates_are_replaced_without_losing_a_call(self):
        self.import_examples()
        ca, folder = self.supplier.dir / "keys", self.folder
        uri = f"URI:{self.supplier.run('cert', 'show')['certificates'][1]['uris'][0]}"
        failures, stop = [], threading.Event()

        def load():
            while not stop.is_set():
                process = self.maker.raw("fetch", self.supplier.id, "orders", "--purpose",
                                         "order-tracking", "--json")
                if process.returncode != 0:
                    failures.append(process.stdout + process.stderr)
        thread = threading.Thread(target=load)
        thread.start()
        try:
            for _ in range(3):
                make_certificate(ca, folder, uri)
                self.supplier.process.send_signal(signal.SIGHUP)
                time.sleep(0.5)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.supplier.logged().count('"reloaded"'), 3)

    def test_no_secret_is_ever_logged(self):
        self.import_examples()
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        self.supplier.run("keys", "rotate")
        logs = "".join((c.dir / "connector.log").read_text() for c in (self.maker, self.supplier))
        for connector in (self.maker, self.supplier):
            for path in (connector.dir / "keys").iterdir():
                if path.suffix in (".key", ".secret") or path.name in ("signing.pem", "log.pem"):
                    body = max(path.read_text().splitlines(), key=len)
                    self.assertNotIn(body, logs, path.name)
                    self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertFalse(re.search("PRIVATE KEY", logs))


def make_certificate(ca, folder, uri):
    key, request, config = folder / "new.key", folder / "new.csr", folder / "new.cnf"
    config.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                      f"extendedKeyUsage=serverAuth\nsubjectAltName={uri},IP:127.0.0.1\n")

    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    openssl("req", "-new", "-key", key, "-subj", "/CN=renewed", "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca / "ca.pem", "-CAkey", ca / "ca.key",
            "-set_serial", str(time.time_ns()), "-days", "30", "-extfile", config, "-out",
            folder / "new.pem")
    key.chmod(0o600)
    key.rename(ca / "server.key")
    (folder / "new.pem").rename(ca / "server.pem")


if __name__ == "__main__":
    unittest.main()
