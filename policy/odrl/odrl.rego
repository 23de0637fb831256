# Judges a policy in the normal form (docs/formats.md) against a request and a state of the world:
# POST /v1/data/connector/odrl/result. policy/README.md documents input and answer. The documents
# are data for these rules; nothing of them is ever read as Rego.
package connector.odrl

import data.connector.odrl.actions
import data.connector.odrl.constraint
import data.connector.odrl.values

# Undefined rather than short of a rule: then nothing is decided.
result := {"rules": [answered(settled(rule)) | some rule in rules]} if {
	every part in [input.policy, input.request, input.world] {
		is_object(part)
	}
	count(rules) == sum([count(object.get(input.policy, key, [])) | some key in ["permissions", "prohibitions", "obligations"]])
}

# A large policy has large premises: only who asks for them has them.
answered(rule) := rule if {
	input.explain == true
} else := object.remove(rule, ["premises"])

rules := array.concat(
	judged("Permission", "permissions"),
	array.concat(judged("Prohibition", "prohibitions"), judged("Obligation", "obligations")),
)

judged(kind, key) := [judge(kind, sprintf("%s[%d]", [lower(kind), i]), rule) |
	some i, rule in object.get(input.policy, key, [])
]

# ---- one rule by itself ----

# What makes nothing known, makes a permission Inactive and a prohibition or an obligation Active.
judge(kind, place, rule) := {
	"rule": named(rule, place),
	"kind": kind,
	"activation": activation(kind, state, violated),
	"reason": reason(kind, premises, state, violated, rule),
	"premises": premises,
} if {
	constraints := [constraint.judge(c, situation) | some c in object.get(rule, "constraints", [])]
	count(constraints) == count(object.get(rule, "constraints", []))
	premises := array.concat(parts(kind, rule), constraints)
	state := constraint.every_one([premise.state | some premise in premises])
	violated := violations(kind, rule)
}

named(rule, place) := place if {
	object.get(rule, "id", "") == ""
} else := rule.id

default activation(_, _, _) := "Inactive"

activation("Permission", "Satisfied", []) := "Active"

activation(kind, state, _) := "Active" if {
	kind in {"Prohibition", "Obligation"}
	state != "Unsatisfied"
}

# Only what the rule or its policy states restricts it.
parts(kind, rule) := [premise |
	some premise in [target_premise(rule), party_premise(rule), action_premise(kind, rule)]
	premise.state != "Unstated"
]

# ---- target and party ----

default target_premise(_) := {"kind": "Target", "state": "Unknown", "text": "the target is not in the normal form"}

target_premise(rule) := stated("Target", targets(rule), [matches(target, asked.target) | some target in targets(rule)], sprintf(
	"the target is %s, not %s",
	[shown(asked.target), described(targets(rule))],
))

default party_premise(_) := {"kind": "Party", "state": "Unknown", "text": "the party is not in the normal form"}

party_premise(rule) := stated("Party", assignees(rule), [matches(party, asked.party) | some party in assignees(rule)], sprintf(
	"the party is %s, not %s",
	[shown(asked.party), described(assignees(rule))],
))

stated(kind, [], _, _) := {"kind": kind, "state": "Unstated"}

stated(kind, things, states, text) := {"kind": kind, "state": state, "text": words} if {
	things != []
	count(states) == count(things)
	state := constraint.any_one(states)
	words := {"Satisfied": "", "Unsatisfied": text, "Unknown": sprintf("not known: %s", [text])}[state]
}

targets(rule) := own_or_shared(object.get(rule, "targets", []), object.get(input.policy, "targets", []))

assignees(rule) := own_or_shared(object.get(rule, "assignees", []), object.get(input.policy, "assignees", []))

own_or_shared(own, shared) := shared if {
	own == []
} else := own

# A party or an asset matches if it is the one that is named, or a member of it, and all refinements
# hold for it.
matches(subject, who) := constraint.every_one(array.concat(
	[belongs(subject, who)],
	[constraint.judge(refinement, facts_of(who)).state | some refinement in object.get(subject, "refinements", [])],
))

