# Which fields leave, and how: each field has a label (fields.yaml), and each label says what it
# permits to whom, for what (labels.yaml). A field without a label is withheld.
package connector.fields

import data.connector.access

# The first rule of a label that fits decides; where none fits, the field is withheld.
outcome[label] := fitting[0] if {
	some label, rules in data.tables.labels
	fitting := [rule | some rule in rules; fits(rule)]
	count(fitting) > 0
}

fits(rule) if {
	covers(rule, "groups", access.groups)
	covers(rule, "purposes", {input.request.purpose})
	covers(rule, "datasets", {input.resource.dataset})
}

covers(rule, key, _) if not rule[key]

covers(rule, key, values) if {
	some value in rule[key]
	value in values
}

# Fields of kinds that the dataset cannot hold are left out of the answer.
relevant contains path if {
	some path, _ in data.tables.fields
	of_kind(split(path, ".")[0])
}

of_kind("header")

of_kind("tombstone")

of_kind(kind) if kind in input.resource.kinds

of_kind(_) if count(input.resource.kinds) == 0

visible contains path if {
	some path in relevant
	outcome[data.tables.fields[path]].then != "drop"
}

obligations contains {"type": sprintf("field.%s", [rule.then]), "path": path, "argument": argument(rule)} if {
	some path in relevant
	rule := outcome[data.tables.fields[path]]
	not rule.then in {"show", "drop"}
}

# A field that is withheld although the message around it is shown.
obligations contains {"type": "field.drop", "path": path} if {
	some path in relevant
	not path in visible
	parts := split(path, ".")
	some length in numbers.range(2, count(parts) - 1)
	concat(".", array.slice(parts, 0, length)) in visible
}

argument(rule) := rule.argument

argument(rule) := "" if not rule.argument
