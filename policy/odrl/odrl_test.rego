package connector.odrl_test

alice := "http://example.org/alice"

policy := {"id": "p", "permissions": [{"id": "read-x", "actions": [{"name": "read"}], "assignees": [{"id": alice}], "targets": [{"id": "ex:x"}]}]}

request := {"permissions": [{"actions": [{"name": "read"}], "assignees": [{"id": alice}], "targets": [{"id": "ex:x"}]}]}

world := {"current_time": "2024-05-01T10:00:00Z"}

judged(p, r, w) := rules if rules := data.connector.odrl.result.rules with input as {"policy": p, "request": r, "world": w, "explain": true}

# Of the only rule.
activation(p, r, w) := rule.activation if [rule] := judged(p, r, w)

reason(p, r, w) := rule.reason if [rule] := judged(p, r, w)

atomic(left, operator, right) := {
	"kind": "atomic",
	"left": left,
	"operator": operator,
	"right": right,
	"unit": "",
	"frequency": "",
	"contract": "",
}

with_rule(kind, part) := {"id": "p", kind: [object.union(policy.permissions[0], part)]}

permission(part) := with_rule("permissions", part)

prohibition(part) := with_rule("prohibitions", part)

asking(part) := {"permissions": [object.union(request.permissions[0], part)]}

knowing(part) := object.union(world, part)

test_a_permission_that_fits_is_active if {
	[rule] := judged(policy, request, world)
	rule.rule == "read-x"
	rule.kind == "Permission"
	rule.activation == "Active"
	{[premise.kind, premise.state] | some premise in rule.premises} == {["Target", "Satisfied"], ["Party", "Satisfied"], ["Action", "Satisfied"]}
}

test_premises_are_given_to_who_asks_for_them if {
	[rule] := data.connector.odrl.result.rules with input as {"policy": policy, "request": request, "world": world}
	rule == {"rule": "read-x", "kind": "Permission", "activation": "Active", "reason": "everything that it states holds"}
}

test_a_rule_without_an_id_is_named_by_its_place if {
	[rule] := judged({"prohibitions": [{}]}, request, world)
	rule.rule == "prohibition[0]"
	rule.activation == "Active"
	rule.premises == []
}

test_each_part_restricts if {
	every part in [
		{"actions": [{"name": "write"}]},
		{"assignees": [{"id": "http://example.org/bob"}]},
		{"targets": [{"id": "ex:y"}]},
	] {
		activation(policy, asking(part), world) == "Inactive"
		activation(prohibition({}), asking(part), world) == "Inactive"
	}
}

test_what_the_request_does_not_state_is_not_known if {
	every key in ["actions", "assignees", "targets"] {
		short := {"permissions": [object.remove(request.permissions[0], [key])]}
		activation(policy, short, world) == "Inactive"
		activation(prohibition({}), short, world) == "Active"
	}
	every key in ["actions", "assignees", "targets"] {
		twice := asking({key: [request.permissions[0][key][0], request.permissions[0][key][0]]})
		activation(policy, twice, world) == "Inactive"
		activation(prohibition({}), twice, world) == "Active"
	}
	activation(prohibition({}), {"permissions": [{}, {}]}, world) == "Active"
	activation(policy, {}, world) == "Inactive"
}

# ---- actions: "includedIn" of the vocabulary ----

test_actions_cover_what_lies_below if {
	every row in [
		["use", "read", "Active"], ["use", "display", "Active"], ["play", "display", "Active"],
		["reproduce", "extract", "Active"], ["transfer", "sell", "Active"], ["transfer", "give", "Active"],
		["use", "write", "Active"], ["modify", "write", "Active"], ["write", "modify", "Active"],
		["copy", "extract", "Active"], ["use", "cc:Sharing", "Active"],
		["use", "sell", "Inactive"], ["use", "transfer", "Inactive"], ["read", "use", "Inactive"],
		["display", "play", "Inactive"], ["transfer", "use", "Inactive"], ["ex:train", "read", "Inactive"],
		["read", "ex:train", "Inactive"], ["ex:train", "ex:train", "Active"],
	] {
		asked := asking({"actions": [{"name": row[1]}]})
		activation(permission({"actions": [{"name": row[0]}]}), asked, world) == row[2]
		activation(prohibition({"actions": [{"name": row[0]}]}), asked, world) == row[2]
	}
}

