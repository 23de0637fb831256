# What is answered to a partner that asks for an offer, or that answers our request with an offer of
# its own: POST /v1/data/connector/negotiation/result. Whether the terms can be enforced at all, and
# whether the offer is made to the partner, has been looked at before. What an agreement permits is
# decided at each fetch and use; agreeing never widens what the company permits.
package connector.negotiation

result := {
	"schema": "connector.negotiation/1",
	"revision": data.connector_meta.revision,
	"verdict": verdict,
	"why": why,
}

verdicts := {"agree", "counter", "ask", "refuse"}

# What the company's tables say, or else what is usual: our own offer as it stands is agreed to,
# another one is answered with ours, and a partner's counter-offer is shown to a person.
usual := object.get(data.tables.contracts, ["offered", "unchanged"], "agree") if {
	input.role == "provider"
	count(input.changed) == 0
}

usual := object.get(data.tables.contracts, ["offered", "changed"], "counter") if {
	input.role == "provider"
	count(input.changed) > 0
}

usual := object.get(data.tables.contracts, ["received", "changed"], "ask") if input.role == "consumer"

# company.rego may decide otherwise, by one word: negotiation := "ask" if ...
decided := usual if not data.company.negotiation

decided := data.company.negotiation

default verdict := "refuse"

verdict := decided if {
	known
	not forbidden
}

known if {
	input.schema == "connector.negotiation/1"
	decided in verdicts
}

# A company can forbid terms that no connector enforces.
forbidden if {
	input.contractual
	object.get(data.tables.contracts, ["contractual", "terms"], "allow") == "forbid"
}

default why := ""

why := "contracts.yaml forbids terms that no connector enforces" if forbidden

why := sprintf("company.rego: negotiation is '%v'", [data.company.negotiation]) if {
	not forbidden
	data.company.negotiation
}

why := sprintf("changed terms: %v", [concat(", ", input.changed)]) if {
	not forbidden
	not data.company.negotiation
	count(input.changed) > 0
}
