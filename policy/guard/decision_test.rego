package connector.decision_test

tables := {
	"partners": {
		"did:web:customer.example": {"groups": ["customer"]},
		"did:web:sited.example": {"groups": ["customer"], "sites": ["one"]},
		"did:web:recycler.example": {"groups": ["recycler"]},
	},
	"datasets": {
		"orders": {"groups": ["customer"], "rows": ["own"], "max_records": 500},
		"quality": {"groups": ["customer", "recycler"], "rows": ["all"]},
		"secret": {"groups": ["customer"], "rows": ["all"]},
	},
	"purposes": {
		"orders": {"order-tracking": ["customer"]},
		"quality": {"quality-assurance": ["customer"]},
		"secret": {"order-tracking": ["customer"]},
	},
	"paths": {
		"header": {"open": ["header.key"]},
		"order_line": {
			"open": ["order_line.item"],
			"secret": ["order_line.item.name"],
			"price": ["order_line.price"],
			"notes": ["order_line.notes"],
		},
		"event": {"open": ["event.items"]},
	},
	"around": {"order_line.item.name": ["order_line.item"]},
	"labels": {
		"open": [{"then": "show"}],
		"secret": [{"then": "drop"}],
		"price": [
			{"groups": ["customer"], "purposes": ["billing"], "then": "show"},
			{"groups": ["recycler"], "then": "round", "argument": "0"},
		],
		"notes": [{"datasets": ["orders"], "then": "truncate", "argument": "3"}],
	},
}

question := {
	"schema": "connector.input/1",
	"point": "fetch",
	"now": 1000,
	"request": {"id": "r", "purpose": "order-tracking"},
	"subject": {"participant": "did:web:customer.example", "site": "main", "party_ids": ["gln:1"]},
	"self": {"participant": "did:web:self.example", "site": "main"},
	"resource": {"dataset": "orders", "labels": ["orders"], "kinds": ["order_line"]},
	"agreement": {"id": ""},
}

change(path, value) := json.patch(question, [{"op": "replace", "path": path, "value": value}])

decided(asked) := answer if {
	answer := data.connector.decision.result with input as asked
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {}
}

codes(answer) := {reason.code | some reason in answer.reasons}

test_a_listed_partner_with_an_open_purpose_is_allowed if {
	answer := decided(question)
	answer.schema == "connector.decision/1"
	answer.revision == "r1"
	answer.allow == true
	answer.partner_code == ""
	answer.valid_until == 1060
	answer.reasons == set()
}

test_a_partner_that_is_not_listed_gets_nothing if {
	answer := decided(change("/subject/participant", "did:web:stranger.example"))
	answer.allow == false
	answer.visible == set()
	answer.obligations == set()
	answer.partner_code == "POLICY_DENIED"
	"PARTNER_NOT_LISTED" in codes(answer)
}

test_a_site_that_is_not_listed_gets_nothing if {
	decided(json.patch(question, [
		{"op": "replace", "path": "/subject/participant", "value": "did:web:sited.example"},
		{"op": "replace", "path": "/subject/site", "value": "one"},
	])).allow == true
	decided(change("/subject/participant", "did:web:sited.example")).allow == false
}

test_another_purpose_is_refused_and_named if {
	answer := decided(change("/request/purpose", "marketing"))
	answer.allow == false
	answer.partner_code == "PURPOSE_NOT_ALLOWED"
}

test_another_group_is_refused_without_a_cause if {
	answer := decided(change("/subject/participant", "did:web:recycler.example"))
	answer.allow == false
	answer.partner_code == "POLICY_DENIED"
	"GROUP_NOT_ALLOWED" in codes(answer)
}

test_listing_needs_the_group_but_no_purpose if {
	decided(json.patch(question, [
		{"op": "replace", "path": "/point", "value": "list"},
		{"op": "replace", "path": "/request/purpose", "value": ""},
	])).allow == true
	decided(json.patch(question, [
		{"op": "replace", "path": "/point", "value": "list"},
		{"op": "replace", "path": "/subject/participant", "value": "did:web:recycler.example"},
	])).allow == false
}

test_internal_is_shown_to_nobody_whatever_the_company_says if {
	asked := json.patch(question, [
		{"op": "replace", "path": "/resource/dataset", "value": "secret"},
		{"op": "replace", "path": "/resource/labels", "value": ["internal"]},
	])
	decided(asked).allow == false
	answer := data.connector.decision.result with input as asked
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"allow": true}
	answer.allow == false
	answer.partner_code == "POLICY_DENIED"
}

