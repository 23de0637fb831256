package connector.odrl.constraint_test

import data.connector.odrl.constraint

facts := {
	"dateTime": [{"type": "xsd:dateTime", "text": "2024-05-01T10:00:00Z"}],
	"count": [{"type": "xsd:integer", "text": "3"}],
	"elapsedTime": [{"type": "xsd:duration", "text": "P10D"}],
	"payAmount": [{"type": "xsd:decimal", "text": "5.00", "unit": "http://dbpedia.org/resource/Euro"}],
	"purpose": [{"type": "@id", "text": "ex:audit"}],
	"spatial": [{"type": "@id", "text": "ex:berlin"}],
	"idsc:ROLE": [{"type": "", "text": "buyer"}, {"type": "", "text": "admin"}],
	"event": [{"type": "", "text": "recall"}],
	"ex:test": [{"type": "xsd:boolean", "text": "true"}],
	"ex:size": [{"type": "xsd:decimal", "text": "7.5"}],
	"media": [{"type": "", "text": "9"}],
}

world := {"members": [
	{"uid": "ex:berlin", "part_of": ["ex:germany"]},
	{"uid": "ex:germany", "part_of": ["ex:europe"]},
	{"uid": "ex:europe", "part_of": ["ex:earth"]},
	{"uid": "ex:audit", "types": ["ex:compliance"]},
	{"uid": "ex:compliance", "types": ["ex:legal-duty"]},
]}

atomic(left, operator, right) := {
	"kind": "atomic",
	"left": left,
	"operator": operator,
	"right": right,
	"unit": "",
	"frequency": "",
	"contract": "",
}

judged(c) := premise.state if premise := constraint.judge(c, facts) with input.world as world

texts(list) := [{"type": "", "text": text} | some text in list]

