"""A client of a partner's connector, written from the protos and docs/formats.md alone.

usage: fetch.py KEYS INTRODUCTION SELF DATASET PURPOSE     (generated modules on PYTHONPATH)
KEYS: client.pem, client.key, signing.pem; INTRODUCTION: the partner's file; SELF: "did:web:x/site"
"""
import base64, hashlib, json, pathlib, sys, time, uuid  # noqa: E401

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from valuechain.exchange.v1 import exchange_pb2 as pb

folder, ME, DATASET, PURPOSE = pathlib.Path(sys.argv[1]), *sys.argv[3:6]
partner = json.loads(base64.b64decode(json.loads(pathlib.Path(sys.argv[2]).read_text())["payload"]))
PARTNER = f"{partner['participant']}/{partner['site']}"
own_key = load_pem_private_key((folder / "signing.pem").read_bytes(), None)
own_id = hashlib.sha256(own_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
their_keys = {hashlib.sha256(raw).hexdigest()[:16]: Ed25519PublicKey.from_public_bytes(raw)
              for raw in (base64.b64decode(key["public_key"]) for key in partner["keys"])}


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def seal(name, value):
    kind, payload = f"application/vnd.valuechain.{name}.v1+json", json.dumps(value, separators=(",", ":")).encode()
    signature = pb.Signature(key_id=own_id, signature=own_key.sign(pae(kind, payload)))
    return pb.Envelope(payload_type=kind, payload=payload, signatures=[signature])


def unseal(name, envelope):
    assert envelope.payload_type == f"application/vnd.valuechain.{name}.v1+json"
    (signature,) = envelope.signatures
    their_keys[signature.key_id].verify(signature.signature, pae(envelope.payload_type, envelope.payload))
    return json.loads(envelope.payload)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sized(data):
    return len(data).to_bytes(4, "big") + data


channel = grpc.secure_channel(partner["addresses"][0], grpc.ssl_channel_credentials(
    partner["anchor"].encode(), (folder / "client.key").read_bytes(), (folder / "client.pem").read_bytes()))
service = "/valuechain.exchange.v1.ExchangeService/"
fetch = channel.unary_stream(service + "Fetch", pb.FetchRequest.SerializeToString, pb.FetchResponse.FromString)
acknowledge = channel.unary_unary(service + "Acknowledge", pb.AcknowledgeRequest.SerializeToString,
                                  pb.AcknowledgeResponse.FromString)

request_id = str(uuid.uuid4())
request = seal("request", {
    "request_id": request_id, "from": ME, "audience": PARTNER, "issued": str(int(time.time())),
    "dataset": DATASET, "purpose": PURPOSE, "agreement_id": "", "changed_since": "",
    "filter": {"kinds": [], "order_numbers": [], "item_keys": [], "event_from": "", "event_to": ""},
    "resume": {"first_request": "", "chain_head": "", "position": ""}})
head, records = sha(b"valuechain/batch-chain/v1/start\n", sha(request.payload)), []
for part in fetch(pb.FetchRequest(request=request), timeout=30):
    batch = part.batch
    if part.WhichOneof("part") == "batch":
        masks = b"".join(sized(mask.path.encode()) + bytes([mask.operation]) for mask in batch.masked)
        head = sha(b"valuechain/batch-chain/v1/next\n", head, batch.index.to_bytes(8, "big"),
                   sha(*map(sha, batch.records)), len(batch.masked).to_bytes(4, "big"), masks)
        assert batch.chain_head == head
        assert unseal("batch-head", batch.head) == {
            "first_request": request_id, "index": str(batch.index), "chain_head": head.hex()}
        records += batch.records
    else:
        receipt = unseal("receipt", part.receipt)
        assert receipt["chain_head"] == head.hex() and int(receipt["records"]) == len(records)
digest = sha(part.receipt.payload).hex()
said = seal("acknowledgement", {"consumer": ME, "provider": PARTNER, "first_request": request_id,
                                "receipt_digest": digest, "checkpoint": "", "time": str(time.time_ns())})
answer = acknowledge(pb.AcknowledgeRequest(acknowledgement=said), timeout=30)
print(json.dumps({"records": len(records), "receipt": digest, "checkpoint": answer.checkpoint}))