test_a_dataset_without_an_entry_is_refused_whatever_the_company_says if {
	answer := data.connector.decision.result with input as change("/resource/dataset", "default")
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"allow": true}
	answer.allow == false
}

test_the_company_can_allow_what_its_tables_do_not if {
	answer := data.connector.decision.result with input as change("/request/purpose", "marketing")
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"allow": true}
	answer.allow == true
}

test_deny_wins if {
	every deny in [{"closed today"}, true, "closed", {}, ["x"]] {
		answer := data.connector.decision.result with input as question
			with data.tables as tables
			with data.connector_meta.revision as "r1"
			with data.company as {"deny": deny, "allow": true}
		answer.allow == false
		answer.partner_code == "POLICY_DENIED"
	}
}

test_the_company_can_shorten_but_not_lengthen_validity if {
	shorter := data.connector.decision.result.valid_until with input as question
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"valid_until": 1010}
	shorter == 1010
	longer := data.connector.decision.result.valid_until with input as question
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"valid_until": 9999}
	longer == 1060
}

test_other_schemas_and_points_are_refused if {
	decided(change("/schema", "connector.input/2")).allow == false
	decided(change("/point", "use")).allow == false
	decided(change("/subject/participant", "")).allow == false
	decided({"schema": "connector.input/1", "now": 1000}).allow == false
}

test_labels_say_which_fields_leave if {
	answer := decided(question)
	answer.visible == {"header.key", "order_line.item", "order_line.notes"}
	answer.obligations == {
		{"type": "field.drop", "path": "order_line.item.name"},
		{"type": "field.truncate", "path": "order_line.notes", "argument": "3"},
		{"type": "limit.records", "value": 500},
	}
}

test_a_dataset_of_any_kind_has_the_fields_of_all if {
	answer := decided(change("/resource/kinds", []))
	answer.visible == {"header.key", "order_line.item", "order_line.notes", "event.items"}
}

test_a_list_shows_no_fields if {
	answer := decided(change("/point", "list"))
	answer.allow == true
	answer.visible == set()
	answer.obligations == set()
}

test_the_first_rule_of_a_label_that_fits_decides if {
	answer := data.connector.decision.result with input as change("/request/purpose", "billing")
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"allow": true}
	"order_line.price" in answer.visible
}

test_company_obligations_are_added if {
	answer := data.connector.decision.result with input as question
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {"obligations": [{"type": "field.drop", "path": "order_line.notes"}]}
	{"type": "field.drop", "path": "order_line.notes"} in answer.obligations
}

included(row, asked) if {
	data.connector.rows.include with input as object.union(asked, {"row": row})
		with data.tables as tables
		with data.connector_meta.revision as "r1"
		with data.company as {}
}

test_own_rows_are_those_of_the_callers_confirmed_parties if {
	included({"kind": "order_line", "buyer_ids": "|gln:1|"}, question)
	included({"kind": "order_line", "buyer_ids": "|gln:9|", "seller_ids": "|duns:7|gln:1|"}, question)
	not included({"kind": "order_line", "buyer_ids": "|gln:11|"}, question)
	not included({"kind": "order_line"}, question)
	not included({"kind": "order_line", "buyer_ids": "|gln:1|"}, change("/subject/party_ids", []))
	included({"kind": "tombstone"}, question)
	not included({"kind": "tombstone"}, change("/subject/party_ids", []))
	not included({"kind": "order_line", "buyer_ids": "||"}, change("/subject/party_ids", [""]))
}

test_no_row_leaves_where_the_fetch_is_refused if {
	not included({"kind": "order_line", "buyer_ids": "|gln:1|"}, change("/request/purpose", "marketing"))
}

test_only_the_two_questions_and_health_may_be_asked if {
	allowed({"method": "GET", "path": ["health"]})
	allowed({"method": "POST", "path": ["v1", "data", "connector", "decision", "result"]})
	allowed({"method": "POST", "path": ["v1", "compile", "connector", "rows", "include"]})
	not allowed({"method": "PUT", "path": ["v1", "policies", "x"]})
	not allowed({"method": "PUT", "path": ["v1", "data", "connector", "decision", "result"]})
	not allowed({"method": "PATCH", "path": ["v1", "data"]})
	not allowed({"method": "GET", "path": ["v1", "data"]})
	not allowed({"method": "POST", "path": ["v1", "data"]})
	not allowed({"method": "POST", "path": ["v1", "query"]})
	not allowed({"method": "POST", "path": ["v1", "compile"]})
	not allowed({"method": "GET", "path": ["metrics"]})
}

allowed(asked) if data.system.authz.allow with input as asked
