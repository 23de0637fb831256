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
HEAD_MEMBERS = {"first_request", "index", "chain_head"}
ACKNOWLEDGEMENT_MEMBERS = {"consumer", "provider", "first_request", "receipt_digest", "checkpoint",
                           "time"}
FETCH_MEMBERS = {"role", "partner", "request_id", "first_request", "entries", "receipt",
                 "acknowledgement", "head"}
INDEX_MEMBERS = {"v", "self", "fetches", "agreements", "statements", "introductions"}
AGREEMENT_FILE_MEMBERS = {"role", "partner", "agreed", "verified", "agreement"}
AGREEMENT_MEMBERS = ["id", "provider", "consumer", "offer", "offer_digest", "datasets", "registry",
                     "provider_revision", "consumer_revision", "concluded", "policy"]
STATEMENT_MEMBERS = {"role", "partner", "entry", "statement"}
SAID_MEMBERS = {"consumer", "provider", "agreement_id", "checkpoint", "time"}
STATEMENTS = {
    "deletion-proof": SAID_MEMBERS | {"duty", "due", "deleted", "records", "uses"},
    "use-statement": SAID_MEMBERS | {"uses", "last_use", "occasion", "purpose", "application"}}
NAMING = ("data.deleted", "statement.received")
INTRODUCTION_MEMBERS = {"participant", "site", "name", "addresses", "anchor", "keys", "log_key", "sequence",
                        "previous", "claimed_ids", "issued"}
INTRODUCING = {"self.introduced", "key.rotated", "partner.added", "partner.introduced"}
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


def parse_file(data):
    """JSON that is written as an exporter writes it: two blanks a level, nothing escaped that need not be"""
    value = parse(data)
    need((json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode() == data,
         "not written as an exporter writes it")
    return value


def number(text):
    need(isinstance(text, str) and str(int(text)) == text, "a number with another text than the canonical one")
    return int(text)


def named(connector):
    return f"{connector['participant']}/{connector['site']}"


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


def open_signed(envelope, name):
    """payload of a DSSE envelope, the message that is signed, and who signed: [(key id, signature)]"""
    need(list(envelope) == ["payloadType", "payload", "signatures"], "the envelope's members")
    need(envelope["payloadType"] == TYPE % name, "the payload type")
    signatures = []
    for signature in envelope["signatures"]:
        need(list(signature) == ["keyid", "sig"], "the signature's members")
        signatures.append((signature["keyid"], strict_base64(signature["sig"])))
    payload = strict_base64(envelope["payload"])
    kind = envelope["payloadType"].encode()
    return payload, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload), signatures


def open_envelope(envelope, name):
    """payload, key id and signature of an envelope with one signature, and the message that is signed"""
    payload, message, signatures = open_signed(envelope, name)
    ((key_id, signature),) = signatures
    return payload, key_id, signature, message


