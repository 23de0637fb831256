# Constraints against facts, in three values: where a fact is missing, or cannot be compared with
# what the constraint names, the constraint is "Unknown". Whoever reads that decides what it means:
# a permission does not hold by it, a prohibition does.
package connector.odrl.constraint

import data.connector.odrl.values

# facts: operand -> list of {type, text, unit}. Rego knows no recursion, so that the levels of a tree
# of constraints are written out: as many as the reader of policies lets through.
judge(constraint, facts) := node(constraint, facts, [judge_2(o, facts) | some o in constraint.operands])

judge_2(constraint, facts) := node(constraint, facts, [judge_3(o, facts) | some o in constraint.operands])

judge_3(constraint, facts) := node(constraint, facts, [judge_4(o, facts) | some o in constraint.operands])

judge_4(constraint, facts) := node(constraint, facts, [judge_5(o, facts) | some o in constraint.operands])

judge_5(constraint, facts) := node(constraint, facts, [judge_6(o, facts) | some o in constraint.operands])

judge_6(constraint, facts) := node(constraint, facts, [judge_7(o, facts) | some o in constraint.operands])

judge_7(constraint, facts) := node(constraint, facts, [judge_8(o, facts) | some o in constraint.operands])

judge_8(constraint, facts) := node(constraint, facts, [judge_9(o, facts) | some o in constraint.operands])

judge_9(constraint, facts) := node(constraint, facts, [judge_10(o, facts) | some o in constraint.operands])

judge_10(constraint, facts) := node(constraint, facts, [judge_11(o, facts) | some o in constraint.operands])

judge_11(constraint, facts) := node(constraint, facts, [judge_12(o, facts) | some o in constraint.operands])

judge_12(constraint, facts) := node(constraint, facts, [judge_13(o, facts) | some o in constraint.operands])

judge_13(constraint, facts) := node(constraint, facts, [judge_14(o, facts) | some o in constraint.operands])

judge_14(constraint, facts) := node(constraint, facts, [judge_15(o, facts) | some o in constraint.operands])

judge_15(constraint, facts) := node(constraint, facts, [judge_16(o, facts) | some o in constraint.operands])

judge_16(constraint, facts) := node(constraint, facts, [too_deep | some _ in constraint.operands])

too_deep := {"kind": "Constraint", "state": "Unknown"}

# ---- one node: what it is, its state, and why in words ----

# Total, so that no constraint falls out of the list that it stands in.
default node(_, _, _) := {"kind": "Constraint", "state": "Unknown"}

node(constraint, facts, _) := {
	"kind": "Constraint",
	"constraint": object.get(constraint, "id", ""),
	"left_operand": constraint.left,
	"operator": constraint.operator,
	"right_operand": constraint.right,
	"found": found,
	"state": atomic(constraint, found),
} if {
	constraint.kind == "atomic"
	found := object.get(facts, constraint.left, [])
}

node(constraint, _, premises) := {
	"kind": "Constraint",
	"constraint": object.get(constraint, "id", ""),
	"operator": constraint.kind,
	"state": logical(constraint.kind, [premise.state | some premise in premises]),
	"premises": premises,
} if {
	constraint.kind != "atomic"
}

# ---- logic of three values ----

every_one(states) := "Unsatisfied" if {
	"Unsatisfied" in states
} else := "Unknown" if {
	"Unknown" in states
} else := "Satisfied"

any_one(states) := "Satisfied" if {
	"Satisfied" in states
} else := "Unknown" if {
	"Unknown" in states
} else := "Unsatisfied"

only_one(states) := "Unsatisfied" if {
	satisfied(states) > 1
} else := "Unknown" if {
	"Unknown" in states
} else := "Satisfied" if {
	satisfied(states) == 1
} else := "Unsatisfied"

satisfied(states) := count([state | some state in states; state == "Satisfied"])

opposite := {"Satisfied": "Unsatisfied", "Unsatisfied": "Satisfied", "Unknown": "Unknown"}

of_truth := {true: "Satisfied", false: "Unsatisfied"}

# Facts are of one moment, at which a sequence is no more than all of its parts; their order decides
# which of them is named as the one that fails.
logical(_, []) := "Unknown"

logical(kind, states) := every_one(states) if {
	kind in {"and", "andSequence"}
	states != []
}

logical("or", states) := any_one(states) if states != []

logical("xone", states) := only_one(states) if states != []

# ---- atomic constraints ----

default atomic(_, _) := "Unknown"

atomic(constraint, found) := holds(constraint.operator, constraint, found) if {
	object.filter(constraint, qualifiers) == shared_qualifiers(found)
}

# In which unit and how often the facts are meant; only the like can be compared. Undefined where
# there is no fact.
shared_qualifiers(found) := shared if {
	shared := all_qualifiers(found[0])
	every value in found {
		all_qualifiers(value) == shared
	}
}

all_qualifiers(value) := object.union({"unit": "", "frequency": "", "contract": ""}, object.filter(value, qualifiers))

qualifiers := {"unit", "frequency", "contract"}

# Several facts about one operand (roles, events): each of them is a fact. Against one value "eq" asks
# whether it is among them, against several whether they are the same set.
holds("eq", constraint, found) := equals(constraint, found)

