# The one decision that the connector asks for: POST /v1/data/connector/decision/result.
# policy/README.md documents each field of its input and of its answer.
package connector.decision

import data.connector.access
import data.connector.fields

result := {
	"schema": "connector.decision/1",
	"revision": data.connector_meta.revision,
	"allow": permitted,
	"reasons": reasons,
	"partner_code": partner_code,
	"visible": visible,
	"obligations": obligations,
	"valid_until": valid_until,
}

default permitted := false

permitted if {
	count(access.denials) == 0
	access.granted
}

reasons := access.denials | access.missing

# What a partner may be told: that their own purpose is the matter, or nothing more than "no".
default partner_code := "POLICY_DENIED"

partner_code := "" if permitted

partner_code := "PURPOSE_NOT_ALLOWED" if {
	not permitted
	count(access.denials) == 0
	{said.code | some said in access.missing} == {"PURPOSE_NOT_ALLOWED"}
}

default visible := set()

visible := fields.visible if fetched

default obligations := set()

obligations := (fields.obligations | limits) | company_obligations if fetched

fetched if {
	permitted
	input.point == "fetch"
}

limits contains {"type": "limit.records", "value": access.dataset.max_records}

limits contains {"type": "limit.bytes", "value": access.dataset.max_bytes}

company_obligations contains obligation if some obligation in data.company.obligations

# The connector asks again after a minute at most; company.rego may ask for less.
valid_until := min({input.now + 60} | company_valid_until)

default company_valid_until := set()

company_valid_until := {data.company.valid_until}