class Introduction:
    def __init__(self, envelope):
        payload, self.signer, signature, message = open_envelope(envelope, "introduction")
        value = parse(payload)
        need(set(value) == INTRODUCTION_MEMBERS, "the members of an introduction")
        parts = [envelope["payloadType"].encode(), payload, self.signer.encode(), signature]
        self.digest = sha(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hex()
        self.name = named(value)
        self.note_key = NoteKey(value["log_key"])
        need(self.note_key.origin == self.name, "the log's key names another origin")
        self.log_key = value["log_key"]
        self.sequence, self.previous = number(value["sequence"]), value["previous"]
        keys = []
        for key in value["keys"]:
            raw = strict_base64(key["public_key"])
            keys.append((sha(raw).hex()[:16], raw, number(key["valid_from"]), number(key["valid_to"])))
        self.key_id, self.key, self.valid_from, self.valid_to = keys[-1]  # the one in use
        need(any(key_id == self.signer and signed(raw, message, signature) for key_id, raw, _, _ in keys),
             "an introduction is not signed by a key that it names")

    def follows(self, before):
        return self.digest == before.digest or (
            self.previous == before.digest and self.sequence > before.sequence and self.signer == before.key_id)

    def open(self, envelope, name, members):
        """the payload that its key in use has signed, and its digest"""
        payload, key_id, signature, message = open_envelope(envelope, name)
        need(key_id == self.key_id, "the key was not in use")
        need(signed(self.key, message, signature), "the signature")
        value = parse(payload)
        need(set(value) == members, "the payload's members")
        if "time" in value:
            need(self.valid_from <= int(value["time"]) // 10**9 <= self.valid_to, "the key was not valid then")
        return value, sha(payload).hex()


class Places:
    """Which introduction of whom is in force where in the log."""

    def __init__(self, introductions, self_name):
        self.self = self_name
        self.known = {}
        for one in map(Introduction, introductions):
            need(one.digest not in self.known, "an introduction twice")
            self.known[one.digest] = one
        own = {one.log_key for one in self.known.values() if one.name == self_name}
        need(len(own) == 1, "export.json: one log key of its own")
        (self.log_key,) = own
        self.spans = {}  # by connector: (index, introduction or None), in the order of the log
        self.named = set()

    def note(self, index, entry):
        kind = entry["kind"]
        own = kind in ("self.introduced", "key.rotated")
        who = self.self if own else named(entry["partner"])
        spans = self.spans.setdefault(who, [])
        if kind == "partner.removed":
            spans.append((index, None))
        if kind not in INTRODUCING:
            return
        need(entry["subject"] in self.known, f"entry {index}: its introduction is missing")
        fresh = self.known[entry["subject"]]
        need(fresh.name == who, f"entry {index}: an introduction of another")
        if kind == "partner.introduced" or (own and spans):
            need(spans and spans[-1][1] and fresh.follows(spans[-1][1]), f"entry {index}: it does not follow")
        self.named.add(fresh.digest)
        spans.append((index, fresh))

    def at(self, who, index):
        in_force = [one for begin, one in self.spans.get(who, []) if begin < index]
        need(in_force and in_force[-1], f"{who} was not known where entry {index} stands")
        return in_force[-1]

    def own(self, key_id, size, index):
        """the key began before the entry, and had not ended when the log had that size"""
        spans = self.spans.get(self.self, [])
        for (begin, one), (end, _) in zip(spans, spans[1:] + [(float("inf"), None)]):
            if begin < index and size <= end and one.key_id == key_id:
                return one
        raise Fault(f"our key was not in use where entry {index} stands")

    def own_since(self, index):
        """the entry that brought our introduction in force at that index"""
        return max((begin for begin, _ in self.spans.get(self.self, []) if begin < index), default=0)


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
        index = parse_file(self.file("export.json"))
        need(set(index) == INDEX_MEMBERS and index["v"] == "1", "export.json: members and version")
        self.name = index["self"]
        self.places = Places(index["introductions"], self.name)
        need(log_key in (None, self.places.log_key), "export.json: another log key")
        self.note_key = NoteKey(self.places.log_key)
        self.fetches = number(index["fetches"])
        self.agreements = number(index["agreements"])
        self.statements = number(index["statements"])
        self.entries, self.leaves, self.taken = [], [], set()
        self.checked = {"tiles": 0, "receipts": set(), "acknowledgements": set(), "heads": set(),
                        "deletion-proof": 0, "use-statement": 0}
        self.in_force = {}  # from which entry: by role, partner and id

    def file(self, path):
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise Fault(f"{path}: {error.strerror}") from error

    def verify(self):
        size, root = self.note_key.open(self.file("checkpoint").decode())
        self.leaves = self.read_entries(size)
        self.check_tiles(self.leaves)
        need(tree_root(self.leaves) == root, "checkpoint: the root of the entries is another one")
        need(self.places.named == set(self.places.known), "export.json: an introduction that no entry names")
        for folder, count, check in (("fetch", self.fetches, self.check_fetch),
                                     ("agreement", self.agreements, self.check_agreement),
                                     ("statement", self.statements, self.check_statement)):
            for n in range(count):
                path = f"{folder}/{n}.json"
                try:
                    check(parse_file(self.file(path)))
                except (Fault, KeyError, ValueError, IndexError) as fault:
                    raise Fault(f"{path}: {fault}") from fault
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
        need(named(entry["self"]) == self.name, f"{path}: an entry of another log")
        self.places.note(len(self.entries), entry)
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

    def check_fetch(self, fetch):
        need(set(fetch) == FETCH_MEMBERS, "the members of a fetch")
        provider = fetch["role"] == "provider"
        need(provider or fetch["role"] == "consumer", "the role")
        indexes = [number(text) for text in fetch["entries"]]
        need(indexes == sorted(set(indexes)), "entries out of order")
        for index in indexes:
            self.check_entry(fetch, index)
        need(any(self.entries[i]["kind"] != "fetch.acknowledged" for i in indexes), "no entry of its request")
        giver, taker = (self.name, fetch["partner"]) if provider else (fetch["partner"], self.name)
        if fetch["receipt"]:
            self.check_receipt(fetch, indexes, giver, taker)
        if fetch["acknowledgement"]:
            self.check_acknowledgement(fetch, indexes, giver, taker)
        if fetch["head"]:
            self.check_head(fetch, indexes)

    def check_entry(self, fetch, index):
        entry = self.entries[index]
        said = entry["kind"] == "fetch.acknowledged"
        need(index not in self.taken, f"entry {index} belongs to another part as well")
        self.taken.add(index)
        need(fetch["first_request"] == entry["first_request"] and
             (said or fetch["request_id"] == entry["request_id"]),
             f"entry {index} is of another request")
        need((fetch["role"], fetch["partner"]) == (entry["role"], named(entry["partner"])),
             f"entry {index}: whose it is")

    def naming(self, indexes, kind, member, digest):
        """the first entry of the part that names the statement"""
        for index in indexes:
            if self.entries[index]["kind"] == kind and self.entries[index][member] == digest:
                return index
        raise Fault("no entry of its part names it")

    def signer(self, ours, fetch, envelope, index, note):
        if not ours:
            return self.places.at(fetch["partner"], index)
        size = index
        if note:
            size, root = self.note_key.open(note)
            need(size <= index and tree_root(self.leaves[:size]) == root, "its checkpoint is none of this log")
        return self.places.own(envelope["signatures"][0]["keyid"], size, index)

    def check_receipt(self, fetch, indexes, giver, taker):
        payload = strict_base64(fetch["receipt"]["payload"])
        index = self.naming(indexes, "fetch.closed", "receipt_digest", sha(payload).hex())
        signer = self.signer(giver == self.name, fetch, fetch["receipt"], index, parse(payload)["checkpoint"])
        receipt, digest = signer.open(fetch["receipt"], "receipt", RECEIPT_MEMBERS)
        need((receipt["provider"], receipt["consumer"]) == (giver, taker), "the parties")
        for member in ("first_request", "agreement_id", "dataset", "request_digest", "chain_head", "batches", "records", "bytes"):
            need(self.entries[index][member] == receipt[member], f"receipt and entry differ in {member}")
        self.checked["receipts"].add(digest)

    def check_acknowledgement(self, fetch, indexes, giver, taker):
        stated = parse(strict_base64(fetch["acknowledgement"]["payload"]))
        index = self.naming(indexes, "fetch.acknowledged", "receipt_digest", stated["receipt_digest"])
        signer = self.signer(taker == self.name, fetch, fetch["acknowledgement"], index, stated["checkpoint"])
        said, _ = signer.open(fetch["acknowledgement"], "acknowledgement", ACKNOWLEDGEMENT_MEMBERS)
        need((said["provider"], said["consumer"]) == (giver, taker), "who acknowledges")
        need(said["first_request"] == fetch["first_request"], "what is acknowledged")
        self.checked["acknowledgements"].add(said["receipt_digest"])

    def check_head(self, fetch, indexes):
        need(fetch["role"] == "consumer", "a batch head of our own")
        digest = sha(strict_base64(fetch["head"]["payload"])).hex()
        index = self.naming(indexes, "fetch.closed", "subject", digest)
        head, _ = self.places.at(fetch["partner"], index).open(fetch["head"], "batch-head", HEAD_MEMBERS)
        entry = self.entries[index]
        need((head["first_request"], head["index"], head["chain_head"]) ==
             (entry["first_request"], entry["batches"], entry["chain_head"]), "head and entry differ")
        self.checked["heads"].add(digest)

    def check_agreement(self, exported):
        need(set(exported) == AGREEMENT_FILE_MEMBERS, "the members of an agreement's file")
        provider, partner = exported["role"] == "provider", exported["partner"]
        need(provider or exported["role"] == "consumer", "the role")
        payload, message, signatures = open_signed(exported["agreement"], "agreement")
        agreed, verified = number(exported["agreed"]), number(exported["verified"])
        terms = parse(payload)
        need(list(terms) == AGREEMENT_MEMBERS, "the agreement's members")
        need(json.dumps(terms, separators=(",", ":"), ensure_ascii=False).encode() == payload,
             "an agreement with another text than the canonical one")
        parties = (self.name, partner) if provider else (partner, self.name)
        need((terms["provider"], terms["consumer"]) == parties, "the parties")
        name = (exported["role"], partner, terms["id"])
        for index, kind in ((agreed, "contract.agreement"), (verified, "contract.verification")):
            entry = self.entries[index]
            need((entry["kind"], entry["subject"]) == (kind, sha(payload).hex()), f"entry {index} does not name it")
            need(self.agreement_of(entry) == name, f"entry {index} is of another agreement")
        need(agreed < verified and verified not in self.taken, f"entry {verified} names another agreement")
        self.taken.add(verified)
        need(len(signatures) == 2, "an agreement has two signatures")
        for (key_id, signature), index, ours in zip(signatures, (agreed, verified), (provider, not provider)):
            signer = (self.places.own(key_id, self.places.own_since(index), index) if ours
                      else self.places.at(partner, index))
            need(signer.key_id == key_id, "the key was not in use")
            need(signed(signer.key, message, signature), "the signature")
        need(name not in self.in_force, "another agreement of the same id")
        self.in_force[name] = verified

    def agreement_of(self, entry):
        return entry["role"], named(entry["partner"]), entry["agreement_id"]

    def was_in_force(self, name, index):
        need(self.in_force.get(name, index) < index, f"entry {index}: agreement {name[2]} was not in force")

    def check_statement(self, exported):
        need(set(exported) == STATEMENT_MEMBERS, "the members of a statement's file")
        provider, index = exported["role"] == "provider", number(exported["entry"])
        need(provider or exported["role"] == "consumer", "the role")
        entry, envelope = self.entries[index], exported["statement"]
        need(entry["kind"] in NAMING and index not in self.taken, f"entry {index} names no other statement")
        self.taken.add(index)
        need((exported["role"], exported["partner"]) == (entry["role"], named(entry["partner"])), "whose it is")
        kind = next((name for name in STATEMENTS if envelope["payloadType"] == TYPE % name), "")
        payload = strict_base64(envelope["payload"])
        note = "" if provider else parse(payload)["checkpoint"]
        signer = self.signer(not provider, exported, envelope, index, note)
        said, digest = signer.open(envelope, kind, STATEMENTS[kind])
        need((digest, said["agreement_id"]) == (entry["subject"], entry["agreement_id"]), "statement and entry differ")
        need(said["consumer"] == (exported["partner"] if provider else self.name), "the consumer")
        informed = said.get("occasion", "") and said["provider"] != self.name
        if not informed:  # whoever is told of a use need not be a party
            need(said["provider"] == (self.name if provider else exported["partner"]), "the provider")
            self.was_in_force(self.agreement_of(entry), index)
        self.checked[kind] += 1

    def check_under_agreements(self):
        """What was done under an agreement was done once it was in force; nothing is used that is proven deleted."""
        begun, deleted = {}, {}
        for index, entry in enumerate(self.entries):
            kind, name = entry["kind"], self.agreement_of(entry)
            if not entry["agreement_id"]:
                continue
            request = (entry["role"], named(entry["partner"]), entry["request_id"])
            if kind in ("fetch.opened", "use.allowed"):
                begun[request] = index
            if kind == "use.allowed" or (kind, entry["role"]) == ("fetch.opened", "provider"):
                self.was_in_force(name, index)
            if kind == "fetch.closed" and entry["outcome"] == "complete":
                self.was_in_force(name, begun.get(request, index))
            if kind == "data.deleted":
                deleted.setdefault(name, index)
            if kind == "use.ended" and int(entry["records"]):
                need(begun.get(request, index) < deleted.get(name, float("inf")),
                     f"entry {index}: a use of what is proven deleted")

    def check_complete(self):
        self.check_under_agreements()
        for index, entry in enumerate(self.entries):
            kind, digest = entry["kind"], entry["receipt_digest"]
            need(index in self.taken or kind not in NAMING, f"entry {index} names a statement that is missing")
            need(index in self.taken or kind != "contract.verification",
                 f"entry {index} names an agreement that is missing")
            need(index in self.taken or kind not in ("fetch.opened", "fetch.closed", "fetch.acknowledged"),
                 f"entry {index}: the part that it belongs to is missing")
            have = self.checked["acknowledgements" if kind == "fetch.acknowledged" else "receipts"]
            need(not digest or digest in have, f"entry {index} names a statement that is missing")
            need(kind != "fetch.closed" or not entry["subject"] or entry["subject"] in self.checked["heads"],
                 f"entry {index} names a batch head that is missing")


def main():
    export = None
    try:
        export = Export(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
        size = export.verify()
    except (Fault, KeyError, ValueError, IndexError, TypeError) as fault:
        print(f"does not verify: {fault!s}")
        return 1
    print(f"{export.name}: {size} entries, {export.checked['tiles']} tiles, "
          f"{len(export.checked['receipts'])} receipts, "
          f"{len(export.checked['acknowledgements'])} acknowledgements, "
          f"{len(export.checked['heads'])} batch heads, {len(export.in_force)} agreements, "
          f"{export.checked['deletion-proof']} deletion proofs, {export.checked['use-statement']} use statements")
    return 0


if __name__ == "__main__":
    sys.exit(main())
