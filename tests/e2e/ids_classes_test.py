"""The 25 usage-control classes of the IDS, each between two running connectors: negotiated, allowed, then refused by
the term or carried out as a duty. docs/terms.md names these tests."""

import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone

from world import COMPANIES, EXAMPLE, Connector, until

MAKER, SITE, _ = COMPANIES["maker"]
STEEL = COMPANIES["steel"][0]
PURPOSE = "quality-assurance"
CONTEXT = ["http://www.w3.org/ns/odrl.jsonld",
           {"ids": "https://w3id.org/idsa/core/", "idsc": "https://w3id.org/idsa/code/",
            "skos": "http://www.w3.org/2004/02/skos/core#", "vcard": "http://www.w3.org/2006/vcard/ns#",
            "dc": "http://purl.org/dc/terms/", "freq": "http://purl.org/cld/freq/",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}]
HERE, ELSEWHERE = "http://ontologi.es/place/NL", "http://ontologi.es/place/DE"
EURO = "http://dbpedia.org/resource/Euro"
TERM = "permission[0].constraint[0]"
TARGET_TERM = "permission[0].target[0].refinement[0]"
PAYMENT_TERM = "permission[0].duty[0].action[0].refinement[0]"
INTERVAL_TERM = "permission[0].duty[0].action[0].refinement[1]"


def constraint(left, operator, right, **more):
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def odrl(**permission):
    """An offer to the maker; what the permission says for itself prevails."""
    rule = {"target": "quality", "action": "use", **permission}
    return {"@context": CONTEXT, "@type": "Offer", "assignee": MAKER, "permission": [rule]}


def refined(subject, *constraints):
    kind = "AssetCollection" if subject == "quality" else "PartyCollection"
    return {"@type": kind, "source": subject, "refinement": list(constraints)}


def price(*further, **more):
    paid = constraint("payAmount", "eq", {"@value": "500.00", "@type": "xsd:decimal"}, unit=EURO, **more)
    return {"action": [{"rdf:value": {"@id": "odrl:compensate"}, "refinement": [paid, *further]}],
            "constraint": [constraint("event", "lt", {"@id": "odrl:policyUsage"})]}


# Short forms are texts, ODRL are objects; the dataset is quality where they name none.
OFFERS = {
    "assignee": odrl(assignee=MAKER),
    "connector": f"connectors: ['{MAKER}/{SITE}']",
    "connector-other": f"connectors: ['{MAKER}/enschede']",
    "application": "applications: [erp]",
    "role": "roles: [engineer]",
    "place": f"places: ['{HERE}']",
    "purpose": f"purposes: [{PURPOSE}]",
    "event": odrl(constraint=[constraint("event", "eq", "Hannover Messe")]),
    "security": odrl(constraint=[constraint("idsc:SECURITY_LEVEL", "gteq", {"@id": "idsc:TRUST_SECURITY_PROFILE"})]),
    "window": "from: 2025-01-01\nuntil: 2099-12-31",
    "window-ahead": "from: 2099-01-01",
    "duration": "for: PT6S",
    "count": "uses: 2",
    "delete": "delete: after-use",
    "replace": "datasets: [orders]\nreplace: {order_line.item.name: withheld}",
    "orders": "datasets: [orders]",
    "anonymise": "datasets: [orders]\nanonymize: true",
    "log": "log: each-use",
    "inform": f"inform: '{COMPANIES['supplier'][0]}'",
    "next-policy": odrl(duty=[{"action": "nextPolicy", "hasPolicy": "urn:policy:onward"}]),
    "distribute": odrl(action="distribute"),
    "artifact": odrl(target=refined("quality", constraint("ids:artifact_state", "isAllOf",
                                                          ["idsc:encrypted", "idsc:pseudonymized"]))),
    "artifact-duty": odrl(target=refined("quality", constraint("ids:artifact_state", "isAllOf",
                                                               ["idsc:encrypted", "idsc:anonymized"])),
                          duty=[{"action": "anonymize"}]),
    "payment": odrl(duty=[price()]),
    "rent": odrl(duty=[price(constraint("timeInterval", "eq", "P1Y"), **{"dc:frequency": {"@id": "freq:annual"}})]),
    "state": "states: [emergency]",
    "location": odrl(assignee=refined(MAKER, constraint("vcard:hasGeo", "eq", HERE))),
    "consent": odrl(duty=[{"action": "obtainConsent", "consentingParty": ["urn:person:sara", "urn:person:john"],
                           "constraint": [constraint("event", "lt", {"@id": "odrl:policyUsage"})]}]),
    "consent-of-each": odrl(duty=[{"action": "obtainConsent"}]),
    "classification": odrl(target=refined("quality", constraint("skos:concept", "isPartOf", ["quality", "automotive"]))),
    "classification-other": odrl(target=refined("quality", constraint("skos:concept", "isPartOf", ["health"]))),
    "traceability": "datasets: [traceability]",
    "classification-fields": "datasets: [traceability]\nwithout: [origin]",
    "mpc": odrl(action="read", duty=[{"action": "idsc:MPC"}]),
}

