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

# Fields of kinds that the dataset cannot hold are left out of the answer. data.tables.paths is
# fields.yaml turned round by the publisher: kind -> label -> paths.
relevant[label] contains path if {
	some kind in kinds
	some label, paths in data.tables.paths[kind]
	some path in paths
}

kinds := {"header", "tombstone"} | {kind | some kind in input.resource.kinds} if {
	count(input.resource.kinds) > 0
}

kinds := object.keys(data.tables.paths) if count(input.resource.kinds) == 0

visible contains path if {
	some label, paths in relevant
	outcome[label].then != "drop"
	some path in paths
}

obligations contains {"type": sprintf("field.%s", [rule.then]), "path": path, "argument": argument(rule)} if {
	some label, paths in relevant
	rule := outcome[label]
	not rule.then in {"show", "drop"}
	some path in paths
}

# A field that is withheld although a message around it is shown. data.tables.around holds, for the
# few fields that stand within another one of fields.yaml, those others.
obligations contains {"type": "field.drop", "path": path} if {
	some path, outer in data.tables.around
	not path in visible
	some one in outer
	one in visible
}

argument(rule) := rule.argument

argument(rule) := "" if not rule.argument
