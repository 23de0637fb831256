#!/usr/bin/env python3
"""A verifier must accept a sound export and refuse it with any bit of any file flipped; with --log, of the
files of the log: a verifier that reads no statements.

usage: flips.py [--log] FLIPS FOLDER VERIFIER...     FOLDER: what make_export wrote; exit 77: skipped
"""

import pathlib
import random
import shutil
import subprocess
import sys
import tempfile


def accepts(verifier, folder):
    done = subprocess.run([*verifier, str(folder)], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        print(done.stdout + done.stderr)
        sys.exit(2)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def main():
    log_only = sys.argv[1] == "--log"
    arguments = sys.argv[2 if log_only else 1:]
    flips, exports, verifier = int(arguments[0]), pathlib.Path(arguments[1]), arguments[2:]
    for folder in sorted(exports.iterdir()):
        sound, said = accepts(verifier, folder)
        print(said)
        if not sound:
            print(f"FAILED: {folder.name} is sound")
            return 1
    source = random.Random(7)
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "export"
        shutil.copytree(exports / "almelo", copy)
        of_log = [path for path in copy.rglob("*") if path.name == "checkpoint" or "tile" in path.parts]
        files = sorted(path for path in (of_log if log_only else copy.rglob("*")) if path.is_file())
        for _ in range(flips):
            path = source.choice(files)
            good = path.read_bytes()
            bit = source.randrange(8 * len(good))
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << (bit % 8)
            path.write_bytes(bad)
            if accepts(verifier, copy)[0]:
                print(f"FAILED: {path.relative_to(copy)}, bit {bit}: not found")
                missed += 1
            path.write_bytes(good)
    print(f"{flips} flips, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
