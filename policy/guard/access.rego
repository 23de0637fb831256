# May this caller have this dataset, for this purpose? Deny wins: whatever the company's tables and
# rules grant, one denial refuses. The company's part can be read in the folder that
# `connector init` made; this part comes with the program and cannot be edited.
package connector.access

# What a caller belongs to, by the table partners.yaml.
groups contains group if {
	partner := data.tables.partners[input.subject.participant]
	site_listed(partner)
	some group in partner.groups
}

site_listed(partner) if not partner.sites

site_listed(partner) if input.subject.site in partner.sites

dataset := data.tables.datasets[input.resource.dataset]

# ---- grants ----

# Fetching needs a group that the table lists for this purpose, listing a group that may see the
# dataset at all.
granted if {
	sees_dataset
	input.point == "list"
}

granted if {
	sees_dataset
	purpose_covered
	input.point == "fetch"
}

granted if data.company.allow == true

sees_dataset if {
	some group in dataset.groups
	group in groups
}

purpose_covered if {
	some group in data.tables.purposes[input.resource.dataset][input.request.purpose]
	group in groups
}

# ---- denials: guard rails that no table and no company rule can lift ----

denials contains reason("INPUT_UNKNOWN", "the question has another schema than this policy", "update the connector") if {
	not input.schema == "connector.input/1"
}

denials contains reason("INPUT_UNKNOWN", "the question is asked at a point that this policy does not know", "update the connector") if {
	not input.point in {"fetch", "list"}
}

denials contains reason("CALLER_UNKNOWN", "the question does not say who calls", "") if {
	not named_caller
}

denials contains reason("DATASET_INTERNAL", "the dataset is labelled internal: it is shown to nobody", "take the label 'internal' away in connector.yaml") if {
	"internal" in input.resource.labels
}

denials contains reason("DATASET_NOT_LISTED", sprintf("datasets.yaml has no entry '%v'", [input.resource.dataset]), "add it to datasets.yaml") if {
	not dataset
}

# ---- denials: of the company ----

denials contains reason("COMPANY_DENY", sprintf("%v", [said]), "company.rego: deny") if {
	is_set(data.company.deny)
	some said in data.company.deny
}

# A deny of any other shape than a set denies whatever it says: only "false" does not.
denials contains reason("COMPANY_DENY", "company.rego denies", "company.rego: deny") if {
	not is_set(data.company.deny)
	data.company.deny != false
}

named_caller if {
	is_string(input.subject.participant)
	input.subject.participant != ""
	is_string(input.subject.site)
}

# ---- why nothing was granted, for our own admin ----

missing contains reason("PARTNER_NOT_LISTED", sprintf("partners.yaml gives '%v' at site '%v' no group", [input.subject.participant, input.subject.site]), "add it to partners.yaml") if {
	not granted
	count(groups) == 0
}

missing contains reason("GROUP_NOT_ALLOWED", sprintf("no group of the caller may see dataset '%v'", [input.resource.dataset]), "datasets.yaml: groups") if {
	not granted
	count(groups) > 0
	not sees_dataset
}

missing contains reason("PURPOSE_NOT_ALLOWED", sprintf("purpose '%v' is not open to a group of the caller", [input.request.purpose]), "purposes.yaml") if {
	not granted
	sees_dataset
	input.point == "fetch"
	not purpose_covered
}

reason(code, text, hint) := {"code": code, "text": text, "hint": hint}