# [left operand, operator, right operands, state]. Operators as the ODRL vocabulary defines them.
atomics := [
	["dateTime", "eq", ["2024-05-01T12:00:00+02:00"], "Satisfied"],
	["dateTime", "eq", ["2024-05-01T10:00:00.000001Z"], "Unsatisfied"],
	["dateTime", "neq", ["2024-05-01T10:00:00Z"], "Unsatisfied"],
	["dateTime", "neq", ["2024-05-02T10:00:00Z"], "Satisfied"],
	["dateTime", "lt", ["2024-05-01T10:00:00.1Z"], "Satisfied"],
	["dateTime", "lt", ["2024-05-01T10:00:00Z"], "Unsatisfied"],
	["dateTime", "lteq", ["2024-05-01T10:00:00Z"], "Satisfied"],
	["dateTime", "lteq", ["2024-04-30"], "Unsatisfied"],
	["dateTime", "lteq", ["2024-05-01"], "Satisfied"],
	["dateTime", "term-lteq", ["2024-05-01"], "Satisfied"],
	["dateTime", "term-lteq", ["2024-04-30"], "Unsatisfied"],
	["dateTime", "gt", ["2024-05-01"], "Unsatisfied"],
	["dateTime", "gt", ["2024-04-30"], "Satisfied"],
	["dateTime", "gteq", ["2024-05-01T10:00:00Z"], "Satisfied"],
	["dateTime", "gteq", ["2024-05-01T10:00:01Z"], "Unsatisfied"],
	["dateTime", "lt", ["soon"], "Unknown"],
	["dateTime", "neq", ["soon"], "Unknown"],
	["dateTime", "lt", ["2025-01-01", "2026-01-01"], "Unknown"],
	["count", "lteq", ["10"], "Satisfied"],
	["count", "lt", ["3"], "Unsatisfied"],
	["count", "eq", ["3.0"], "Satisfied"],
	["elapsedTime", "lteq", ["P1M"], "Satisfied"],
	["elapsedTime", "lteq", ["PT239H"], "Unsatisfied"],
	["elapsedTime", "eq", ["PT240H"], "Satisfied"],
	["purpose", "eq", ["ex:audit"], "Satisfied"],
	["purpose", "neq", ["ex:audit"], "Unsatisfied"],
	["purpose", "eq", ["ex:marketing"], "Unsatisfied"],
	["purpose", "lt", ["ex:marketing"], "Unknown"],
	["purpose", "isAnyOf", ["ex:marketing", "ex:audit"], "Satisfied"],
	["purpose", "isAnyOf", ["ex:marketing"], "Unsatisfied"],
	["purpose", "isNoneOf", ["ex:marketing", "ex:audit"], "Unsatisfied"],
	["purpose", "isNoneOf", ["ex:marketing"], "Satisfied"],
	["purpose", "isA", ["ex:legal-duty"], "Satisfied"],
	["purpose", "isA", ["ex:audit"], "Satisfied"],
	["purpose", "isA", ["ex:marketing"], "Unsatisfied"],
	["spatial", "isPartOf", ["ex:europe"], "Satisfied"],
	["spatial", "isPartOf", ["ex:asia", "ex:europe"], "Satisfied"],
	["spatial", "isPartOf", ["ex:asia"], "Unsatisfied"],
	["spatial", "isPartOf", ["ex:berlin"], "Satisfied"],
	["spatial", "isA", ["ex:city"], "Unknown"],
	["event", "isPartOf", ["ex:season"], "Unknown"],
	["spatial", "hasPart", ["ex:berlin"], "Satisfied"],
	["spatial", "hasPart", ["ex:germany"], "Unsatisfied"],
	["spatial", "hasPart", ["ex:moon"], "Unknown"],
	["idsc:ROLE", "eq", ["admin"], "Satisfied"],
	["idsc:ROLE", "neq", ["admin"], "Unsatisfied"],
	["idsc:ROLE", "neq", ["guest"], "Satisfied"],
	["idsc:ROLE", "eq", ["admin", "buyer"], "Satisfied"],
	["idsc:ROLE", "eq", ["admin", "buyer", "guest"], "Unsatisfied"],
	["idsc:ROLE", "isAllOf", ["admin", "buyer"], "Satisfied"],
	["idsc:ROLE", "isAllOf", ["admin"], "Satisfied"],
	["idsc:ROLE", "isAllOf", ["admin", "guest"], "Unsatisfied"],
	["idsc:ROLE", "isAnyOf", ["guest", "buyer"], "Satisfied"],
	["idsc:ROLE", "lt", ["guest"], "Unknown"],
	["event", "eq", ["recall"], "Satisfied"],
	["ex:test", "eq", ["1"], "Satisfied"],
	["ex:test", "eq", ["false"], "Unsatisfied"],
	["ex:test", "gt", ["false"], "Unknown"],
	["ex:size", "gteq", ["7.50"], "Satisfied"],
	["ex:size", "gteq", ["7.51"], "Unsatisfied"],
	["media", "eq", ["9"], "Satisfied"],
	["media", "eq", ["9.0"], "Unsatisfied"],
	["language", "eq", ["en"], "Unknown"],
	["language", "neq", ["en"], "Unknown"],
	["language", "isNoneOf", ["en"], "Unknown"],
	["dateTime", "like", ["2024"], "Unknown"],
]

test_atomic_constraints if {
	every row in atomics {
		judged(atomic(row[0], row[1], texts(row[2]))) == row[3]
	}
}

test_stated_types_count_where_the_operand_has_none if {
	judged(atomic("media", "lt", [{"type": "xsd:integer", "text": "10"}])) == "Satisfied"
	judged(object.union(atomic("media", "lt", texts(["10"])), {"data_type": "xsd:integer"})) == "Satisfied"
	judged(atomic("media", "lt", texts(["10"]))) == "Unknown"
}

test_units_must_agree if {
	in_euro := object.union(atomic("payAmount", "gteq", texts(["5"])), {"unit": "http://dbpedia.org/resource/Euro"})
	judged(in_euro) == "Satisfied"
	judged(object.union(in_euro, {"unit": "http://dbpedia.org/resource/Yen"})) == "Unknown"
	judged(object.union(in_euro, {"frequency": "freq:annual"})) == "Unknown"
	judged(object.union(in_euro, {"unit": ""})) == "Unknown"
	mixed := constraint.judge(in_euro, {"payAmount": [
		{"type": "xsd:decimal", "text": "5", "unit": "http://dbpedia.org/resource/Euro"},
		{"type": "xsd:decimal", "text": "5"},
	]})
	mixed.state == "Unknown"
}

