"""Runs real connectors as an operator would: the binary, its commands and its signals."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CONNECTOR_BINARY", ROOT / "build" / "connector"))
OPA = os.environ.get("CONNECTOR_OPA", str(ROOT / ".cache" / "opa" / "opa"))
SHARED = pathlib.Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
EXAMPLE = ROOT / "deploy" / "example"
FULL = bool(os.environ.get("CONNECTOR_FULL"))

COMPANIES = {
    "maker": ("did:web:veldkamp.example", "hengelo", "8712345000004"),
    "supplier": ("did:web:brink.example", "deventer", "8712346000003"),
    "steel": ("did:web:noordstaal.example", "ijmuiden", "8712347000002"),
}


class Failed(Exception):
    """A command that ended with an error; answer is what --json printed."""

    def __init__(self, args, process):
        super().__init__(f"{' '.join(args)} -> {process.returncode}\n{process.stdout}{process.stderr}")
        self.code = process.returncode
        self.stderr = process.stderr
        try:
            self.answer = json.loads(process.stdout)
        except ValueError:
            self.answer = {}
        self.reason = self.answer.get("error", {}).get("reason", "")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Connector:
    agreements = "optional"  # where policy alone is what is tested

    def __init__(self, folder, role):
        self.participant, self.site, self.gln = COMPANIES[role]
        self.id = f"{self.participant}/{self.site}"
        self.dir = pathlib.Path(folder) / self.site
        self.port = free_port()
        self.process = None
        self.run("init", "--participant", self.participant, "--site", self.site,
                 "--listen", f"127.0.0.1:{self.port}")

    def environment(self):
        return dict(os.environ, CONNECTOR_OPA=OPA, CONNECTOR_EXCHANGE_AGREEMENTS=self.agreements)

    def raw(self, *args, timeout=60, **options):
        env = self.environment()
        return subprocess.run([str(BINARY), *args, "--dir", str(self.dir)], env=env, text=True,
                              capture_output=True, timeout=timeout, **options)

    def run(self, *args, timeout=60):
        process = self.raw(*args, "--json", timeout=timeout)
        if process.returncode != 0:
            raise Failed(args, process)
        return json.loads(process.stdout)

    def fails(self, *args):
        try:
            self.run(*args)
        except Failed as failed:
            return failed
        raise AssertionError(f"{' '.join(args)} should have failed")

    def serve(self, wait=True, environment=None, **options):
        env = dict(self.environment(), **(environment or {}))
        self.log = open(self.dir / "connector.log", "ab")
        self.process = subprocess.Popen([str(BINARY), "serve", "--dir", str(self.dir)], env=env,
                                        stdout=self.log, stderr=self.log, **options)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.id} ended with {self.process.returncode}\n{self.logged()}")
            return self.probe("/readyz")[0] == 200
        until(ready, seconds, f"{self.id} ready\n{self.logged()}")

    def probe(self, path):
        """GET over the admin socket: (status, body); (0, "") where nobody listens."""
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        try:
            s.connect(str(self.dir / "run" / "admin.sock"))
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        except OSError:
            return 0, ""
        finally:
            s.close()
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def ask(self, operation, **args):
        """One operation over the admin socket, without a process of its own."""
        body = json.dumps(args).encode()
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        with s:
            s.connect(str(self.dir / "run" / "admin.sock"))
            s.sendall(f"POST /v1/{operation} HTTP/1.1\r\nHost: localhost\r\n"
                      f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        head, _, text = data.partition(b"\r\n\r\n")
        answer = json.loads(text.decode().splitlines()[-1] if text else "{}")
        if head.split()[1] != b"200":
            raise Failed((operation,), subprocess.CompletedProcess((), 1, text.decode(), ""))
        return answer

    def metric(self, name):
        body = self.probe("/metrics")[1]
        return sum(float(line.rsplit(" ", 1)[1]) for line in body.splitlines()
                   if line.split("{")[0].split(" ")[0] == name)

    def kill(self, how=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        if self.process:
            self.log.close()
        self.process = None

    def stop(self):
        self.kill(signal.SIGTERM)

    def logged(self):
        path = self.dir / "connector.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def resident_kb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def knows(self, others, group="customer"):
        """Writes the policy's table of partners."""
        lines = ["version: 1", "partners:"]
        for other in others:
            lines += [f"  {other.participant}:", f"    groups: [{group}]"]
        (self.dir / "policy" / "partners.yaml").write_text("\n".join(lines) + "\n")

    def meets(self, other):
        theirs = other.run("introduce")
        file = self.dir / f"introduction-of-{other.site}.json"
        file.write_text(theirs["introduction"])
        self.run("partner", "add", str(file), "--fingerprint", theirs["fingerprint"])
        self.run("partner", "confirm", other.participant, f"gln:{other.gln}")

    def fetch(self, provider, dataset, purpose, *more, timeout=120):
        return self.run("fetch", provider.id, dataset, "--purpose", purpose, *more, timeout=timeout)


class World(unittest.TestCase):
    """A maker and its supplier, introduced to each other and serving, with the example documents."""

    roles = ("maker", "supplier")
    served = True

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.all = {role: Connector(self.folder, role) for role in self.roles}
        for role, connector in self.all.items():
            setattr(self, role, connector)
            self.addCleanup(connector.kill)
        self.prepare()
        if self.served:
            for connector in self.all.values():
                connector.serve()

    def prepare(self):
        for connector in self.all.values():
            others = [other for other in self.all.values() if other is not connector]
            connector.knows(others)
            for other in others:
                connector.meets(other)

    def import_examples(self):
        files = EXAMPLE / "brink"
        self.supplier.run("import", "--dataset", "orders", *map(str, sorted(files.glob("order*")) +
                                                              sorted(files.glob("despatch*"))))
        self.supplier.run("import", "--dataset", "quality", str(files / "inspection-brackets.qif"))
        self.supplier.run("import", "--dataset", "traceability", str(files / "events-brackets.json"))


def events(count, first=0, serial="E"):
    """An EPCIS document of this many events, each of its own item."""
    return json.dumps({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00.000Z",
        "epcisBody": {"eventList": [{
            "type": "ObjectEvent", "eventID": f"urn:uuid:00000000-0000-4000-8000-{n:012x}",
            "eventTime": "2026-01-01T00:00:00.000Z", "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE", "bizStep": "inspecting",
            "epcList": [f"urn:epc:id:sgtin:8712346.000012.{serial}{n}"]}
            for n in range(first, first + count)]}})


if __name__ == "__main__":
    unittest.main()
