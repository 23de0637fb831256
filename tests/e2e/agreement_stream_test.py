"""What ends an agreement ends a stream that is under way, with its reason."""

import datetime
import threading
import time
import unittest

import grpc

from partner_client import Partner, log_of, reason_of
from world import World, events

OFFER = "version: 1\ndatasets: [traceability]\ngroups: [customer]\npurposes: [traceability]\n"


class EndsOfStreams(World):
    def prepare(self):
        for one in self.all.values():
            one.agreements = "required"
        super().prepare()
        offers = self.supplier.dir / "policy" / "offers"
        offers.mkdir(exist_ok=True)
        (offers / "open.yaml").write_text(OFFER)

    def setUp(self):
        super().setUp()
        file = self.folder / "many.json"
        for part in range(12):  # more than sockets and windows take at once
            file.write_text(events(10_000, part * 10_000))
            self.supplier.run("import", "--dataset", "traceability", str(file))

    def read_until_cut(self, agreement, over, first=lambda: None):
        """Reads slowly until it is over; first is called after the first batch. Gives the reason."""
        partner = Partner(self.maker, self.supplier, self.folder / "modules")
        request_id, envelope = partner.request("traceability", "traceability", agreement=agreement)
        reason = None
        batches = 0
        with partner.channel() as channel:
            try:
                for part in partner.start_fetch(channel, envelope, timeout=60):
                    self.assertEqual(part.WhichOneof("part"), "batch", "the stream was over too early")
                    batches += 1
                    if batches == 1:
                        first()
                    if not over():
                        time.sleep(0.5)  # a reader that is in no hurry: most is yet to come
            except grpc.RpcError as error:
                reason = reason_of(error)
        entries = [one for one in log_of(self.supplier) if one.get("request_id") == request_id]
        closed = next(one for one in entries if one["kind"] == "fetch.closed")
        self.assertEqual(closed["outcome"], "broken")
        self.assertEqual(closed["agreement_id"], agreement)
        # A reader that does not take what is being written gets a reset in place of the reason.
        self.assertIn(reason, (closed["reason"], "CANCELLED"))
        return closed["reason"], time.monotonic()

    def test_an_agreement_that_is_ended(self):
        agreement = self.maker.run("negotiate", self.supplier.id, "open")["agreement"]
        ended = {}

        def end():
            self.supplier.run("agreement", "end", agreement, "--reason", "the project is over")
            ended["at"] = time.monotonic()
        thread = threading.Thread(target=end)
        reason, cut = self.read_until_cut(agreement, lambda: "at" in ended, thread.start)
        thread.join()
        self.assertEqual(reason, "AGREEMENT_ENDED")
        print(f"cut {max(cut - ended['at'], 0):.2f} s after the end was acknowledged")
        self.assertLess(cut - ended["at"], 3)  # 1 s is the promise; a busy machine gets some more

    def test_an_agreement_whose_time_is_over(self):
        def now():
            return datetime.datetime.now(datetime.timezone.utc)
        until = now() + datetime.timedelta(seconds=12)
        (self.supplier.dir / "policy" / "offers" / "short.yaml").write_text(
            OFFER + f"until: {until.isoformat(timespec='seconds').replace('+00:00', 'Z')}\n")
        self.supplier.run("policy", "publish")
        agreement = self.maker.run("negotiate", self.supplier.id, "short")["agreement"]
        reason, _ = self.read_until_cut(agreement, lambda: now() > until)
        late = (now() - until).total_seconds()
        self.assertEqual(reason, "AGREEMENT_TERM")
        print(f"cut {late:.2f} s after the agreement's time")
        self.assertGreater(late, -1.5)
        self.assertLess(late, 3)
        refused = self.maker.fails("fetch", self.supplier.id, "traceability", "--purpose",
                                   "traceability", "--agreement", agreement)
        self.assertEqual(refused.reason, "AGREEMENT_TERM")


if __name__ == "__main__":
    unittest.main()