default belongs(_, _) := "Unknown"

belongs(subject, who) := constraint.of_truth[count(names & ({who} | collections(who))) > 0] if {
	who != ""
	names := {object.get(subject, "id", ""), object.get(subject, "source", "")} - {""}
	names != set()
	not named_as_source(subject, who)
}

# To be named as the source of a collection makes nobody a member of it.
belongs(subject, who) := "Unsatisfied" if named_as_source(subject, who)

named_as_source(subject, who) if {
	who != ""
	who == object.get(subject, "source", "")
	who != object.get(subject, "id", "")
}

collections(who) := graph.reachable(constraint.wholes, {who}) - {who}

facts_of(who) := {operand: [value |
	some entry in constraint.members[who]
	some value in object.get(entry, ["facts", operand], [])
] |
	some member in constraint.members[who]
	some operand, _ in object.get(member, "facts", {})
}

# ---- action ----

default action_premise(_, _) := {"kind": "Action", "state": "Unknown", "text": "the action is not in the normal form"}

# The action of an obligation is what is owed, not what is asked for.
action_premise("Obligation", _) := {"kind": "Action", "state": "Unstated"}

action_premise(kind, rule) := stated("Action", rule_actions(rule), [action_state(action) | some action in rule_actions(rule)], sprintf(
	"the action is %s, not %s",
	[shown(asked.action.name), concat(" or ", [words | some action in rule_actions(rule); words := described_action(action)])],
)) if {
	kind != "Obligation"
}

rule_actions(rule) := object.get(rule, "actions", [])

action_state(action) := constraint.every_one(array.concat(
	[covered(action.name)],
	[constraint.judge(refinement, action_facts).state | some refinement in object.get(action, "refinements", [])],
))

default covered(_) := "Unknown"

covered(name) := actions.covers(name, asked.action.name) if asked.action.name != ""

described_action(action) := sprintf("'%s'%s", [constraint.short(action.name), refined(action)])

# ---- duties ----

# The duties of a permission, and what is owed when one of them failed, that are reported Violated. A
# duty of which nothing is reported does not hinder.
violations("Permission", rule) := [duty |
	some first in object.get(rule, "duties", [])
	some duty in array.concat([first], object.get(first, "consequences", []))
	duty_state(duty) == "Violated"
]

violations(kind, _) := [] if kind != "Permission"

default duty_state(_) := "NonSet"

duty_state(duty) := "Violated" if "Violated" in newest(duty)

duty_state(duty) := "Fulfilled" if newest(duty) == {"Fulfilled"}

# Of several reports about one duty the newest counts; where that cannot be told, all of them.
newest(duty) := {report.state | some i, report in found; times[i] == max(times)} if {
	found := reports_on(duty)
	times := [at | some report in found; at := values.time_span(report.created)[0]]
	count(times) == count(found)
} else := {report.state | some report in reports_on(duty)}

reports_on(duty) := [report |
	some report in reports[duty.id]
	object.get(report, "policy", "") in {"", object.get(input.policy, "id", "")}
]

reports[report.rule] contains report if some report in input.world.reports

# ---- conflicts: both kinds of rule are Active for the same request ----

active(kind) := [rule.rule | some rule in rules; rule.kind == kind; rule.activation == "Active"]

conflict if {
	active("Permission") != []
	active("Prohibition") != []
}

strategy := {"perm": "perm", "prohibit": "prohibit"}[input.policy.conflict]

default overruled(_) := false

overruled("Prohibition") if strategy == "perm"

overruled("Permission") if strategy == "prohibit"

# "invalid", the default: the policy is void as a whole.
overruled(_) if not strategy

settled(rule) := object.union(rule, {"activation": "Inactive", "reason": conflict_text}) if {
	conflict
	rule.activation == "Active"
	overruled(rule.kind)
} else := rule