holds("neq", constraint, found) := opposite[equals(constraint, found)]

equals(constraint, found) := any_one([same(constraint, value, constraint.right[0]) | some value in found]) if {
	count(constraint.right) == 1
}

equals(constraint, found) := every_one(array.concat(
	[any_one([same(constraint, value, right) | some right in constraint.right]) | some value in found],
	[any_one([same(constraint, value, right) | some value in found]) | some right in constraint.right],
)) if {
	count(constraint.right) > 1
}

holds("isAnyOf", constraint, found) := meets(constraint, found)

holds("isNoneOf", constraint, found) := opposite[meets(constraint, found)]

meets(constraint, found) := any_one([same(constraint, value, right) |
	some value in found
	some right in constraint.right
]) if {
	count(constraint.right) > 0
}

holds("isAllOf", constraint, found) := every_one([state |
	some right in constraint.right
	state := any_one([same(constraint, value, right) | some value in found])
]) if {
	count(constraint.right) > 0
}

holds("isPartOf", constraint, found) := any_one([within(wholes, value.text, right.text) |
	some value in found
	some right in constraint.right
]) if {
	resolved(constraint)
}

holds("hasPart", constraint, found) := every_one([state |
	some right in constraint.right
	state := any_one([within(wholes, right.text, value.text) | some value in found])
]) if {
	resolved(constraint)
}

holds("isA", constraint, found) := any_one([within(classes, value.text, right.text) |
	some value in found
	some right in constraint.right
]) if {
	resolved(constraint)
}

holds("lt", constraint, found) := of_truth[order(constraint, found) < 0]

holds("lteq", constraint, found) := of_truth[order(constraint, found) <= 0]

# The second name of lteq in the Dataspace Protocol 2025-1.
holds("term-lteq", constraint, found) := of_truth[order(constraint, found) <= 0]

holds("gt", constraint, found) := of_truth[order(constraint, found) > 0]

holds("gteq", constraint, found) := of_truth[order(constraint, found) >= 0]

resolved(constraint) if {
	constraint.right != []
	every right in constraint.right {
		object.get(right, "type", "") != "@reference"
	}
}

# Only one value has an order to another one.
order(constraint, [value]) := values.compare(kind_of(constraint, value, right), value.text, right.text) if {
	[right] := constraint.right
}

default same(_, _, _) := "Unknown"

same(constraint, value, right) := of_truth[values.alike(kind_of(constraint, value, right), value.text, right.text)]

kind_of(constraint, value, right) := known if {
	known := values.of_operand[constraint.left]
} else := values.kind([object.get(thing, key, "") |
	some [thing, key] in [[constraint, "data_type"], [right, "type"], [value, "type"]]
])

# ---- parts and classes: by the members of the world, transitively ----

within(_, part, whole) := "Satisfied" if part == whole

within(tree, part, whole) := of_truth[whole in graph.reachable(tree, {part})] if {
	part != whole
	stated_in(tree, part)
}

# The world does not say what it is part of, or of which class.
within(tree, part, whole) := "Unknown" if {
	part != whole
	not stated_in(tree, part)
}

stated_in(tree, part) if count(tree[part]) > 0

wholes := edges("part_of")

classes := edges("types")

edges(key) := object.union(
	{above: [] | some member in input.world.members; some above in object.get(member, key, [])},
	{uid: {above | some member in entries; some above in object.get(member, key, [])} |
		some uid, entries in members
	},
)

# An identifier may have several entries.
members[member.uid] contains member if some member in input.world.members

# ---- why a premise does not hold, in words ----

text(premise) := leaf_text(premise) if {
	not premise.premises
} else := sprintf("%s%s", [tally(premise), leaf_text(leaf)]) if {
	leaf := narrow_4(narrow_4(narrow_4(narrow_4(premise))))
}

narrow_4(premise) := narrow(narrow(narrow(narrow(premise))))

# The first one below that has the same fault.
narrow(premise) := first if {
	first := [below | some below in premise.premises; below.state == premise.state][0]
} else := premise

leaf_text(premise) := sprintf("%s: no fact says what %s is", [said(premise), short(premise.left_operand)]) if {
	premise.found == []
} else := sprintf("%s: %s cannot be compared with it", [said(premise), listed(premise.found)]) if {
	premise.found
	premise.state == "Unknown"
} else := sprintf("%s: it is %s", [said(premise), listed(premise.found)]) if {
	premise.found
} else := "" if {
	premise.premises
} else := "a constraint is not in the normal form, or nested too deep"

tally(premise) := "" if {
	premise.operator in {"and", "andSequence"}
} else := sprintf("%d of %d in '%s' hold: ", [
	satisfied([below.state | some below in premise.premises]),
	count(premise.premises),
	premise.operator,
])

said(premise) := sprintf("%s %s %s", [short(premise.left_operand), premise.operator, listed(premise.right_operand)])

listed(list) := concat(", ", array.concat(
	[sprintf("'%s'", [short(value.text)]) | some value in array.slice(list, 0, 3)],
	[sprintf("and %d more", [count(list) - 3]) | count(list) > 3],
))

# At most so much of what others wrote.
short(text) := substring(text, 0, 100)
