#!/usr/bin/env python3
"""Runs every command block (```sh) of README and docs, as a reader would.

Blocks of one document run in order in one empty folder, in which deploy/example stands. Two commands
cannot be run from inside a test and are held to what can be checked: tests/run (it would call itself;
its --help must work) and deploy/quickstart (it would build; what it ends with, `connector demo`, runs).

usage: commands.py BINARY
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTEAD = {"tests/run": [str(ROOT / "tests" / "run"), "--help"],
           "deploy/quickstart": ["connector", "demo"]}


def documents():
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))
    for folder in ("policy", "certs"):
        yield from sorted((ROOT / folder).glob("*.md"))


def run(command, folder, env):
    process = subprocess.run(INSTEAD.get(command, ["bash", "-euc", command]), cwd=folder, env=env,
                             text=True, capture_output=True, timeout=120)
    if process.returncode != 0:
        print(f"FAILED: {command}\n{process.stdout}{process.stderr}")
    return process.returncode == 0


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    env = dict(os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}")
    env.setdefault("CONNECTOR_OPA", str(ROOT / ".cache" / "opa" / "opa"))
    ran = failed = 0
    for document in documents():
        blocks = BLOCK.findall(document.read_text())
        if not blocks:
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="docs-"))
        shutil.copytree(ROOT / "deploy" / "example", folder / "deploy" / "example")
        for block in blocks:
            ran += 1
            failed += not run(block.strip(), folder, env)
        print(f"{document.relative_to(ROOT)}: {len(blocks)} blocks")
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{ran} command blocks, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