default conflict_text := "the policy is void: a permission and a prohibition of it conflict, and it does not say which of them prevails"

conflict_text := "the policy lets permissions prevail over prohibitions, and one is active" if strategy == "perm"

conflict_text := "the policy lets prohibitions prevail over permissions, and one is active" if strategy == "prohibit"

# ---- the request: one permission for one party, one action and one target at most ----

default asked := {"party": "", "target": "", "action": {"name": ""}}

asked := {
	"party": object.get(first(parties), "id", ""),
	"target": object.get(first(assets), "id", ""),
	"action": object.union({"name": ""}, first(rule_actions(wanted))),
} if {
	[wanted] := input.request.permissions
	parties := own_or_shared(object.get(wanted, "assignees", []), object.get(input.request, "assignees", []))
	assets := own_or_shared(object.get(wanted, "targets", []), object.get(input.request, "targets", []))
	every list in [parties, assets, rule_actions(wanted)] {
		count(list) < 2
	}
}

first(list) := array.concat(list, [{}])[0]

# What the request states about itself ("purpose eq ...") counts where the world says nothing.
situation := object.union(stated_by(object.get(input.request.permissions[0], "constraints", [])), world_facts)

action_facts := object.union(stated_by(object.get(asked.action, "refinements", [])), situation)

world_facts := object.union(object.get(input.world, "facts", {}), now)

default now := {}

now := {"dateTime": [{"type": "xsd:dateTime", "text": input.world.current_time}]}

stated_by(constraints) := {left: rights |
	some c in constraints
	c.kind == "atomic"
	c.operator == "eq"
	left := c.left
	rights := [qualified(right, c) |
		some other in constraints
		other.left == left
		other.kind == "atomic"
		other.operator == "eq"
		some right in other.right
	]
}

qualified(value, c) := object.union(value, object.filter(c, constraint.qualifiers))

# ---- reasons, in words ----

reason(kind, premises, state, violated, rule) := failing(premises, state) if {
	state == "Unsatisfied"
} else := sprintf("duty '%s' is reported as violated", [duty_name(violated[0])]) if {
	violated != []
} else := failing(premises, state) if {
	state == "Unknown"
	kind == "Permission"
} else := sprintf("it applies as long as this is not known: %s", [failing(premises, state)]) if {
	state == "Unknown"
} else := concat("", ["everything that it states holds", outstanding(kind, rule)])

failing(premises, state) := concat("; ", array.concat(
	array.slice(texts, 0, 3),
	[sprintf("and %d more", [count(texts) - 3]) | count(texts) > 3],
)) if {
	texts := [why(premise) | some premise in premises; premise.state == state]
}

why(premise) := premise.text if {
	premise.kind != "Constraint"
} else := constraint.text(premise)

# What is owed, and not reported as done.
outstanding("Permission", rule) := concat("", [sprintf("; duty '%s' is not reported as fulfilled", [duty_name(duty)]) |
	some duty in object.get(rule, "duties", [])
	duty_state(duty) != "Fulfilled"
])

outstanding("Obligation", rule) := sprintf("; it is reported as %s", [lower(duty_state(rule))]) if duty_state(rule) != "NonSet"

outstanding("Obligation", rule) := "; nothing is reported about it" if duty_state(rule) == "NonSet"

outstanding("Prohibition", _) := ""

duty_name(duty) := named(duty, concat(" or ", [action.name | some action in rule_actions(duty)]))

shown(id) := "not stated" if {
	id == ""
} else := sprintf("'%s'", [constraint.short(id)])

described(subjects) := concat(" or ", [sprintf("%s%s", [shown(named_subject(subject)), refined(subject)]) | some subject in subjects])

named_subject(subject) := object.get(subject, "source", "") if {
	object.get(subject, "id", "") == ""
} else := subject.id

refined(thing) := "" if {
	object.get(thing, "refinements", []) == []
} else := " refined"