class IdsClasses(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.maker, cls.supplier = Connector(folder, "maker"), Connector(folder, "supplier")
        for one, other in ((cls.maker, cls.supplier), (cls.supplier, cls.maker)):
            cls.addClassCleanup(one.kill)
            one.agreements = "required"
            one.meets(other)
            cls.write_partners(one)
        cls.write_offers()
        contracts = cls.supplier.dir / "policy" / "contracts.yaml"
        contracts.write_text(contracts.read_text().replace("changed: counter", "changed: ask"))
        me = os.getuid()
        with open(cls.maker.dir / "connector.yaml", "a") as config:
            config.write(f"\napps:\n  applications:\n"
                         f"    - {{name: erp, users: ['{me}'], roles: [engineer]}}\n"
                         f"    - {{name: viewer, users: ['{me}'], roles: [guest]}}\n")
        for one in (cls.maker, cls.supplier):
            one.serve()
        files = EXAMPLE / "brink"
        cls.supplier.run("import", "--dataset", "quality", str(files / "inspection-brackets.qif"))
        cls.supplier.run("import", "--dataset", "orders", *map(str, sorted(files.glob("order-*"))))
        cls.supplier.run("import", "--dataset", "traceability", str(files / "events-brackets.json"))

    @classmethod
    def write_offers(cls):
        offers = cls.supplier.dir / "policy" / "offers"
        offers.mkdir()
        for name, offer in OFFERS.items():
            if isinstance(offer, str):
                datasets = "" if "datasets:" in offer else "datasets: [quality]\n"
                (offers / f"{name}.yaml").write_text(f"{datasets}groups: [customer]\n{offer}\n")
            else:
                (offers / f"{name}.odrl.json").write_text(json.dumps(dict(offer, uid=f"urn:offer:{name}")))

    # ---- what the companies' admins state ----

    @staticmethod
    def write_partners(one, place=HERE, level="trust"):
        """Of the maker, at both: the maker states its own place for itself."""
        other = COMPANIES["supplier"][0] if one.participant == MAKER else STEEL
        (one.dir / "policy" / "partners.yaml").write_text(
            f"version: 1\npartners:\n  {MAKER}:\n    groups: [customer]\n    places: ['{place}']\n"
            f"    security_level: {level}\n  {other}:\n    groups: [customer]\n")

    @classmethod
    def states(cls, one, **facts):
        (one.dir / "policy" / "facts.yaml").write_text(json.dumps({"version": 1, "facts": facts}))
        one.run("policy", "publish")

    def with_partners(self, one, **stated):
        self.write_partners(one, **stated)
        one.run("policy", "publish")
        self.addCleanup(lambda: (self.write_partners(one), one.run("policy", "publish")))

    # ---- what the maker does ----

    def agree(self, offer, *options):
        made = self.maker.run("negotiate", self.supplier.id, offer, *options)
        self.assertEqual(made["state"], "FINALIZED", made)
        return made["agreement"]

    def fetch(self, agreement, purpose=PURPOSE, dataset="quality"):
        fetched = self.maker.run("fetch", self.supplier.id, dataset, "--purpose", purpose, "--agreement", agreement)
        self.assertGreater(int(fetched["records"]), 0)
        return fetched

    def agree_and_fetch(self, offer, *options):
        agreement = self.agree(offer, *options)
        self.fetch(agreement)
        return agreement

    def refuses_fetch(self, agreement, term, purpose=PURPOSE):
        failed = self.maker.fails("fetch", self.supplier.id, "quality", "--purpose", purpose, "--agreement", agreement)
        self.assertEqual(failed.reason, "AGREEMENT_TERM", failed)
        self.assertEqual(failed.answer["error"]["metadata"]["term"], term)
        return failed.answer["error"]["message"]

    @staticmethod
    def using(agreement, purpose=PURPOSE, app="erp"):
        return "use", "--agreement", agreement, "--purpose", purpose, "--app", app

    def use(self, agreement, *more, **how):
        used = self.maker.run(*self.using(agreement, **how), *more)
        self.assertGreater(int(used["records"]), 0)
        return used

    def refuses_use(self, agreement, term, **how):
        failed = self.maker.fails(*self.using(agreement, **how))
        self.assertEqual(failed.reason, "USE_DENIED", failed)
        self.assertEqual(failed.answer["error"]["metadata"]["term"], term)
        return failed.answer["error"]["message"]

    def entries(self, one, kind, **wanted):
        found = one.run("audit", "list", "--limit", "1000")["entries"]
        return [entry for entry in found if entry["kind"] == kind
                and all(entry.get(key) == value for key, value in wanted.items())]

    # ---- who ----

    def test_01_assignee(self):
        agreement = self.agree_and_fetch("assignee")
        self.use(agreement)
        steel = Connector(self.maker.dir.parent, "steel")
        self.addCleanup(steel.kill)
        steel.agreements = "required"
        steel.knows([self.supplier])
        steel.meets(self.supplier)
        self.supplier.meets(steel)
        steel.serve()
        self.assertNotIn("assignee", [one["offer"] for one in steel.run("catalog", self.supplier.id)["offers"]])
        self.assertEqual(steel.fails("negotiate", self.supplier.id, "assignee").reason, "OFFER_NOT_FOUND")
        failed = steel.fails("fetch", self.supplier.id, "quality", "--purpose", PURPOSE, "--agreement", agreement)
        self.assertEqual(failed.reason, "AGREEMENT_NOT_FOUND", failed)

    def test_02_connector(self):
        self.use(self.agree_and_fetch("connector"))
        self.refuses_fetch(self.agree("connector-other"), TERM)

    def test_03_application(self):
        agreement = self.agree_and_fetch("application")
        self.use(agreement, app="erp")
        self.refuses_use(agreement, TERM, app="viewer")

    def test_04_role(self):
        agreement = self.agree_and_fetch("role")
        self.use(agreement, app="erp")
        self.assertIn("guest", self.refuses_use(agreement, TERM, app="viewer"))

    def test_05_place(self):
        agreement = self.agree_and_fetch("place")
        self.use(agreement)
        self.with_partners(self.maker, place=ELSEWHERE)
        self.refuses_use(agreement, TERM)
        self.fetch(agreement)
        self.with_partners(self.supplier, place=ELSEWHERE)
        self.refuses_fetch(agreement, TERM)

    def test_06_purpose(self):
        agreement = self.agree_and_fetch("purpose")
        self.use(agreement)
        self.refuses_fetch(agreement, TERM, purpose="complaint")
        self.refuses_use(agreement, TERM, purpose="complaint")

    # ---- when ----

    def test_07_event(self):
        agreement = self.agree("event")
        self.refuses_fetch(agreement, TERM)
        self.states(self.supplier, events=["Hannover Messe"])
        self.fetch(agreement)
        self.refuses_use(agreement, TERM)
        self.states(self.maker, events=["Hannover Messe"])
        self.use(agreement)
        for one in (self.maker, self.supplier):
            self.states(one, events=["Automatica"])
        self.refuses_use(agreement, TERM)
        self.refuses_fetch(agreement, TERM)

    def test_08_security_level(self):
        agreement = self.agree_and_fetch("security")
        self.use(agreement)
        self.with_partners(self.supplier, level="base")
        self.refuses_fetch(agreement, TERM)

    def test_09_time_window(self):
        self.refuses_fetch(self.agree("window-ahead"), TERM)
        end = datetime.now(timezone.utc) + timedelta(seconds=8)
        made = self.maker.run("negotiate", self.supplier.id, "window", "--until", end.strftime("%Y-%m-%dT%H:%M:%SZ"))
        (asked,) = self.supplier.run("negotiation", "list", "--open")["negotiations"]
        self.supplier.run("negotiation", "approve", asked["negotiation"])
        agreement = until(lambda: self.maker.run("negotiation", "show", made["negotiation"]).get("agreement"), 5, "agreed")
        self.fetch(agreement)
        self.use(agreement)
        time.sleep(max(0, (end - datetime.now(timezone.utc)).total_seconds()))
        self.refuses_use(agreement, "permission[0].constraint[1]")
        self.refuses_fetch(agreement, "permission[0].constraint[1]")

    def test_10_duration(self):
        agreement = self.agree_and_fetch("duration")
        self.use(agreement)
        time.sleep(6)
        self.refuses_use(agreement, TERM)
        self.refuses_fetch(agreement, TERM)

    def test_11_count(self):
        agreement = self.agree_and_fetch("count")
        self.assertEqual([self.use(agreement)["remaining"] for _ in range(2)], ["1", "0"])
        self.refuses_use(agreement, TERM)

    # ---- what is done with the data ----

    def test_12_delete(self):
        agreement = self.agree_and_fetch("delete")
        self.use(agreement)
        until(lambda: self.maker.raw(*self.using(agreement)).returncode != 0, 10, "deleted")
        self.assertEqual(self.maker.fails(*self.using(agreement)).reason, "DATA_DELETED")
        (deleted,) = self.entries(self.maker, "data.deleted", agreement_id=agreement)
        until(lambda: self.entries(self.supplier, "statement.received", detail="deletion-proof",
                                   subject=deleted["subject"]), 10, "the proof at the provider")

    def under(self, offer, dataset, purpose, kind):
        """The bodies of the records of a kind that come, and may be used, under an offer."""
        agreement = self.agree(offer, "--anew")
        self.fetch(agreement, purpose, dataset)
        bodies = [one[kind] for one in self.use(agreement, purpose=purpose)["given"] if kind in one]
        self.assertTrue(bodies)
        return bodies

    def lines_under(self, offer):
        return self.under(offer, "orders", "order-tracking", "order_line")

    def test_13_replace(self):
        self.assertNotIn("withheld", {one["item"]["name"] for one in self.lines_under("orders")})
        self.assertEqual({one["item"]["name"] for one in self.lines_under("replace")}, {"withheld"})

    def test_14_anonymise(self):
        self.assertTrue(all({"buyer", "seller"} <= one.keys() for one in self.lines_under("orders")))
        self.assertFalse(any({"buyer", "seller"} & one.keys() for one in self.lines_under("anonymise")))

    def test_15_log(self):
        agreement = self.agree_and_fetch("log")
        self.use(agreement)
        self.assertEqual(len(self.entries(self.maker, "use.allowed", agreement_id=agreement)), 1)
        self.assertEqual(len(self.entries(self.maker, "use.ended", agreement_id=agreement)), 1)

    def test_16_inform(self):
        agreement = self.agree_and_fetch("inform")
        before = len(self.entries(self.supplier, "statement.received", detail="use-statement"))
        self.use(agreement)
        until(lambda: len(self.entries(self.supplier, "statement.received", detail="use-statement")) == before + 1,
              10, "the supplier is informed")

    def test_17_next_policy(self):
        """Data are not passed on by this version: the term is refused before anything is signed."""
        for offer, term in (("next-policy", "nextPolicy"), ("distribute", "distribute")):
            failed = self.maker.fails("negotiate", self.supplier.id, offer)
            self.assertIn(f"'{term}' is not carried out", failed.answer["error"]["message"])

    def test_18_artifact_state(self):
        agreement = self.agree("artifact")
        self.assertIn("idsc:pseudonymized", self.refuses_fetch(agreement, TARGET_TERM))
        self.labels("[quality]", "[quality, pseudonymized]")
        self.fetch(agreement)
        self.use(agreement)
        self.use(self.agree_and_fetch("artifact-duty"))

    def labels(self, old, new):
        config = self.supplier.dir / "connector.yaml"
        text = config.read_text()
        self.assertIn(f"labels: {old}", text)
        config.write_text(text.replace(f"labels: {old}", f"labels: {new}"))
        self.supplier.stop()
        self.supplier.serve()

    # ---- what it costs, and whom it concerns ----

    def test_19_payment(self):
        agreement = self.agree("payment")
        self.refuses_fetch(agreement, PAYMENT_TERM)
        paid = {"agreement": agreement, "amount": "499.99", "unit": EURO}
        self.states(self.supplier, payments=[paid])
        self.assertIn("499.99", self.refuses_fetch(agreement, PAYMENT_TERM))
        self.states(self.supplier, payments=[dict(paid, amount="500.00")])
        self.fetch(agreement)
        self.use(agreement)

    def test_20_recurring_payment(self):
        agreement = self.agree("rent")
        rent = {"partner": MAKER, "offer": "rent", "amount": "500.00", "unit": EURO, "frequency": "freq:annual",
                "interval": "P1Y"}
        self.states(self.supplier, payments=[dict(rent, frequency="freq:monthly")])
        self.refuses_fetch(agreement, PAYMENT_TERM)
        self.states(self.supplier, payments=[dict(rent, interval="P1M")])
        self.refuses_fetch(agreement, INTERVAL_TERM)
        end = datetime.now(timezone.utc) + timedelta(seconds=8)
        self.states(self.supplier, payments=[dict(rent, until=end.isoformat())])
        self.fetch(agreement)
        self.use(agreement)
        time.sleep(max(0, (end - datetime.now(timezone.utc)).total_seconds()))
        self.refuses_fetch(agreement, PAYMENT_TERM)

    def test_21_state(self):
        agreement = self.agree("state")
        self.refuses_fetch(agreement, TERM)
        self.states(self.supplier, states=["emergency"])
        self.fetch(agreement)
        self.states(self.maker, states=["emergency"])
        self.use(agreement)
        self.states(self.maker, states=["normal"])
        self.refuses_use(agreement, TERM)

    def test_22_place_of_the_partner(self):
        agreement = self.agree_and_fetch("location")
        self.use(agreement)
        self.with_partners(self.supplier, place=ELSEWHERE)
        self.refuses_fetch(agreement, "permission[0].assignee[0].refinement[0]")

    def test_23_consent(self):
        agreement = self.agree("consent")
        self.states(self.supplier, consents=["urn:person:john"])
        self.refuses_fetch(agreement, "permission[0].duty[0]")
        self.states(self.supplier, consents=["urn:person:john", "urn:person:sara"])
        self.fetch(agreement)
        self.use(agreement)
        self.states(self.supplier, consents=["urn:person:sara"])
        self.refuses_fetch(agreement, "permission[0].duty[0]")

    def test_23_consent_of_each_person_concerned(self):
        """Rows of who does not consent stay."""
        for number, person in enumerate(("Sara", "John")):
            sheet = self.maker.dir.parent / f"inspection-by-{person}.qif"
            text = (EXAMPLE / "brink" / "inspection-brackets.qif").read_text()
            text = text.replace("f1d5a8b0-52c1-4a3e-9d36", f"f1d5a8b0-52c1-4a3e-000{number}")
            operator = (f"<InspectionTraceability><InspectionOperator><Name>{person}</Name></InspectionOperator>"
                        "</InspectionTraceability>")
            sheet.write_text(text.replace("<InspectionStatus>", operator + "<InspectionStatus>"))
            self.supplier.run("import", "--dataset", "quality", str(sheet))
        many = self.supplier.dir / "policy" / "consents.txt"
        self.addCleanup(many.unlink)
        told = []
        for consents, crowd in (([], 0), (["Sara"], 0), (["Sara"], 999_999)):
            many.write_text("".join(f"person {n}\n" for n in range(crowd)) + ("John\n" if crowd else ""))
            self.states(self.supplier, consents=consents)
            rows = self.under("consent-of-each", "quality", PURPOSE, "measurement")
            told.append((len({one["operator"] for one in rows if "operator" in one}), len(rows)))
        self.assertEqual(told, [(0, 2), (1, 4), (2, 6)])

    def test_24_classification(self):
        self.use(self.agree_and_fetch("classification"))
        self.assertIn("quality", self.refuses_fetch(self.agree("classification-other"), TARGET_TERM))
        shown, withheld = ({"child" in one for one in self.under(offer, "traceability", "traceability", "edge")}
                           for offer in ("traceability", "classification-fields"))
        self.assertEqual((shown, withheld), ({True}, {False}))

    def test_25_multi_party_computation(self):
        """Agreed and signed, enforced by nobody's program; a company may refuse such terms altogether."""
        explained = self.supplier.run("offer", "explain", "mpc")
        self.assertIn("contractual only", json.dumps(explained))
        agreement = self.agree_and_fetch("mpc")
        self.use(agreement, "--action", "read")
        contracts = self.supplier.dir / "policy" / "contracts.yaml"
        text = contracts.read_text()
        self.assertIn("terms: allow", text)
        contracts.write_text(text.replace("terms: allow", "terms: forbid"))
        self.supplier.run("policy", "publish")
        refused = self.maker.run("negotiate", self.supplier.id, "mpc", "--anew")
        self.assertEqual(refused["state"], "TERMINATED")


if __name__ == "__main__":
    unittest.main()
