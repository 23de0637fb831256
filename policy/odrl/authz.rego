# The one question that is asked of an OPA which serves this library, beside those of the guard rails.
package system.authz

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "connector", "odrl", "result"]
}
