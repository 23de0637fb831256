# What tables cannot say. Every rule here is optional; an empty package is correct.
#
#   deny         a set of sentences: each one refuses, whatever else is granted
#   allow        true grants a fetch that purposes.yaml does not; "deny" still wins
#   rows         a condition on input.row, for datasets with "rows: [company]" in datasets.yaml
#   obligations  a set of further field rules and limits
#   valid_until  Unix seconds: ask again then, at the latest
#
# policy/README.md of the program describes input and these rules; company_test.rego tests them.
package company

# Example: between these two moments nobody gets anything (Unix seconds).
stocktaking := {"from": 0, "to": 0}

deny contains "closed for stocktaking" if {
	input.now >= stocktaking.from
	input.now < stocktaking.to
}

# Example for "rows: [company]": events of shipping, and items; no event of what happens in-house.
rows if {
	input.row.kind == "event"
	input.row.biz_step in ["shipping", "receiving", "accepting"]
}

rows if input.row.kind in ["item", "edge", "tombstone"]
