# What may be asked of this OPA over its socket: the questions of the connector, and whether it
# is alive. Nothing can be written, and nothing else be read.
package system.authz

default allow := false

allow if {
	input.method == "GET"
	input.path == ["health"]
}

allow if {
	input.method == "POST"
	input.path in {
		["v1", "data", "connector", "decision", "result"],
		["v1", "compile", "connector", "rows", "include"],
		["v1", "data", "connector", "negotiation", "result"],
	}
}