test_what_lies_elsewhere_is_not_known if {
	elsewhere := [{"type": "@reference", "text": "ex:audit"}]
	every operator in ["eq", "neq", "isAnyOf", "isNoneOf", "isAllOf", "isA", "isPartOf", "hasPart", "lt"] {
		judged(atomic("purpose", operator, elsewhere)) == "Unknown"
	}
}

test_no_right_operand_is_not_known if {
	every operator in ["eq", "neq", "isAnyOf", "isNoneOf", "isAllOf", "isA", "isPartOf", "hasPart", "lt"] {
		judged(atomic("purpose", operator, [])) == "Unknown"
	}
}

# ---- logic ----

t := atomic("count", "eq", texts(["3"]))

f := atomic("count", "eq", texts(["4"]))

u := atomic("language", "eq", texts(["en"]))

logics := [
	["and", [t, t], "Satisfied"], ["and", [t, f, u], "Unsatisfied"], ["and", [t, u], "Unknown"],
	["andSequence", [t, t], "Satisfied"], ["andSequence", [f, t], "Unsatisfied"], ["andSequence", [u, t], "Unknown"],
	["or", [f, t, u], "Satisfied"], ["or", [f, f], "Unsatisfied"], ["or", [f, u], "Unknown"],
	["xone", [f, t, f], "Satisfied"], ["xone", [t, t], "Unsatisfied"], ["xone", [f, f], "Unsatisfied"],
	["xone", [t, u], "Unknown"], ["xone", [f, u], "Unknown"], ["xone", [t, t, u], "Unsatisfied"],
	["and", [], "Unknown"], ["or", [], "Unknown"], ["xone", [], "Unknown"], ["not", [f], "Unknown"],
]

test_logical_constraints if {
	every row in logics {
		judged({"kind": row[0], "operands": row[1]}) == row[2]
	}
}

wrapped(c) := {"kind": "or", "operands": [f, {"kind": "and", "operands": [t, c]}]}

four(c) := {"kind": "and", "operands": [wrapped({"kind": "or", "operands": [f, c]})]}

test_sixteen_levels_are_judged_and_the_next_is_not_known if {
	judged(four(four(four({"kind": "and", "operands": [wrapped(t)]})))) == "Satisfied"
	judged(four(four(four({"kind": "and", "operands": [wrapped(f)]})))) == "Unsatisfied"
	judged(four(four(four(four(t))))) == "Unknown"
}

test_a_constraint_in_another_form_is_not_known if {
	every other in [{}, {"kind": "atomic"}, {"kind": "atomic", "left": "count"}, {"left": "count"}, "text", null, 1] {
		judged(other) == "Unknown"
		judged({"kind": "or", "operands": [f, other]}) == "Unknown"
	}
}

# ---- words ----

said(c) := constraint.text(premise) if premise := constraint.judge(c, facts) with input.world as world

test_the_words_name_what_decides if {
	said(f) == "count eq '4': it is '3'"
	said(u) == "language eq 'en': no fact says what language is"
	said(atomic("purpose", "lt", texts(["x"]))) == "purpose lt 'x': 'ex:audit' cannot be compared with it"
	said({"kind": "and", "operands": [t, u, f]}) == "count eq '4': it is '3'"
	said({"kind": "or", "operands": [f, {"kind": "and", "operands": [t, u]}]}) == "0 of 2 in 'or' hold: language eq 'en': no fact says what language is"
	said({"kind": "xone", "operands": [t, t, f]}) == "2 of 3 in 'xone' hold: count eq '4': it is '3'"
	said({"kind": "xone", "operands": [t, t]}) == "2 of 2 in 'xone' hold: "
	said(atomic("count", "isAnyOf", texts(["4", "5", "6", "7", "8"]))) == "count isAnyOf '4', '5', '6', and 2 more: it is '3'"
	said({}) == "a constraint is not in the normal form, or nested too deep"
}
