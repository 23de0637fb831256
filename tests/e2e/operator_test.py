"""What an operator meets: first steps, mistakes, health, exit codes."""

import json
import os
import unittest

from world import BINARY, World, until

import subprocess


class Operator(World):
    roles = ("supplier",)
    served = False

    def test_init_makes_private_keys_and_never_overwrites(self):
        keys = self.supplier.dir / "keys"
        for name in ("ca.key", "server.key", "client.key", "signing.pem", "log.pem", "site.secret"):
            self.assertEqual((keys / name).stat().st_mode & 0o777, 0o600, name)
        before = (keys / "signing.pem").read_bytes()
        failed = self.supplier.fails("init", "--participant", self.supplier.participant)
        self.assertEqual(failed.reason, "ALREADY_INITIALISED")
        self.assertEqual((keys / "signing.pem").read_bytes(), before)

    def test_a_readable_key_is_refused(self):
        (self.supplier.dir / "keys" / "signing.pem").chmod(0o644)
        failed = self.supplier.fails("status")
        self.assertIn("signing.pem", failed.answer["error"]["message"])

    def test_every_mistake_of_the_configuration_is_listed_at_once(self):
        file = self.supplier.dir / "connector.yaml"
        file.write_text(file.read_text().replace("listen:", "lisen:").replace(
            "log_level: info", "log_level: loud"))
        message = self.supplier.fails("validate").answer["error"]["message"]
        self.assertIn("did you mean 'listen'?", message)
        self.assertIn("log_level must be", message)
        self.assertRegex(message, r"connector\.yaml:\d+: ")

    def test_validate_and_status_without_a_running_connector(self):
        self.assertTrue(self.supplier.run("validate")["healthy"])
        self.assertFalse(self.supplier.run("status")["running"])
        failed = self.supplier.fails("policy", "publish")
        self.assertEqual((failed.code, failed.reason), (4, "CONNECTOR_NOT_RUNNING"))

    def test_environment_wins_over_the_file_and_says_so(self):
        env = dict(os.environ, CONNECTOR_LISTEN="127.0.0.1:9")
        out = subprocess.run([str(BINARY), "config", "show", "--json", "--dir",
                              str(self.supplier.dir)], env=env, capture_output=True, text=True)
        value = json.loads(out.stdout)["values"]["listen"]
        self.assertEqual((value["value"], value["origin"]), ("127.0.0.1:9", "CONNECTOR_LISTEN"))

    def test_a_mistyped_command_suggests_the_right_one(self):
        out = subprocess.run([str(BINARY), "partnr", "list"], capture_output=True, text=True)
        self.assertEqual(out.returncode, 2)
        self.assertIn("did you mean: connector partner", out.stderr)

    def test_health_of_a_running_connector(self):
        self.supplier.serve()
        self.assertEqual(self.supplier.probe("/livez"), (200, "ok\n"))
        status, body = self.supplier.probe("/readyz?verbose")
        self.assertEqual(status, 200, body)
        self.assertIn("[+] policy", body)
        self.assertIn("connector_build_info", self.supplier.probe("/metrics")[1])
        self.assertTrue(self.supplier.run("doctor")["healthy"])
        self.assertTrue(self.supplier.run("status")["running"])
        mode = (self.supplier.dir / "run" / "admin.sock").stat().st_mode & 0o777
        self.assertEqual(mode, 0o660)
        for line in (self.supplier.dir / "connector.log").read_text().splitlines():
            json.loads(line)

    def test_changes_over_the_socket_are_logged_with_the_callers_uid(self):
        self.supplier.serve()
        self.supplier.run("partner", "confirm", "did:web:x.example", "gln:8712345000004")
        entry = self.supplier.run("audit", "list")["entries"][-1]
        self.assertEqual((entry["kind"], int(entry["uid"])), ("party.confirmed", os.getuid()))

    def test_an_edit_that_fails_changes_nothing_and_names_file_and_line(self):
        self.supplier.serve()
        before = self.supplier.run("policy", "status")["revision"]
        rego = self.supplier.dir / "policy" / "company.rego"
        good = rego.read_text()
        rego.write_text(good + "\nallow if {\n")
        message = self.supplier.fails("policy", "publish").answer["error"]["message"]
        self.assertRegex(message, r"company\.rego:\d+")
        self.assertEqual(self.supplier.run("policy", "status")["revision"], before)
        rego.write_text(good + "\n# another thought\n")
        after = self.supplier.run("policy", "publish")["revision"]
        self.assertNotEqual(after, before)
        self.assertEqual(self.supplier.run("policy", "rollback")["revision"], before)


if __name__ == "__main__":
    unittest.main()
