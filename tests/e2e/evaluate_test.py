"""`connector policy evaluate`, as others use it: three files, no connector, no folder."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = pathlib.Path(os.environ["CONNECTOR_BINARY"])
SUITE = pathlib.Path(os.environ["SHARED_DATA"]) / "odrl-test-suite"
ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
POLICY = {"@context": CONTEXT, "@type": "Set", "uid": "urn:p",
          "permission": [{"uid": "urn:perm", "action": "use", "assignee": "urn:alice"}]}
REQUEST = {"@context": CONTEXT, "@type": "Request", "uid": "urn:r",
           "permission": [{"action": "read", "assignee": "urn:alice", "target": "urn:x"}]}


class Evaluate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.folder.name)
        self.env = dict(os.environ, TMPDIR=str(self.dir / "tmp"))
        self.env.setdefault("CONNECTOR_OPA", str(ROOT / ".cache" / "opa" / "opa"))
        (self.dir / "tmp").mkdir()

    def tearDown(self):
        self.folder.cleanup()

    def evaluate(self, policy, request, world, *more):
        arguments = [str(BINARY), "policy", "evaluate"]
        for name, content in (("policy", policy), ("request", request), ("world", world)):
            file = self.dir / f"{name}.json"
            file.write_text(content if isinstance(content, str) else json.dumps(content))
            arguments += [f"--{name}", str(file)]
        return subprocess.run(arguments + list(more), cwd=self.dir, env=self.env, text=True,
                              capture_output=True, timeout=60)

    def judge(self, *documents):
        ran = self.evaluate(*documents, "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout)

    @unittest.skipUnless(SUITE.is_dir(), f"SKIPPED LOUDLY: {SUITE} is not there")
    def test_the_public_cases(self):
        lines = (SUITE / "expected.tsv").read_text().splitlines()
        rows = list(csv.DictReader(lines, delimiter="\t"))
        self.assertEqual(len(rows), 46)
        for row in rows:
            case = json.loads((SUITE / f"{row['case']}.json").read_text())
            with self.subTest(row["case"]):
                answer = self.judge(case["policy"], case["request"], case["stateOfWorld"])
                self.assertEqual(list(answer), ["rules"])
                [rule] = answer["rules"]
                self.assertEqual(sorted(rule), ["activation", "kind", "reason", "rule"])
                self.assertEqual((rule["kind"], rule["rule"], rule["activation"]),
                                 (row["kind"], row["rule"], row["activation"]))

    def test_text_for_people(self):
        ran = self.evaluate(POLICY, REQUEST, {"currentTime": "2024-01-01T00:00:00Z"})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r"Active +Permission +urn:perm +everything that it states holds")

    def test_control_characters_of_a_policy_do_not_reach_the_terminal(self):
        policy = json.loads(json.dumps(POLICY))
        policy["permission"][0]["assignee"] = "urn:\u001b[2Jbob"
        ran = self.evaluate(policy, REQUEST, {})
        self.assertNotIn("\x1b", ran.stdout)
        self.assertIn("Inactive", ran.stdout)

    def test_mistakes_name_file_and_path(self):
        strange = json.loads(json.dumps(POLICY))
        strange["permission"][0]["colour"] = "red"
        for name, documents, place in (
                ("policy.json", (strange, REQUEST, {}), "$.permission[0].colour: "),
                ("policy.json", ("{", REQUEST, {}), "line 1"),
                ("policy.json", (REQUEST, REQUEST, {}), "$: "),
                ("request.json", (POLICY, POLICY | {"permission": []}, {}), "$"),
                ("world.json", (POLICY, REQUEST, {"time": 5}), "$.time: ")):
            ran = self.evaluate(*documents, "--json")
            self.assertEqual(ran.returncode, 2, ran.stderr)
            message = json.loads(ran.stdout)["error"]["message"]
            self.assertIn(f"{name}: ", message)
            self.assertIn(place, message)

    def test_a_missing_file_and_a_missing_option(self):
        ran = subprocess.run([str(BINARY), "policy", "evaluate", "--policy", "none.json",
                              "--request", "none.json", "--world", "none.json", "--json"],
                             cwd=self.dir, env=self.env, text=True, capture_output=True)
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(json.loads(ran.stdout)["error"]["reason"], "FILE_UNREADABLE")
        ran = subprocess.run([str(BINARY), "policy", "evaluate", "--policy", "none.json"],
                             cwd=self.dir, env=self.env, text=True, capture_output=True)
        self.assertEqual(ran.returncode, 2)

    def test_nothing_is_left_behind(self):
        self.judge(POLICY, REQUEST, {})
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])
        self.assertEqual(sorted(f.name for f in self.dir.iterdir()),
                         ["policy.json", "request.json", "tmp", "world.json"])

    def test_without_opa_nothing_is_judged(self):
        self.env["CONNECTOR_OPA"] = "/nonexistent/opa"
        ran = self.evaluate(POLICY, REQUEST, {}, "--json")
        self.assertEqual(ran.returncode, 4)
        self.assertEqual(json.loads(ran.stdout)["error"]["reason"], "OPA_NOT_FOUND")


if __name__ == "__main__":
    unittest.main()
