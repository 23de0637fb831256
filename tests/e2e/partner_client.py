"""A partner's program that sends what it likes: signed requests, as often and as old as a test wants."""

import hashlib
import json
import subprocess
import sys
import time
import uuid

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from world import ROOT

SERVICE = "/valuechain.exchange.v1.ExchangeService/"


def protocol(folder):
    """The generated messages of the exchange."""
    folder.mkdir(exist_ok=True)
    protos = [str(path) for path in (ROOT / "proto").rglob("*.proto")]
    subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={folder}", *protos], check=True)
    sys.path.insert(0, str(folder))
    try:
        from valuechain.exchange.v1 import exchange_pb2
    finally:
        sys.path.remove(str(folder))
    return exchange_pb2


def reason_of(error):
    """The reason of the one ErrorInfo in the status details; the code where there is none."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            info = value[value.index(b"google.rpc.ErrorInfo") + len("google.rpc.ErrorInfo"):]
            size = next(n for n, byte in enumerate(info[1:], 1) if byte < 0x80)  # of the tag and length
            info = info[1 + size:]
            assert info[0] == 0x0A, info  # ErrorInfo.reason
            return info[2:2 + info[1]].decode()
    return error.code().name


class Partner:
    """Speaks for one connector (self) to another, with the first one's keys."""

    def __init__(self, own, other, folder):
        self.own, self.other, self.pb = own, other, protocol(folder)
        keys = own.dir / "keys"
        self.key = load_pem_private_key((keys / "signing.pem").read_bytes(), None)
        assert isinstance(self.key, Ed25519PrivateKey)
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(public).hexdigest()[:16]

    def channel(self, port=None):
        keys = self.own.dir / "keys"
        anchor = (self.other.dir / "keys" / "ca.pem").read_bytes()
        credentials = grpc.ssl_channel_credentials(anchor, (keys / "client.key").read_bytes(),
                                                   (keys / "client.pem").read_bytes())
        # Each its own connection: a cut one must not be shared.
        return grpc.secure_channel(f"127.0.0.1:{port or self.other.port}", credentials,
                                   options=[("grpc.use_local_subchannel_pool", 1)])

    def signed(self, name, value):
        kind = f"application/vnd.valuechain.{name}.v1+json"
        payload = json.dumps(value, separators=(",", ":")).encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        signature = self.pb.Signature(key_id=self.key_id, signature=self.key.sign(pae))
        return self.pb.Envelope(payload_type=kind, payload=payload, signatures=[signature])

    def request(self, dataset, purpose, issued=None, agreement=""):
        """(request id, signed request)"""
        request_id = str(uuid.uuid4())
        return request_id, self.signed("request", {
            "request_id": request_id, "from": self.own.id, "audience": self.other.id,
            "issued": str(int(time.time() if issued is None else issued)), "dataset": dataset,
            "purpose": purpose, "agreement_id": agreement, "changed_since": "",
            "filter": {"kinds": [], "order_numbers": [], "item_keys": [], "event_from": "",
                       "event_to": ""},
            "resume": {"first_request": "", "chain_head": "", "position": ""}})

    def acknowledgement(self, request_id, receipt):
        return self.signed("acknowledgement", {
            "consumer": self.own.id, "provider": self.other.id, "first_request": request_id,
            "receipt_digest": hashlib.sha256(receipt.payload).hexdigest(), "checkpoint": "",
            "time": str(time.time_ns())})

    def start_fetch(self, channel, envelope, timeout=20):
        call = channel.unary_stream(SERVICE + "Fetch", self.pb.FetchRequest.SerializeToString,
                                    self.pb.FetchResponse.FromString)
        return call(self.pb.FetchRequest(request=envelope), timeout=timeout)

    def start_acknowledge(self, channel, envelope, timeout=20):
        call = channel.unary_unary(SERVICE + "Acknowledge",
                                   self.pb.AcknowledgeRequest.SerializeToString,
                                   self.pb.AcknowledgeResponse.FromString)
        return call.future(self.pb.AcknowledgeRequest(acknowledgement=envelope), timeout=timeout)

    def outcome(self, envelope, port=None):
        """One call: "receipt", or the reason of the refusal."""
        with self.channel(port) as channel:
            try:
                parts = list(self.start_fetch(channel, envelope))
                assert parts[-1].WhichOneof("part") == "receipt"
                return "receipt"
            except grpc.RpcError as error:
                return reason_of(error)


def log_of(connector):
    """The entries of its log behind the first, which introduces it."""
    entries = []
    while page := connector.run("audit", "list", "--limit", "1000", "--after",
                                str(len(entries) + 1))["entries"]:
        entries += page
    return entries
