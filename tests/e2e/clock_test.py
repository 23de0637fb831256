"""The provider's clock jumps by a day and by ten years: nothing is accepted outside its window, nothing
spins or sleeps, and all is well again when the clock is."""

import os
import pathlib
import subprocess
import time
import unittest

from partner_client import Partner, log_of
from world import World, until

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
DAY, YEAR = 86_400, 365 * 86_400
WINDOW, SKEW = 300, 60
JUMPS = {"+1 day": DAY + 600, "-1 day": -DAY - 600, "+10 years": 10 * YEAR, "-10 years": -10 * YEAR}


def libfaketime():
    if FAKETIME.exists():
        return FAKETIME
    return next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class ClockJumps(World):
    served = False

    def setUp(self):
        self.library = libfaketime()
        if self.library is None:
            print("SKIPPED: libfaketime is not here (deploy/packages.txt)")
            self.skipTest("no libfaketime")
        # Made three days ago, so that the certificates are valid a day ago as well.
        os.environ.update(LD_PRELOAD=str(self.library), FAKETIME="-3d")
        self.addCleanup(self.right_time)
        super().setUp()

    @staticmethod
    def right_time():
        for name in ("LD_PRELOAD", "FAKETIME"):
            os.environ.pop(name, None)

    def prepare(self):
        self.right_time()
        super().prepare()
        self.offset = self.folder / "offset"
        self.jump(0)
        self.supplier.serve(environment={
            "LD_PRELOAD": str(self.library), "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"})
        self.import_examples()
        self.partner = Partner(self.maker, self.supplier, self.folder / "modules")
        self.sent = {}

    def jump(self, seconds):
        fresh = self.folder / "offset.new"
        fresh.write_text(f"{seconds:+d}")
        os.replace(fresh, self.offset)

    def ask(self, issued=None):
        request_id, envelope = self.partner.request("orders", "order-tracking", issued)
        self.sent[request_id] = envelope
        return request_id, envelope, self.partner.outcome(envelope)

    def opened(self):
        return [one["request_id"] for one in log_of(self.supplier) if one["kind"] == "fetch.opened"]

    def cpu_seconds(self):
        """Of the connector's threads and its OPA. gRPC's own threads, which it gives names, wait by the
        kernel's clock, which libfaketime cannot change: with a clock faked into the past they find each
        wait over at once. That says nothing about a real jump."""
        own = self.supplier.process.pid
        opa = subprocess.run(["pgrep", "-P", str(own)], text=True, capture_output=True).stdout.split()
        ticks = 0
        for thread in [path for pid in (own, *opa) for path in pathlib.Path(f"/proc/{pid}/task").iterdir()]:
            name, fields = (thread / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            if name in ("connector", "opa"):
                ticks += sum(map(int, fields.split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def test_clock_jumps(self):
        executed = []
        for name, seconds in JUMPS.items():
            early, early_envelope, outcome = self.ask()
            self.assertEqual(outcome, "receipt", f"before {name}")
            executed.append(early)
            self.jump(seconds)
            self.refused_after_the_jump(name, early_envelope)
            executed += self.in_its_own_time(name, seconds)
            spent, watched = self.at_rest()
            if seconds > YEAR:
                self.assertEqual(self.supplier.probe("/readyz")[0], 503, "its certificate is expired")
            self.jump(0)
            took = self.recovers(name, early_envelope, executed)
            print(f"{name}: at rest {spent:.2f} CPU s in {watched:.1f} s; back after {took:.2f} s")
            self.assertLess(spent, watched / 4, "something spins")
        self.assertEqual(sorted(self.opened()), sorted(executed))
        print(f"{len(self.sent)} requests over {len(JUMPS)} jumps there and back, "
              f"{len(executed)} executed, 0 twice or outside their window")

    def refused_after_the_jump(self, name, early):
        # Ten years away the certificates are not valid either: no connection.
        for outcome in (self.partner.outcome(early), self.ask()[2]):
            self.assertIn(outcome, ("REQUEST_STALE", "UNAVAILABLE"), f"the right time after {name}")

    def in_its_own_time(self, name, seconds):
        """Requests dated by the clock that is wrong: inside the window good, outside never."""
        if abs(seconds) > YEAR:
            return []
        now = time.time() + seconds
        for issued in (now - WINDOW - SKEW - 5, now + SKEW + 5):
            self.assertEqual(self.ask(issued)[2], "REQUEST_STALE", f"{issued - now:+.0f} s, {name}")
        inside = [self.ask(issued) for issued in (now - WINDOW + 5, now, now + SKEW - 5)]
        self.assertEqual([one[2] for one in inside], ["receipt"] * 3, f"inside the window, {name}")
        return [one[0] for one in inside]

    def at_rest(self):
        self.assertEqual(self.supplier.probe("/livez")[0], 200)
        time.sleep(0.5)
        before, start = self.cpu_seconds(), time.monotonic()
        time.sleep(2)
        return self.cpu_seconds() - before, time.monotonic() - start

    def recovers(self, name, early, executed):
        start = time.monotonic()
        until(lambda: self.supplier.probe("/readyz")[0] == 200, 10, f"ready after {name} and back")
        request_id, _, outcome = self.ask()
        took = time.monotonic() - start
        self.assertEqual(outcome, "receipt", f"after {name} and back")
        executed.append(request_id)
        # The early one is within its five minutes still: its id must not have been forgotten.
        self.assertEqual(self.partner.outcome(early), "REPLAYED", f"after {name} and back")
        return took


if __name__ == "__main__":
    unittest.main()
