"""Retries are safe: however a call is lost, its request is executed once at most."""

import collections
import os
import random
import select
import socket
import threading
import unittest

import grpc

from partner_client import Partner, log_of, reason_of
from world import FULL, World

CASES = 2000 if FULL else 300
SEED = int(os.environ.get("SEED", "4711"))
ATTEMPTS = 2


class FaultProxy:
    """Passes a connection on, and cuts it when so many bytes came from the server; None: never."""

    def __init__(self, port):
        self.real, self.cut_after, self.cuts = port, None, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client, self.cut_after), daemon=True).start()

    def serve(self, client, cut_after):
        with client, socket.create_connection(("127.0.0.1", self.real)) as server:
            passed = 0
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    try:
                        data = ready.recv(4096)
                        if ready is server and cut_after is not None:
                            data, lost = data[:cut_after - passed], data
                            passed += len(data)
                            if len(lost) > len(data):
                                client.sendall(data)
                                self.cuts += 1
                                return
                        if not data:
                            return
                        (server if ready is client else client).sendall(data)
                    except OSError:
                        return


class Retries(World):
    served = False

    def prepare(self):
        super().prepare()
        config = self.supplier.dir / "connector.yaml"
        config.write_text(config.read_text() + "exchange:\n  max_unacknowledged: 100000\n")

    def setUp(self):
        super().setUp()
        self.supplier.serve()
        self.import_examples()
        self.partner = Partner(self.maker, self.supplier, self.folder / "modules")
        self.chance = random.Random(SEED)
        self.proxy = FaultProxy(self.supplier.port)
        self.addCleanup(self.proxy.listener.close)
        print(f"seed {SEED}, {CASES} cases")

    def lossy(self, start, finish):
        """Through the proxy: cut at a random byte, cancelled at a random moment, or neither."""
        how = self.chance.choice(("cut", "cut", "cancel", "cancel", "whole"))
        self.proxy.cut_after = self.chance.randrange(0, 9000) if how == "cut" else None
        with self.partner.channel(self.proxy.port) as channel:
            if how == "cancel":  # most of them in the few milliseconds in which it is under way
                grpc.channel_ready_future(channel).result(timeout=20)
            call = start(channel)
            timer = threading.Timer(self.chance.expovariate(1 / 0.008), call.cancel)
            if how == "cancel":
                timer.start()
            try:
                return finish(call)
            finally:
                timer.cancel()

    def attempt(self, start, finish):
        """What came, and why nothing did: none of both where the answer was lost."""
        try:
            return self.lossy(start, finish), None
        except grpc.FutureCancelledError:
            return None, None
        except grpc.RpcError as error:
            lost = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
            return None, None if lost else reason_of(error)

    def test_a_fetch_is_executed_once_however_often_it_is_sent(self):
        sent, receipts, outcomes = [], {}, collections.Counter()
        for _ in range(CASES):
            request_id, envelope = self.partner.request("orders", "order-tracking")
            sent.append(request_id)
            answers = []
            for _ in range(ATTEMPTS):
                parts, refusal = self.attempt(
                    lambda channel: self.partner.start_fetch(channel, envelope), list)
                answers += ["receipt"] if parts else [refusal] if refusal else []
                if parts:
                    receipts[request_id] = parts[-1].receipt
            last = self.partner.outcome(envelope)  # without a fault: an answer for certain
            # An answer, then refusals: the one who repeats is never served a second time.
            self.assertIn(last, ("receipt", "REPLAYED"))
            self.assertEqual((answers + [last])[1:], ["REPLAYED"] * len(answers), request_id)
            outcomes["lost" if last == "REPLAYED" and "receipt" not in answers else "answered"] += 1
        opened = collections.Counter(one["request_id"] for one in log_of(self.supplier)
                                     if one["kind"] == "fetch.opened")
        executed = [opened[request_id] for request_id in sent]
        print(f"{CASES} requests sent {ATTEMPTS + 1} times, {self.proxy.cuts} answers cut; "
              f"executed once: {executed.count(1)}, never: {executed.count(0)}, "
              f"more than once: {sum(one > 1 for one in executed)}; {dict(outcomes)}")
        self.assertEqual(executed, [1] * CASES)
        self.assertGreater(outcomes["lost"], CASES // 20, "answers were lost, or nothing was tested")
        self.assertGreater(outcomes["answered"], CASES // 20)

    def test_an_acknowledgement_counts_once_however_often_it_is_sent(self):
        count = CASES // 3
        sent = []
        for _ in range(count):
            request_id, envelope = self.partner.request("orders", "order-tracking")
            with self.partner.channel() as channel:
                receipt = list(self.partner.start_fetch(channel, envelope))[-1].receipt
            said = self.partner.acknowledgement(request_id, receipt)
            for _ in range(ATTEMPTS):
                self.attempt(lambda channel: self.partner.start_acknowledge(channel, said),
                             lambda call: call.result())
            with self.partner.channel() as channel:
                self.partner.start_acknowledge(channel, said).result()
            sent.append(request_id)
        counted = collections.Counter(one["request_id"] for one in log_of(self.supplier)
                                      if one["kind"] == "fetch.acknowledged")
        logged = [counted[request_id] for request_id in sent]
        print(f"{count} acknowledgements sent {ATTEMPTS + 1} times; logged once: {logged.count(1)}")
        self.assertEqual(logged, [1] * count)


if __name__ == "__main__":
    unittest.main()
