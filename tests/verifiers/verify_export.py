#!/usr/bin/env python3
"""Verifies an export of a connector's evidence, offline. Written from docs/formats.md alone.

usage: verify_export.py FOLDER [LOG_KEY]     prints what was verified; exit 1 at the first fault
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ENTRY_MEMBERS = [
    "v", "kind", "time", "self", "partner", "role", "request_id", "first_request", "agreement_id",
    "dataset", "purpose", "request_digest", "chain_head", "revision", "decision_id",
    "journal_digest", "outcome", "reason", "receipt_digest", "checkpoint", "subject", "detail",
    "batches", "records", "bytes", "uid", "nonce"]
RECEIPT_MEMBERS = {
    "provider", "consumer", "request_id", "first_request", "agreement_id", "dataset", "purpose",
    "request_digest", "chain_head", "batches", "records", "bytes", "revision", "decision_id",
    "position", "checkpoint", "time"}
ACKNOWLEDGEMENT_MEMBERS = {"consumer", "provider", "first_request", "receipt_digest", "checkpoint",
                           "time"}
FETCH_MEMBERS = {"role", "partner", "request_id", "first_request", "entries", "receipt",
                 "acknowledgement"}
TYPE = "application/vnd.valuechain.%s.v1+json"


class Fault(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Fault(what)


def sha(data):
    return hashlib.sha256(data).digest()


def strict_base64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 with another text than the canonical one")
    return data


def no_duplicates(pairs):
    need(len({key for key, _ in pairs}) == len(pairs), "a member twice")
    return dict(pairs)


def parse(data):
    return json.loads(data, object_pairs_hook=no_duplicates)


def signed(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


class NoteKey:
    def __init__(self, text):
        self.origin, key_hash, key = text.split("+", 2)
        raw = strict_base64(key)
        need(len(raw) == 33 and raw[0] == 1, "the log's key is not Ed25519")
        self.key = raw[1:]
        self.hash = sha(self.origin.encode() + b"\n\x01" + self.key)[:4]
        need(self.hash.hex() == key_hash, "the log's key has another hash")

    def open(self, note):
        """size and root of a checkpoint"""
        text, _, last = note.partition("\n\n")
        text += "\n"
        head = f"\u2014 {self.origin} "
        need(last.startswith(head) and last.endswith("\n") and last.count("\n") == 1,
             "the checkpoint has other signature lines")
        signature = strict_base64(last[len(head):-1])
        need(len(signature) == 68 and signature[:4] == self.hash, "signed by another key")
        need(signed(self.key, text.encode(), signature[4:]), "the checkpoint's signature")
        origin, size, root, rest = text.split("\n")
        need(origin == self.origin and rest == "" and str(int(size)) == size, "the checkpoint's form")
        root = strict_base64(root)
        need(len(root) == 32, "the checkpoint's root")
        return int(size), root


class Connector:
    def __init__(self, value):
        self.name = value["connector"]
        self.note_key = NoteKey(value["log_key"])
        need(self.note_key.origin == self.name, "the log's key names another origin")
        self.keys = {}
        for key in value["keys"]:
            raw = strict_base64(key["public_key"])
            need(sha(raw).hex()[:16] == key["key_id"], "a key id")
            self.keys[key["key_id"]] = raw, int(key["valid_from"]), int(key["valid_to"])

    def open(self, envelope, name, members):
        """the payload that this connector has signed, and its digest"""
        need(set(envelope) == {"payloadType", "payload", "signatures"}, "the envelope's members")
        need(envelope["payloadType"] == TYPE % name, "the payload type")
        (signature,) = envelope["signatures"]
        need(signature["keyid"] in self.keys, "the key is not known")
        payload = strict_base64(envelope["payload"])
        kind = envelope["payloadType"].encode()
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        key, valid_from, valid_to = self.keys[signature["keyid"]]
        need(signed(key, message, strict_base64(signature["sig"])), "the signature")
        value = parse(payload)
        need(set(value) == members, "the payload's members")
        need(valid_from <= int(value["time"]) // 10**9 <= valid_to, "the key was not valid then")
        return value, sha(payload).hex()


def leaf_hash(entry):
    return sha(b"\0" + entry)


def tree_root(hashes):
    """Levels from below: an odd last one moves up (the same tree as RFC 6962 defines)."""
    if not hashes:
        return sha(b"")
    while len(hashes) > 1:
        pairs = [sha(b"\1" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def tile_name(index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups) + (f".p/{width}" if width < 256 else "")


class Export:
    def __init__(self, folder, log_key):
        self.folder = pathlib.Path(folder)
        index = parse(self.file("export.json"))
        need(index["v"] == "1", "export.json: the version")
        self.self = Connector(index["self"])
        need(log_key in (None, index["self"]["log_key"]), "export.json: another log key")
        self.partners = {one["connector"]: Connector(one) for one in index["partners"]}
        self.fetches = int(index["fetches"])
        self.entries = []
        self.checked = {"tiles": 0, "receipts": set(), "acknowledgements": set(), "unverified": set()}

    def file(self, path):
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise Fault(f"{path}: {error.strerror}") from error

    def verify(self):
        size, root = self.self.note_key.open(self.file("checkpoint").decode())
        leaves = self.read_entries(size)
        self.check_tiles(leaves)
        need(tree_root(leaves) == root, "checkpoint: the root of the entries is another one")
        for n in range(self.fetches):
            try:
                self.check_fetch(parse(self.file(f"fetch/{n}.json")))
            except (Fault, KeyError, ValueError) as fault:
                raise Fault(f"fetch/{n}.json: {fault}") from fault
        self.check_complete()
        return size

    def read_entries(self, size):
        leaves = []
        for n in range((size + 255) // 256):
            width = min(256, size - 256 * n)
            path = "tile/entries/" + tile_name(n, width)
            data = self.file(path)
            for _ in range(width):
                length = int.from_bytes(data[:2], "big")
                entry, data = data[2:2 + length], data[2 + length:]
                need(len(entry) == length, f"{path}: cut off")
                leaves.append(leaf_hash(entry))
                self.take_entry(path, entry)
            need(not data, f"{path}: more than its entries")
        return leaves

    def take_entry(self, path, data):
        entry = parse(data)
        need(list(entry) == ENTRY_MEMBERS, f"{path}: an entry's members")
        need(entry["v"] == "1" and len(entry["nonce"]) == 64, f"{path}: an entry's form")
        again = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode()
        need(again == data, f"{path}: an entry with another text than the canonical one")
        owner = f"{entry['self']['participant']}/{entry['self']['site']}"
        need(owner == self.self.name, f"{path}: an entry of another log")
        self.entries.append(entry)

    def check_tiles(self, hashes):
        level = 0
        while hashes:
            above = []
            for n in range((len(hashes) + 255) // 256):
                part = hashes[256 * n:256 * n + 256]
                path = f"tile/{level}/" + tile_name(n, len(part))
                need(self.file(path) == b"".join(part), f"{path}: not the hashes of what is below")
                self.checked["tiles"] += 1
                if len(part) == 256:
                    above.append(tree_root(part))
            hashes, level = above, level + 1

    def named(self, kind, digest):
        return [one for one in self.entries
                if one["receipt_digest"] == digest and (one["kind"] == "fetch.acknowledged") == (kind == "said")]

    def check_fetch(self, fetch):
        need(set(fetch) == FETCH_MEMBERS, "the members of a fetch")
        need(fetch["role"] in ("provider", "consumer"), "the role")
        need(fetch["entries"] or not (fetch["receipt"] or fetch["acknowledgement"]), "no entry")
        need(len(set(fetch["entries"])) == len(fetch["entries"]), "an entry twice")
        for index in fetch["entries"]:
            self.check_entry(fetch, index)
        if fetch["partner"] not in self.partners:
            if fetch["receipt"]:
                self.checked["unverified"].add(sha(strict_base64(fetch["receipt"]["payload"])).hex())
            return
        partner = self.partners[fetch["partner"]]
        giver, taker = (self.self, partner) if fetch["role"] == "provider" else (partner, self.self)
        if fetch["receipt"]:
            self.check_receipt(*giver.open(fetch["receipt"], "receipt", RECEIPT_MEMBERS), giver, taker)
        if fetch["acknowledgement"]:
            said, _ = taker.open(fetch["acknowledgement"], "acknowledgement", ACKNOWLEDGEMENT_MEMBERS)
            need((said["provider"], said["consumer"]) == (giver.name, taker.name), "who acknowledges")
            need(self.named("said", said["receipt_digest"]), "no entry names the acknowledgement")
            self.checked["acknowledgements"].add(said["receipt_digest"])

    def check_entry(self, fetch, index):
        need(str(int(index)) == index, "the number of an entry")
        entry = self.entries[int(index)]
        said = entry["kind"] == "fetch.acknowledged"
        partner = f"{entry['partner']['participant']}/{entry['partner']['site']}"
        need(fetch["first_request"] == entry["first_request"] and
             (said or fetch["request_id"] == entry["request_id"]),
             f"entry {index} is of another request")
        need((fetch["role"], fetch["partner"]) == (entry["role"], partner), f"entry {index}: whose it is")

    def check_receipt(self, receipt, digest, giver, taker):
        need((receipt["provider"], receipt["consumer"]) == (giver.name, taker.name), "the parties")
        closing = self.named("closed", digest)
        need(closing, "no entry names the receipt")
        for member in ("first_request", "dataset", "chain_head", "batches", "records", "bytes"):
            need(closing[0][member] == receipt[member], f"receipt and entry differ in {member}")
        self.checked["receipts"].add(digest)

    def check_complete(self):
        for index, entry in enumerate(self.entries):
            digest = entry["receipt_digest"]
            said = entry["kind"] == "fetch.acknowledged"
            have = self.checked["acknowledgements" if said else "receipts"] | self.checked["unverified"]
            need(not digest or digest in have, f"entry {index} names a statement that is missing")


def main():
    export = None
    try:
        export = Export(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
        size = export.verify()
    except (Fault, KeyError, ValueError, IndexError, TypeError) as fault:
        print(f"does not verify: {fault!s}")
        return 1
    print(f"{export.self.name}: {size} entries, {export.checked['tiles']} tiles, "
          f"{len(export.checked['receipts'])} receipts, "
          f"{len(export.checked['acknowledgements'])} acknowledgements"
          + (f"; {len(export.checked['unverified'])} of partners without keys"
             if export.checked["unverified"] else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