test_an_action_of_no_known_vocabulary_may_lie_below_use if {
	asked := asking({"actions": [{"name": "ex:train"}]})
	activation(permission({"actions": [{"name": "use"}]}), asked, world) == "Inactive"
	activation(prohibition({"actions": [{"name": "use"}]}), asked, world) == "Active"
}

test_one_of_several_actions_and_targets_will_do if {
	activation(permission({"actions": [{"name": "print"}, {"name": "read"}]}), request, world) == "Active"
	activation(permission({"targets": [{"id": "ex:y"}, {"id": "ex:x"}]}), request, world) == "Active"
	reason(permission({"targets": [{"id": "ex:y"}, {"id": "ex:z"}]}), request, world) == "the target is 'ex:x', not 'ex:y' or 'ex:z'"
}

# ---- shorthand of the policy ----

test_what_the_policy_states_holds_for_rules_that_do_not if {
	shared := {"permissions": [{"actions": [{"name": "read"}]}], "assignees": [{"id": alice}], "targets": [{"id": "ex:x"}]}
	activation(shared, request, world) == "Active"
	activation(shared, asking({"assignees": [{"id": "ex:bob"}]}), world) == "Inactive"
	activation(shared, asking({"targets": [{"id": "ex:y"}]}), world) == "Inactive"
	own := object.union(policy, {"targets": [{"id": "ex:y"}]})
	activation(own, request, world) == "Active"
	asked := {"permissions": [{"actions": [{"name": "read"}]}], "assignees": [{"id": alice}], "targets": [{"id": "ex:x"}]}
	activation(policy, asked, world) == "Active"
}

# ---- collections and refinements ----

staff(part) := permission({"assignees": [object.union({"id": "ex:staff", "collection": true}, part)]})

member := knowing({"members": [
	{"uid": alice, "part_of": ["ex:team"], "facts": {"idsc:ROLE": [{"type": "", "text": "auditor"}]}},
	{"uid": "ex:team", "part_of": ["ex:staff"]},
	{"uid": alice, "part_of": [], "facts": {"industry": [{"type": "", "text": "steel"}]}},
]})

test_members_of_a_collection if {
	activation(staff({}), request, member) == "Active"
	activation(staff({}), request, world) == "Inactive"
	activation(staff({"source": alice}), request, member) == "Inactive"
	activation(permission({"assignees": [{"source": "ex:staff", "collection": true}]}), request, member) == "Active"
	activation(permission({"targets": [{"id": "ex:all"}]}), request, knowing({"members": [{"uid": "ex:x", "part_of": ["ex:all"]}]})) == "Active"
	nameless := permission({"assignees": [{"collection": true}]})
	activation(nameless, request, member) == "Inactive"
	activation({"prohibitions": nameless.permissions}, request, member) == "Active"
	reason(permission({"assignees": [{"source": "ex:board", "collection": true}]}), request, member) == "the party is 'http://example.org/alice', not 'ex:board'"
}

role(value) := atomic("idsc:ROLE", "eq", [{"type": "", "text": value}])

test_refinements_of_parties_and_assets if {
	activation(staff({"refinements": [role("auditor")]}), request, member) == "Active"
	activation(staff({"refinements": [role("buyer")]}), request, member) == "Inactive"
	activation(permission({"targets": [{"id": "ex:x", "refinements": [role("auditor")]}]}), request, member) == "Inactive"
	unknown := {"targets": [{"id": "ex:x", "refinements": [role("auditor")]}]}
	activation(prohibition(unknown), request, member) == "Active"
	reason(staff({"refinements": [role("buyer")]}), request, member) == "the party is 'http://example.org/alice', not 'ex:staff' refined"
}

resolution(value) := atomic("resolution", "lteq", [{"type": "xsd:integer", "text": value}])

test_refinements_of_actions if {
	limited := {"actions": [{"name": "print", "refinements": [resolution("1200")]}]}
	stated := asking({"actions": [{"name": "print", "refinements": [object.union(resolution("600"), {"operator": "eq"})]}]})
	activation(permission(limited), stated, world) == "Active"
	activation(permission(limited), asking({"actions": [{"name": "print"}]}), world) == "Inactive"
	activation(prohibition(limited), asking({"actions": [{"name": "print"}]}), world) == "Active"
	activation(permission(limited), stated, knowing({"facts": {"resolution": [{"type": "xsd:integer", "text": "2400"}]}})) == "Inactive"
}

