package connector.negotiation_test

import data.connector.negotiation

asked(role, changed) := {
	"schema": "connector.negotiation/1",
	"role": role,
	"offer": "quality",
	"changed": changed,
	"contractual": false,
}

verdict(question, contracts) := answer if {
	answer := negotiation.result.verdict with input as question
		with data.tables.contracts as contracts
		with data.connector_meta.revision as "r"
}

test_our_offer_as_it_stands_is_agreed_to if {
	verdict(asked("provider", []), {}) == "agree"
	verdict(asked("provider", []), {"offered": {"unchanged": "ask"}}) == "ask"
}

test_other_terms_are_answered_with_ours if {
	verdict(asked("provider", ["permission[0]"]), {}) == "counter"
	verdict(asked("provider", ["permission[0]"]), {"offered": {"changed": "refuse"}}) == "refuse"
}

test_a_counter_offer_is_shown_to_a_person if {
	verdict(asked("consumer", ["permission[0]"]), {}) == "ask"
	verdict(asked("consumer", []), {"received": {"changed": "agree"}}) == "agree"
}

test_the_company_decides_otherwise if {
	negotiation.result.verdict == "ask" with input as asked("provider", []) with data.company.negotiation as "ask" with data.tables.contracts as {} with data.connector_meta.revision as "r"
	negotiation.result.verdict == "refuse" with input as asked("provider", []) with data.company.negotiation as "maybe" with data.tables.contracts as {} with data.connector_meta.revision as "r"
}

test_contractual_terms_can_be_forbidden if {
	question := object.union(asked("provider", []), {"contractual": true})
	verdict(question, {}) == "agree"
	verdict(question, {"contractual": {"terms": "forbid"}}) == "refuse"
	negotiation.result.verdict == "refuse" with input as question with data.company.negotiation as "agree" with data.tables.contracts as {"contractual": {"terms": "forbid"}} with data.connector_meta.revision as "r"
}

test_another_schema_is_refused if {
	verdict(object.union(asked("provider", []), {"schema": "connector.negotiation/2"}), {}) == "refuse"
}
