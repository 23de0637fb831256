package connector.odrl.values_test

import data.connector.odrl.values

# In ascending order, so that every pair is a test; the first item of each line is of one value.
instants := [
	"1999-12-31T23:59:59.999999999Z",
	"2000-01-01T00:00:00Z",
	"2000-01-01T00:00:00.0000000001Z",
	"2000-01-01T00:00:00.00000000010000000001Z",
	"2000-01-01T00:00:00.000000001Z",
	"2000-01-01T00:00:00.1Z",
	"2000-01-01T00:00:00.15Z",
	"2000-01-01T00:00:00.2Z",
	"2000-01-01T00:00:01Z",
	"2000-01-01T00:30:00-00:30",
	"2000-01-01T12:00",
	"2000-01-02",
	"2000-01-03T00:00:00Z",
]

numbers := [
	"-123456789012345678901234567890.5", "-10", "-9.75", "-9.7", "-.5", "0", "0.1",
	"0.1000000000000000000000000001", "0.2", "9", "10", "10.5", "1234567890123456789012345678901",
]

durations := ["PT0.000000001S", "PT1S", "PT90S", "PT2M", "PT1H", "P1D", "P27D", "P1M", "P32D", "P3M", "P1Y", "P400D", "P2Y1D"]

ascending("instant") := instants

ascending("number") := numbers

ascending("duration") := durations

test_order_is_exact if {
	every kind in ["instant", "number", "duration"] {
		every i, a in ascending(kind) {
			every j, b in ascending(kind) {
				values.compare(kind, a, b) == sorted[[i < j, i > j]]
			}
		}
	}
}

sorted := {[true, false]: -1, [false, false]: 0, [false, true]: 1}

test_one_value_in_several_spellings if {
	every pair in [
		["instant", "2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00"],
		["instant", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000000000000Z"],
		["instant", "2024-05-01T10:00:00Z", "2024-05-01T10:00Z"],
		["instant", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00"],
		["instant", "2024-05-01T10:00:00Z", "2024-05-01T04:30:00.00-05:30"],
		["number", "1", "+1.0"],
		["number", "-0", "0.000"],
		["number", "007.50", "7.5"],
		["number", "5.", "5"],
		["duration", "P1Y", "P12M"],
		["duration", "P1DT1H", "PT25H"],
		["duration", "PT1M", "PT60S"],
		["truth", "true", "1"],
		["truth", "false", "0"],
		["text", "a", "a"],
	] {
		values.alike(pair[0], pair[1], pair[2]) == true
		values.alike(pair[0], pair[2], pair[1]) == true
	}
}

test_a_date_is_its_whole_day if {
	values.compare("instant", "2024-05-01T00:00:00Z", "2024-05-01") == 0
	values.compare("instant", "2024-05-01T23:59:59.9999999999Z", "2024-05-01") == 0
	values.compare("instant", "2024-05-02T00:00:00Z", "2024-05-01") == 1
	values.compare("instant", "2024-04-30T23:59:59Z", "2024-05-01") == -1
	values.compare("instant", "2024-05-01T01:00:00Z", "2024-05-01-05:00") == -1
	values.compare("instant", "2024-05-01", "2024-05-01") == 0
}

# A month is longer than 28 days from some days on, and not from others.
test_what_has_no_order_is_not_compared if {
	every pair in [
		["duration", "P1M", "P30D"],
		["duration", "P1Y", "P365D"],
	] {
		not values.compare(pair[0], pair[1], pair[2])
	}
}

test_what_cannot_be_read_is_not_compared if {
	every pair in [
		["instant", "2024-02-30T00:00:00Z"],
		["instant", "2024-01-01T25:00:00Z"],
		["instant", "9999-12-31T00:00:00Z"],
		["instant", "0001-01-01"],
		["instant", "yesterday"],
		["instant", ""],
		["number", ""],
		["number", "."],
		["number", "-"],
		["number", "1e3"],
		["number", "ten"],
		["number", "1\n"],
		["duration", "P"],
		["duration", "PT"],
		["duration", "P1DT"],
		["duration", "-P1D"],
		["duration", "P1.5D"],
		["duration", "P999999999Y"],
		["truth", "yes"],
		["elsewhere", "http://example.org/value"],
	] {
		not values.alike(pair[0], pair[1], pair[1])
		not values.compare(pair[0], pair[1], pair[1])
	}
}

test_text_and_truth_have_no_order if {
	not values.compare("text", "a", "b")
	not values.compare("truth", "0", "1")
	values.alike("text", "a", "b") == false
	values.alike("truth", "true", "0") == false
}

test_kinds if {
	values.kind(["", "xsd:dateTimeStamp", ""]) == "instant"
	values.kind(["xsd:integer", "", "xsd:date"]) == "number"
	values.kind(["", "", "xsd:duration"]) == "duration"
	values.kind(["", "", ""]) == "text"
	values.kind(["", "@id", "xsd:decimal"]) == "text"
}