# ---- constraints, and where facts come from ----

purpose(operator, value) := atomic("purpose", operator, [{"type": "", "text": value}])

test_the_request_states_what_the_world_does_not if {
	research := permission({"constraints": [purpose("eq", "research")]})
	activation(research, request, world) == "Inactive"
	activation(research, asking({"constraints": [purpose("eq", "research")]}), world) == "Active"
	activation(research, asking({"constraints": [purpose("isAnyOf", "research")]}), world) == "Inactive"
	audit := knowing({"facts": {"purpose": [{"type": "", "text": "audit"}]}})
	activation(research, asking({"constraints": [purpose("eq", "research")]}), audit) == "Inactive"
	activation(research, request, knowing({"facts": {"purpose": [{"type": "", "text": "research"}]}})) == "Active"
}

test_a_missing_fact_closes_permissions_and_prohibitions if {
	[allowed] := judged(permission({"constraints": [purpose("neq", "research")]}), request, world)
	allowed.activation == "Inactive"
	allowed.reason == "purpose neq 'research': no fact says what purpose is"
	[forbidden] := judged(prohibition({"constraints": [purpose("eq", "research")]}), request, world)
	forbidden.activation == "Active"
	forbidden.reason == "it applies as long as this is not known: purpose eq 'research': no fact says what purpose is"
	timed := {"constraints": [atomic("dateTime", "lt", [{"type": "xsd:date", "text": "2030-01-01"}])]}
	activation(permission(timed), request, {}) == "Inactive"
	activation(prohibition(timed), request, {}) == "Active"
	activation(permission(timed), request, world) == "Active"
}

test_reasons_name_three_causes_and_count_the_others if {
	many := permission({"constraints": [purpose("eq", value) | some value in ["a", "b", "c", "d", "e"]]})
	reason(many, request, world) == concat("; ", [
		"purpose eq 'a': no fact says what purpose is",
		"purpose eq 'b': no fact says what purpose is",
		"purpose eq 'c': no fact says what purpose is",
		"and 2 more",
	])
}

# ---- duties ----

owing := permission({"duties": [{"id": "pay", "actions": [{"name": "compensate"}], "consequences": [{"id": "fine", "actions": [{"name": "compensate"}]}]}]})

reported(list) := knowing({"reports": list})

report(rule, state, created) := {"rule": rule, "policy": "p", "created": created, "state": state}

test_a_violated_duty_hinders_its_permission if {
	activation(owing, request, world) == "Active"
	activation(owing, request, reported([report("pay", "NonSet", "2024-01-01T00:00:00Z")])) == "Active"
	activation(owing, request, reported([report("pay", "Fulfilled", "2024-01-01T00:00:00Z")])) == "Active"
	activation(owing, request, reported([report("pay", "Violated", "2024-01-01T00:00:00Z")])) == "Inactive"
	activation(owing, request, reported([report("fine", "Violated", "2024-01-01T00:00:00Z")])) == "Inactive"
	activation(owing, request, reported([report("other", "Violated", "2024-01-01T00:00:00Z")])) == "Active"
	activation(owing, request, reported([{"rule": "pay", "state": "Violated"}])) == "Inactive"
	elsewhere := object.union(report("pay", "Violated", "2024-01-01T00:00:00Z"), {"policy": "q"})
	activation(owing, request, reported([elsewhere])) == "Active"
	reason(owing, request, reported([report("pay", "Violated", "2024-01-01T00:00:00Z")])) == "duty 'pay' is reported as violated"
	reason(owing, request, world) == "everything that it states holds; duty 'pay' is not reported as fulfilled"
	reason(owing, request, reported([report("pay", "Fulfilled", "2024-01-01T00:00:00Z")])) == "everything that it states holds"
}

test_the_newest_report_counts if {
	late := report("pay", "Fulfilled", "2024-01-01T02:00:00+02:00")
	activation(owing, request, reported([report("pay", "Violated", "2023-12-31T23:00:00Z"), late])) == "Active"
	activation(owing, request, reported([report("pay", "Violated", "2024-01-01T00:00:00Z"), late])) == "Inactive"
	activation(owing, request, reported([report("pay", "Violated", "2024-01-01T01:00:00Z"), late])) == "Inactive"
	activation(owing, request, reported([report("pay", "Violated", "once"), late])) == "Inactive"
}

