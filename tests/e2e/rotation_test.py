"""Certificates, then the CA itself, are replaced on both sides while records are fetched: no call fails."""

import shutil
import signal
import subprocess
import threading
import time
import unittest

from world import World, until


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


class Authority:
    """A CA in a folder, and the certificates that it issues for one connector."""

    def __init__(self, folder, connector):
        folder.mkdir()
        self.folder, self.connector = folder, connector
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", "30", "-subj",
                f"/CN=CA {folder.name}", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                "keyUsage=critical,keyCertSign")

    def issue(self, usage):
        path = self.folder / usage
        path.with_suffix(".cnf").write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage={usage}Auth\nsubjectAltName=URI:{self.connector.id},IP:127.0.0.1\n")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{path}.key")
        openssl("req", "-new", "-key", f"{path}.key", "-subj", "/CN=renewed", "-out", f"{path}.csr")
        openssl("x509", "-req", "-in", f"{path}.csr", "-CA", self.folder / "ca.pem", "-CAkey",
                self.folder / "ca.key", "-set_serial", time.time_ns(), "-days", "30", "-extfile",
                f"{path}.cnf", "-out", f"{path}.pem")

    def put_in_place(self, *names):
        for name in names:
            fresh = self.connector.dir / "keys" / f"{name}.new"
            shutil.copy(self.folder / name, fresh)
            fresh.chmod(0o600)
            fresh.rename(fresh.with_suffix(""))


class Rotation(World):
    def test_leaf_then_ca_of_both_sides_under_load(self):
        self.import_examples()
        failures, refused, answered, stop = [], [], [], threading.Event()

        def load():
            while not stop.is_set():
                process = self.maker.raw("fetch", self.supplier.id, "orders", "--purpose",
                                         "order-tracking", "--json")
                said = process.stdout + process.stderr
                # An OPA that is late on a busy machine is no matter of certificates.
                busy = "OPA gave no answer" in said
                (answered if process.returncode == 0 else refused if busy else failures).append(said)
        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number, connector in enumerate((self.supplier, self.maker)):
                authority = Authority(self.folder / f"authority-{number}", connector)
                self.change_ca(connector, authority)
                for _ in range(2):
                    self.renew_leaf(connector, authority)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        print(f"{len(answered)} fetches while leaf and CA changed on both sides, {len(failures)} failed; "
              f"{len(refused)} refused, because OPA was late")
        self.assertEqual(failures, [])
        self.assertGreater(len(answered), 10)
        # From nothing: each side knows the other by its new CA alone.
        for connector in (self.maker, self.supplier):
            connector.stop()
            connector.serve()
        self.maker.fetch(self.supplier, "orders", "order-tracking")

    def change_ca(self, connector, authority):
        authority.issue("server")
        authority.issue("client")
        authority.put_in_place("server.key", "client.key", "server.pem", "client.pem", "ca.pem")
        self.reload(connector)

    def renew_leaf(self, connector, authority):
        for usage in ("server", "client"):
            authority.issue(usage)
            authority.put_in_place(f"{usage}.key", f"{usage}.pem")
        self.reload(connector)

    def reload(self, connector):
        before = (connector.dir / "connector.log").read_text().count('"reloaded"')
        connector.process.send_signal(signal.SIGHUP)
        until(lambda: (connector.dir / "connector.log").read_text().count('"reloaded"') > before, 20,
              "reloaded")
        self.assertNotIn("has not heard", connector.logged())
        time.sleep(1)

    def test_the_anchor_before_ends_at_once_when_the_new_one_is_added_by_its_fingerprint(self):
        self.import_examples()
        authority = Authority(self.folder / "authority", self.maker)
        old_key, old_certificate = ((self.maker.dir / "keys" / f"client.{end}").read_bytes()
                                    for end in ("key", "pem"))
        self.change_ca(self.maker, authority)
        self.maker.fetch(self.supplier, "orders", "order-tracking")
        keys = self.maker.dir / "keys"
        (keys / "client.key").write_bytes(old_key)
        (keys / "client.pem").write_bytes(old_certificate)
        self.reload(self.maker)
        self.maker.fetch(self.supplier, "orders", "order-tracking")  # within the overlap
        theirs = self.maker.run("introduce")
        file = self.folder / "introduction.json"
        file.write_text(theirs["introduction"])
        self.supplier.run("partner", "add", str(file), "--fingerprint", theirs["fingerprint"])
        failed = self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        self.assertEqual(failed.reason, "PARTNER_UNREACHABLE")


if __name__ == "__main__":
    unittest.main()
