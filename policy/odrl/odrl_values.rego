# Values of constraints, compared by what they are: points in time, lengths of time, numbers, truth
# values, else text. Exact: no fraction is cut and no number goes through a double. What cannot be
# read as what it should be cannot be compared: the functions are undefined for it.
package connector.odrl.values

# ---- what a value is ----

# By the operand where ODRL fixes the type of its values.
of_operand := {
	"dateTime": "instant",
	"count": "number",
	"percentage": "number",
	"payAmount": "number",
	"elapsedTime": "duration",
	"meteredTime": "duration",
	"delayPeriod": "duration",
	"timeInterval": "duration",
}

of_type := {
	"xsd:date": "instant",
	"xsd:dateTime": "instant",
	"xsd:dateTimeStamp": "instant",
	"xsd:duration": "duration",
	"xsd:dayTimeDuration": "duration",
	"xsd:yearMonthDuration": "duration",
	"xsd:boolean": "truth",
	"@reference": "elsewhere",
	"xsd:byte": "number",
	"xsd:decimal": "number",
	"xsd:double": "number",
	"xsd:float": "number",
	"xsd:int": "number",
	"xsd:integer": "number",
	"xsd:long": "number",
	"xsd:negativeInteger": "number",
	"xsd:nonNegativeInteger": "number",
	"xsd:nonPositiveInteger": "number",
	"xsd:positiveInteger": "number",
	"xsd:short": "number",
	"xsd:unsignedByte": "number",
	"xsd:unsignedInt": "number",
	"xsd:unsignedLong": "number",
	"xsd:unsignedShort": "number",
}

# types: those that were stated, the most telling first; "" says nothing.
kind(types) := known if {
	known := of_type[[type | some type in types; type != ""][0]]
} else := "text"

# Values of these kinds have an order; the others are equal or not.
ordered := {"instant", "duration", "number"}

# ---- comparison ----

# -1, 0 or 1.
compare("instant", a, b) := order(time_span(a), time_span(b))

compare("duration", a, b) := result if {
	from_b := ends(b)
	orders := {order([x, x], [from_b[i], from_b[i]]) | some i, x in ends(a)}
	count(orders) == 1
	some result in orders
}

compare("number", a, b) := number_order(number(a), number(b))

alike(kind, a, b) := compare(kind, a, b) == 0 if kind in ordered

alike("truth", a, b) := truth[a] == truth[b]

alike("text", a, b) := a == b

truth := {"true": true, "1": true, "false": false, "0": false}

# Of two spans.
order(a, b) := orders[[a[1] < b[0], a[0] > b[1]]]

orders := {[true, false]: -1, [false, false]: 0, [false, true]: 1}

# ---- points in time ----

# [first, last] of what the text names: an instant is both, a date is its whole day. Each is
# [nanoseconds, digits of the fraction beyond them], which sort as they follow in time. Without a
# zone: UTC. The first form is the usual one, and the quickest: too short for more than nine digits.
time_span(text) := [at, at] if {
	count(text) <= 30
	at := [time.parse_rfc3339_ns(text), ""]
} else := [at, at] if {
	parts := regex.find_all_string_submatch_n(`^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$`, text, 1)[0]
	fraction := substring(parts[3], 0, 9)
	written := concat("", [
		parts[1], either(parts[2], ":00"),
		".", either(fraction, "0"),
		either(parts[4], "Z"),
	])
	at := [time.parse_rfc3339_ns(written), trim_right(substring(parts[3], 9, -1), "0")]
} else := [[start, ""], [start + 86399999999999, "~"]] if {
	parts := regex.find_all_string_submatch_n(`^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?$`, text, 1)[0]
	start := time.parse_rfc3339_ns(concat("", [parts[1], "T00:00:00", either(parts[2], "Z")]))
}

either(stated, unstated) := unstated if {
	stated == ""
} else := stated

# ---- lengths of time ----

# A month has 28 to 31 days, so that two durations have an order only if they have it from each of
# the four instants that XML Schema 1.1 names (part 2, 3.3.6.2).
epochs := [time.parse_rfc3339_ns(at) |
	some at in [
		"1696-09-01T00:00:00Z", "1697-02-01T00:00:00Z",
		"1903-03-01T00:00:00Z", "1903-07-01T00:00:00Z",
	]
]

ends(text) := [end | some epoch in epochs; end := time.add_date(epoch, years, months, days) + rest] if {
	parts := regex.find_all_string_submatch_n(
		`^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?)?$`,
		text, 1,
	)[0]
	regex.match(`[YMDHS]$`, text)
	years := whole(parts[1])
	months := whole(parts[2])
	days := whole(parts[3])
	rest := sum([
		whole(parts[4]) * 3600000000000,
		whole(parts[5]) * 60000000000,
		whole(parts[6]) * 1000000000,
		whole(substring(concat("", [parts[7], "000000000"]), 0, 9)),
	])
}

whole(digits) := to_number(either(trim_left(digits, "0"), "0"))

# ---- numbers ----

# [sign, [how many digits before the point, those digits, the digits after it]]: the second part
# sorts by size.
number(text) := [sign(parts[1], digits), [count(before), before, after]] if {
	parts := regex.find_all_string_submatch_n(`^([+-]?)(\d*)(?:\.(\d*))?$`, text, 1)[0]
	concat("", [parts[2], parts[3]]) != ""
	before := trim_left(parts[2], "0")
	after := trim_right(parts[3], "0")
	digits := concat("", [before, after])
}

sign(_, "") := 0

sign("-", digits) := -1 if digits != ""

sign(mark, digits) := 1 if {
	mark != "-"
	digits != ""
}

number_order(a, b) := order([a[0], a[0]], [b[0], b[0]]) if a[0] != b[0]

number_order(a, b) := order([a[1], a[1]], [b[1], b[1]]) if {
	a[0] == b[0]
	a[0] >= 0
}

number_order(a, b) := order([b[1], b[1]], [a[1], a[1]]) if {
	a[0] == b[0]
	a[0] < 0
}