test_a_nameless_duty_is_called_by_its_action if {
	nameless := permission({"duties": [{"actions": [{"name": "inform"}]}]})
	reason(nameless, request, world) == "everything that it states holds; duty 'inform' is not reported as fulfilled"
}

# ---- obligations ----

test_an_obligation_binds_its_party_whatever_is_asked_for if {
	must := {"id": "p", "obligations": [{"id": "clean", "actions": [{"name": "delete"}], "assignees": [{"id": alice}]}]}
	[rule] := judged(must, request, world)
	rule.kind == "Obligation"
	rule.activation == "Active"
	rule.reason == "everything that it states holds; nothing is reported about it"
	activation(must, asking({"assignees": [{"id": "ex:bob"}]}), world) == "Inactive"
	reason(must, request, reported([report("clean", "Fulfilled", "2024-01-01T00:00:00Z")])) == "everything that it states holds; it is reported as fulfilled"
	from_june := {"obligations": [{"constraints": [atomic("dateTime", "gteq", [{"type": "xsd:date", "text": "2024-06-01"}])]}]}
	activation(from_june, request, world) == "Inactive"
	activation(from_june, request, {"current_time": "2024-06-01T00:00:00Z"}) == "Active"
	activation(from_june, request, {}) == "Active"
}

# ---- conflicts ----

both(strategy) := object.union(strategy, {
	"id": "p",
	"permissions": policy.permissions,
	"prohibitions": [{"id": "no-use", "actions": [{"name": "use"}]}],
	"obligations": [{"id": "log", "actions": [{"name": "inform"}]}],
})

activations(p) := {rule.rule: rule.activation | some rule in judged(p, request, world)}

test_conflicts_are_settled_as_the_policy_says if {
	activations(both({"conflict": "perm"})) == {"read-x": "Active", "no-use": "Inactive", "log": "Active"}
	activations(both({"conflict": "prohibit"})) == {"read-x": "Inactive", "no-use": "Active", "log": "Active"}
	activations(both({"conflict": "invalid"})) == {"read-x": "Inactive", "no-use": "Inactive", "log": "Inactive"}
	activations(both({})) == {"read-x": "Inactive", "no-use": "Inactive", "log": "Inactive"}
	{rule.reason | some rule in judged(both({}), request, world)} == {"the policy is void: a permission and a prohibition of it conflict, and it does not say which of them prevails"}
}

test_no_conflict_where_the_prohibition_does_not_apply if {
	apart := object.union(both({}), {"prohibitions": [{"id": "no-sale", "actions": [{"name": "transfer"}]}]})
	activations(apart) == {"read-x": "Active", "no-sale": "Inactive", "log": "Active"}
}

# ---- what is not in the normal form is never read as a permission ----

test_other_forms_close if {
	every part in [
		{"actions": [{}]}, {"actions": ["read"]}, {"actions": "read"}, {"assignees": ["x"]},
		{"assignees": [null]}, {"targets": [{}]}, {"targets": "ex:x"},
		{"constraints": [{}]}, {"constraints": ["x"]},
	] {
		[rule] := judged(permission(part), request, world)
		rule.activation == "Inactive"
		[forbidden] := judged(prohibition(part), request, world)
		forbidden.activation == "Active"
	}
}

test_nothing_is_decided_without_policy_or_request if {
	not judged(null, request, world)
	not data.connector.odrl.result with input as {}
	not judged(permission({"constraints": [purpose("eq", "x")]}), null, world)
}

# ---- what may be asked of the OPA that serves it ----

test_only_its_own_question_may_be_asked if {
	allowed({"method": "POST", "path": ["v1", "data", "connector", "odrl", "result"]})
	not allowed({"method": "POST", "path": ["v1", "data", "connector", "odrl"]})
	not allowed({"method": "PUT", "path": ["v1", "data", "connector", "odrl", "result"]})
	not allowed({"method": "GET", "path": ["v1", "data", "connector", "odrl", "result"]})
}

allowed(asked) if data.system.authz.allow with input as asked
