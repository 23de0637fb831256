# METADATA
# description: |
#   Which rows leave. The connector never sends rows here: it asks OPA's compile endpoint for what
#   remains when everything but input.row is known, and enforces that natively. So conditions on
#   input.row must stay within what OPA can compile (policy/README.md, "Rows").
# scope: package
# compile:
#   unknowns: [input.row]
package connector.rows

import data.connector.access

# Rules of datasets.yaml: all, own, company; where two are named, both must hold.
rules := {rule | some rule in access.dataset.rows}

include if {
	data.connector.decision.permitted
	rules == {"all"}
}

include if {
	data.connector.decision.permitted
	rules == {"own"}
	own
}

include if {
	data.connector.decision.permitted
	rules == {"company"}
	data.company.rows
}

include if {
	data.connector.decision.permitted
	rules == {"own", "company"}
	own
	data.company.rows
}

# A row in which the caller is buyer or seller, by the party identifiers that our admin confirmed.
own if {
	some id in input.subject.party_ids
	contains(input.row.buyer_ids, member(id))
}

own if {
	some id in input.subject.party_ids
	contains(input.row.seller_ids, member(id))
}

# Tombstones name no parties. The connector sends those alone whose record the caller had received.
own if {
	count(input.subject.party_ids) > 0
	input.row.kind == "tombstone"
}

# A list of the row view is one string: "|gln:8712345000004|duns:123456787|".
member(id) := sprintf("|%s|", [replace(id, "|", "%7C")]) if count(id) > 0
