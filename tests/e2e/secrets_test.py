"""What must never stand in a log: keys, sealed values, contents of records. Looked for at debug level."""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from world import BINARY, EXAMPLE, OPA, World, until

CANARY = "canary-4f1c7e"  # stands in texts, prices and names of the documents
PRICE = "31337.17"


def key_texts(folder):
    """Every line of a private key that a log could hold, and the bytes of the secret in other spellings."""
    for path in sorted((folder / "keys").iterdir()):
        if path.suffix in (".key", ".secret") or path.name in ("signing.pem", "log.pem"):
            lines = [line for line in path.read_text().splitlines() if line and "-----" not in line]
            yield from ((path.name, line) for line in lines if len(line) >= 8)
            if path.suffix == ".secret":
                raw = bytes.fromhex("".join(lines))
                yield path.name, base64.b64encode(raw).decode()


class Secrets(World):
    roles = ("maker", "supplier")

    def prepare(self):
        super().prepare()
        for connector in self.all.values():
            config = connector.dir / "connector.yaml"
            config.write_text(config.read_text().replace("log_level: info", "log_level: debug"))
            self.assertIn("log_level: debug", config.read_text())

    def logs(self):
        return "".join((one.dir / "connector.log").read_text() for one in self.all.values())

    def marked(self, name):
        """An example document with canaries where the company wrote something."""
        text = (EXAMPLE / "brink" / name).read_text()
        text = text.replace("18.40", PRICE)
        return re.sub(r"(<cbc:(?:Note|Name|Description)>)[^<]*", rf"\1{CANARY}", text)

    def test_nothing_secret_is_logged_whatever_happens(self):
        secrets = {}
        # Documents: good ones, and ones refused for their content.
        drop = self.supplier.dir / "drop" / "orders"
        for number, (name, text) in enumerate({
                "good.xml": self.marked("order-4500017.xml"),
                "broken.xml": self.marked("order-4500017.xml")[:-40],
                "wrong.xml": re.sub(r">\d+(</cbc:Quantity>)", rf">{CANARY}\1",
                                    self.marked("order-4500017.xml"))}.items()):
            self.assertTrue(CANARY in text, name)
            (self.folder / name).write_text(text)
            (self.folder / name).rename(drop / name)
        until(lambda: len(list(drop.glob("*/*.xml"))) == 3, 10, "all three taken or refused")
        # Fetches: allowed, refused, resumed at a wrong place; changed keys, partners, policies.
        out = self.folder / "records.jsonl"
        fetched = self.maker.fetch(self.supplier, "orders", "order-tracking", "--out", str(out))
        self.assertIn(CANARY, out.read_text(), "the canary is in what was fetched")
        secrets["position"] = fetched["position"]
        self.maker.fetch(self.supplier, "orders", "order-tracking", "--changed-since",
                         fetched["position"])
        self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", CANARY)
        self.maker.fails("fetch", self.supplier.id, CANARY, "--purpose", "order-tracking")
        self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking",
                         "--changed-since", base64.b64encode(CANARY.encode()).decode())
        for pid in subprocess.run(["pgrep", "-P", str(self.supplier.process.pid)], text=True,
                                  capture_output=True).stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        until(lambda: self.supplier.probe("/readyz")[0] == 200, 15, "OPA was restarted")
        (self.supplier.dir / "policy" / "company.rego").write_text("package company\n\ndeny contains")
        self.supplier.fails("policy", "publish")
        before = list(key_texts(self.supplier.dir)) + list(key_texts(self.maker.dir))
        self.supplier.run("keys", "rotate")
        self.supplier.process.send_signal(signal.SIGHUP)
        until(lambda: '"reloaded"' in self.supplier.logged(), 10, "reloaded")
        self.supplier.run("partner", "revoke", self.maker.id)
        self.maker.fails("fetch", self.supplier.id, "orders", "--purpose", "order-tracking")
        for connector in self.all.values():
            connector.stop()
        found = self.hits(self.logs(), before + list(key_texts(self.supplier.dir)) + list(secrets.items()))
        print(f"{len(self.logs().splitlines())} log lines at debug level, {len(found)} with a secret")
        self.assertEqual(found, [])
        self.assertGreater(len(self.logs().splitlines()), 5)

    def hits(self, logs, secrets):
        texts = [("record", CANARY), ("price", PRICE), ("key", "PRIVATE KEY"), *secrets]
        return [f"{name}: {line[:300]}" for name, text in texts for line in logs.splitlines() if text in line]

    def test_the_demo_logs_nothing_secret(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "demo"
        done = subprocess.run([str(BINARY), "demo", "--keep", str(folder), "--json"], text=True,
                              capture_output=True, timeout=120,
                              env=dict(os.environ, CONNECTOR_OPA=OPA, CONNECTOR_LOG_LEVEL="debug"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        json.loads(done.stdout)
        companies = [path for path in folder.iterdir() if (path / "keys").is_dir()]
        self.assertEqual(len(companies), 3)
        files = [path for path in folder.rglob("*.log")]
        self.assertEqual(len(files), 3, "each connector keeps a log")
        logs = "".join(path.read_text() for path in files) + done.stderr
        # Words of the example documents that the connectors never say by themselves.
        texts = [("record", text) for text in ("18.40", "Bracket", "Heat 55812")]
        for company in companies:
            texts += key_texts(company)
        found = self.hits(logs, texts)
        print(f"demo: {len(logs.splitlines())} log lines, {len(found)} with a secret")
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
