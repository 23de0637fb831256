#!/usr/bin/env python3
"""Recomputes every worked example of docs/formats.md, from what the document says and nothing else.

usage: formats_examples.py [--write] [FILE]

Each example is a fenced block after a line `<!-- example: NAME -->`. Without --write the blocks are
compared; exit 1 if one differs, is missing or is not known here.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "formats.md"
BLOCK = re.compile(r"(<!-- example: ([a-z -]+) -->\n```[a-z]*\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE)

SEEDS = {  # RFC 8032, section 7.1, tests 1 to 3
    "consumer": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "provider": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "log": "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
}
PROVIDER = "did:web:brink.example/almelo"
CONSUMER = "did:web:veldkamp.example/hengelo"
REQUEST_ID = "5f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11"
ISSUED = 1750000000
NS = 1_000_000_000
RECORDS = [bytes.fromhex("0a02080152033a0131"), bytes.fromhex("0a02080152033a0132")]
MASKED = [("order_line.price", 1), ("order_line.buyer", 3)]


def sha(data):
    return hashlib.sha256(data).digest()


def b64(data):
    return base64.b64encode(data).decode()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Key:
    def __init__(self, seed):
        self.private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = sha(self.public).hex()[:16]


KEYS = {name: Key(seed) for name, seed in SEEDS.items()}


def pae(payload_type, payload):
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)


def envelope(name, key, payload):
    payload_type = f"application/vnd.valuechain.{name}.v1+json"
    signature = key.private.sign(pae(payload_type, payload))
    return {"payloadType": payload_type, "payload": b64(payload),
            "signatures": [{"keyid": key.id, "sig": b64(signature)}]}


def request():
    return compact({
        "request_id": REQUEST_ID, "from": CONSUMER, "audience": PROVIDER, "issued": str(ISSUED),
        "dataset": "orders", "purpose": "order-tracking", "agreement_id": "",
        "filter": {"kinds": ["order_line"], "order_numbers": ["AEG012345"], "item_keys": [],
                   "event_from": "", "event_to": "1760000000000000000"},
        "changed_since": "", "resume": {"first_request": "", "chain_head": "", "position": ""}})


def order_digest():
    asked = json.loads(request())
    return sha(compact({name: asked[name] for name in
                        ("from", "audience", "dataset", "purpose", "agreement_id", "filter",
                         "changed_since")})).hex()


def chain():
    batch = hashlib.sha256()
    for record in RECORDS:
        batch.update(sha(record))
    start = sha(b"valuechain/batch-chain/v1/start\n" + sha(request()))
    masks = len(MASKED).to_bytes(4, "big")
    for path, operation in MASKED:
        masks += len(path).to_bytes(4, "big") + path.encode() + bytes([operation])
    head = sha(b"valuechain/batch-chain/v1/next\n" + start + (1).to_bytes(8, "big") + batch.digest() + masks)
    return batch.digest(), start, head


def head():
    return compact({"first_request": REQUEST_ID, "index": "1", "chain_head": chain()[2].hex()})


def receipt():
    return compact({
        "provider": PROVIDER, "consumer": CONSUMER, "request_id": REQUEST_ID,
        "first_request": REQUEST_ID, "agreement_id": "", "dataset": "orders",
        "purpose": "order-tracking", "request_digest": sha(request()).hex(),
        "chain_head": chain()[2].hex(), "batches": "1", "records": str(len(RECORDS)),
        "bytes": str(sum(map(len, RECORDS))), "revision": "e" * 64, "decision_id": "decision-1",
        "position": b64(b"opaque"), "checkpoint": checkpoint(PROVIDER, entries()[:1]),
        "time": str((ISSUED + 2) * NS)})


def acknowledgement():
    return compact({
        "consumer": CONSUMER, "provider": PROVIDER, "first_request": REQUEST_ID,
        "receipt_digest": sha(receipt()).hex(), "checkpoint": "", "time": str((ISSUED + 3) * NS)})


def connector(name):
    participant, site = name.rsplit("/", 1)
    return {"participant": participant, "site": site}


def entry(kind, seconds, nonce, **members):
    texts = ("role", "request_id", "first_request", "agreement_id", "dataset", "purpose",
             "request_digest", "chain_head", "revision", "decision_id", "journal_digest", "outcome",
             "reason", "receipt_digest", "checkpoint", "subject", "detail")
    value = {"v": "1", "kind": kind, "time": str((ISSUED + seconds) * NS),
             "self": connector(PROVIDER), "partner": connector(CONSUMER)}
    value.update({name: members.get(name, "") for name in texts})
    value.update({name: members.get(name, "0") for name in ("batches", "records", "bytes")})
    value.update({"uid": "-1", "nonce": bytes([nonce] * 32).hex()})
    return compact(value)


def entries():
    """The provider's three entries of the fetch. The last two name the receipt, which names a
    checkpoint of the log with the first one alone."""
    asked = {"role": "provider", "request_id": REQUEST_ID, "first_request": REQUEST_ID,
             "dataset": "orders", "purpose": "order-tracking",
             "request_digest": sha(request()).hex(), "revision": "e" * 64,
             "decision_id": "decision-1", "journal_digest": "d" * 64}
    return [entry("fetch.opened", 1, 1, chain_head=chain()[1].hex(), **asked)]


def all_entries():
    digest = sha(receipt()).hex()
    asked = json.loads(entries()[0])
    same = {name: asked[name] for name in ("role", "request_id", "first_request", "dataset", "purpose",
                                           "request_digest", "revision", "decision_id",
                                           "journal_digest")}
    closed = entry("fetch.closed", 2, 2, chain_head=chain()[2].hex(), batches="1",
                   records=str(len(RECORDS)), bytes=str(sum(map(len, RECORDS))),
                   outcome="complete", receipt_digest=digest, **same)
    said = entry("fetch.acknowledged", 3, 3, role="provider", request_id=REQUEST_ID,
                 first_request=REQUEST_ID, receipt_digest=digest)
    return entries() + [closed, said]


def leaf(data):
    return sha(b"\0" + data)


def node(left, right):
    return sha(b"\1" + left + right)


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(root(leaves[:split]), root(leaves[split:]))


def key_hash(origin, public):
    return sha(origin.encode() + b"\n\x01" + public)[:4]


def log_key(origin):
    public = KEYS["log"].public
    return f"{origin}+{key_hash(origin, public).hex()}+{b64(bytes([1]) + public)}"


def checkpoint(origin, logged):
    body = f"{origin}\n{len(logged)}\n{b64(root([leaf(one) for one in logged]))}\n"
    key = KEYS["log"]
    signature = key_hash(origin, key.public) + key.private.sign(body.encode())
    return f"{body}\n\u2014 {origin} {b64(signature)}\n"


def introduction():
    return compact({
        "participant": "did:web:brink.example", "site": "almelo", "name": "Brink",
        "addresses": ["192.0.2.7:7443"], "anchor": "-----BEGIN CERTIFICATE-----\n...",
        "keys": [{"public_key": b64(KEYS["provider"].public), "valid_from": str(ISSUED),
                  "valid_to": str(ISSUED + 31536000)}],
        "log_key": log_key(PROVIDER), "sequence": "1", "previous": "",
        "claimed_ids": ["gln:8712345000004"], "issued": str(ISSUED)})


def fingerprint():
    payload = introduction()
    sealed = envelope("introduction", KEYS["provider"], payload)
    parts = [sealed["payloadType"].encode(), payload, KEYS["provider"].id.encode(),
             base64.b64decode(sealed["signatures"][0]["sig"])]
    digest = sha(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hex()
    return " ".join(digest[i:i + 4] for i in range(0, 64, 4))


def item_key(*texts):
    return sha(b"".join(len(text).to_bytes(4, "big") + text.encode() for text in ("v1", *texts)))[:16].hex()


def with_check_digit(digits):
    weighted = sum(int(c) * (1 if n % 2 else 3) for n, c in enumerate(reversed(digits)))
    return digits + str(-weighted % 10)


def trade_item(prefix, reference):
    return with_check_digit(reference[0] + prefix + reference[1:])


def identifiers():
    bracket = trade_item("8712346", "000012")
    return table(
        ("gtin 4006381333931", "gtin " + "4006381333931".zfill(14)),
        ("urn:epc:id:sgtin:8712346.000012.E1", f"sgtin {bracket}.E1"),
        (f"https://id.gs1.org/01/{bracket}/21/E1", f"sgtin {bracket}.E1"),
        ("urn:epc:id:sgln:8712346.00000.0", "sgln " + with_check_digit("871234600000")),
        ("urn:epc:id:sscc:8712346.3000000017", "sscc " + trade_item("8712346", "3000000017")),
        ("URN:UUID:5F0C3A52-7F0E-4F5E-9D55-6A4F2F6D1B11", f"uuid {REQUEST_ID}"),
        ("vat nl 8123.45.678.B01", "vat NL812345678B01"),
        ("0088 8712346000003", "gln 8712346000003"))


def more_item_keys():
    seller = "gln:8712346000003"
    bracket = trade_item("8712346", "000012")
    tuples = [
        ("gtin", "", bracket, "model", ""),
        ("gtin", "", bracket, "item", "E1"),
        ("seller-part", seller, "BR-100", "model", ""),
        ("seller-part", seller, "BR-100", "item", "E1"),
        ("sscc", "", trade_item("8712346", "3000000017"), "", "")]
    return table(*((" ".join(text or "-" for text in one), item_key(*one)) for one in tuples))


def table(*rows):
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}}  {value}\n" for name, value in rows)


def line(data):
    return data.decode() + "\n"


def statement(kind, members):
    first = {"consumer": CONSUMER, "provider": PROVIDER, "agreement_id": REQUEST_ID}
    last = {"checkpoint": checkpoint(CONSUMER, []), "time": str((ISSUED + 4) * NS)}
    return compact({**first, **members, **last})


def use_statement():
    return statement("use-statement", {"uses": "3", "last_use": str((ISSUED + 3) * NS), "occasion": "", "purpose": "",
                                       "application": ""})


def deletion_proof():
    return statement("deletion-proof", {"duty": "permission[0].duty[0]", "due": str((ISSUED + 3) * NS),
                                        "deleted": str((ISSUED + 3) * NS), "records": "2", "uses": "3"})


def negotiation():
    return compact({
        "message": "accepted", "consumer_pid": "0c1f7a52-7f0e-4f5e-9d55-6a4f2f6d1b11",
        "provider_pid": "9a2b6f10-11aa-4c3d-8e7f-000000000001", "from": CONSUMER, "audience": PROVIDER,
        "issued": str(ISSUED), "offer": "quality-project-y", "offer_digest": "e" * 64, "policy": None, "changed": [],
        "agreement": "", "agreement_digest": "", "revision": "", "reason": "", "text": ""})


def agreement_end():
    return compact({"agreement": "6f1d2c3b-0000-4000-8000-00000000a9e1", "from": PROVIDER, "audience": CONSUMER,
                    "time": str(ISSUED), "reason": "project Y is over"})


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def lp(text):
    data = text if isinstance(text, bytes) else text.encode()
    return len(data).to_bytes(4, "big") + data


def vault():
    data_key = bytes(range(32))
    extracted = mac(bytes(32), data_key)
    object_key = mac(extracted, b"valuechain/vault/v1/object/a/1/0\x01")
    index_key = mac(extracted, b"valuechain/vault/v1/index\x01")
    associated = b"valuechain/vault/v1/object\n" + lp(REQUEST_ID) + lp("a/1/0") + lp("orders")
    sealed = bytes(12) + AESGCM(object_key).encrypt(bytes(12), RECORDS[0], associated)
    return table(("record", RECORDS[0].hex()), ("object key", object_key.hex()), ("sealed", sealed.hex()),
                 ("index key", index_key.hex()), ("tag of order 17", mac(index_key, lp("order") + lp("17"))[:16].hex()))


def examples():
    batch, start, first = chain()
    leaves = [leaf(one) for one in all_entries()]
    request_envelope = envelope("request", KEYS["consumer"], request())
    return {
        "keys": table(*((name, f"{key.public.hex()} {key.id}") for name, key in KEYS.items())),
        "encoding": line(pae("http://example.com/HelloWorld", b"hello world")),
        "request": line(request()),
        "request envelope": line(compact(request_envelope)),
        "request digests": table(("payload", sha(request()).hex()), ("order", order_digest())),
        "batch chain": table(("record 1", RECORDS[0].hex()), ("record 2", RECORDS[1].hex()),
                             ("batch", batch.hex()), ("start", start.hex()), ("head 1", first.hex())),
        "batch head": line(head()),
        "receipt": line(receipt()),
        "receipt digest": line(sha(receipt()).hex().encode()),
        "acknowledgement": line(acknowledgement()),
        "log entries": "".join(line(one) for one in all_entries()),
        "tree": table(*((f"leaf {i}", one.hex()) for i, one in enumerate(leaves)),
                      ("node 0-1", node(leaves[0], leaves[1]).hex()), ("root", root(leaves).hex())),
        "checkpoint": checkpoint(PROVIDER, all_entries()),
        "log key": log_key(PROVIDER) + "\n",
        "inclusion": table(("index 0", leaves[1].hex()), ("", leaves[2].hex()),
                           ("index 2", node(leaves[0], leaves[1]).hex())),
        "consistency": table(("from 2", leaves[2].hex()), ("from 1", leaves[1].hex()),
                             ("", leaves[2].hex())),
        "introduction": line(introduction()),
        "negotiation": line(negotiation()),
        "agreement end": line(agreement_end()),
        "use statement": line(use_statement()),
        "deletion proof": line(deletion_proof()),
        "vault": vault(),
        "fingerprint": fingerprint() + "\n",
        "identifiers": identifiers(),
        "item key": item_key("gtin", "", "04006381333931", "batch", "LOT-7") + "\n",
        "more item keys": more_item_keys(),
    }


def main():
    arguments = [one for one in sys.argv[1:] if one != "--write"]
    document = pathlib.Path(arguments[0]) if arguments else DOCUMENT
    text = document.read_text()
    known = examples()
    found = {name: body for _, name, body, _ in BLOCK.findall(text)}
    if "--write" in sys.argv:
        document.write_text(BLOCK.sub(lambda m: m[1] + known[m[2]] + m[4], text))
        return 0
    wrong = [name for name in known if found.get(name) != known[name]]
    wrong += [f"{name} (not known)" for name in found if name not in known]
    for name in wrong:
        print(f"{document}: example \"{name}\" differs\n  says     {found.get(name)!r}\n"
              f"  computed {known.get(name)!r}")
    print(f"{len(known)} examples, {len(wrong)} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
