# Which action includes which: "includedIn" of the ODRL 2.2 vocabulary, transitively, and what the
# vocabulary names as the exact match of its deprecated terms.
package connector.odrl.actions

# The action below which each one lies.
parents := object.union(
	{action: "use" |
		some action in {
			"acceptTracking", "aggregate", "annotate", "anonymize", "archive", "attribute",
			"compensate", "concurrentUse", "delete", "derive", "digitize", "distribute",
			"ensureExclusivity", "execute", "grantUse", "include", "index", "inform", "install",
			"modify", "move", "nextPolicy", "obtainConsent", "play", "present", "print", "read",
			"reproduce", "reviewPolicy", "stream", "synchronize", "textToSpeech", "transform",
			"translate", "uninstall", "watermark", "cc:Attribution", "cc:CommercialUse",
			"cc:DerivativeWorks", "cc:Distribution", "cc:Notice", "cc:Reproduction",
			"cc:ShareAlike", "cc:Sharing", "cc:SourceCode",
		}
	},
	{
		"display": "play",
		"extract": "reproduce",
		"give": "transfer",
		"sell": "transfer",
	},
)

tops := {"use", "transfer"}

same := {
	"append": "modify",
	"appendTo": "modify",
	"attachPolicy": "cc:Notice",
	"attachSource": "cc:SourceCode",
	"commercialize": "cc:CommercialUse",
	"copy": "reproduce",
	"export": "transform",
	"pay": "compensate",
	"share": "cc:Sharing",
	"shareAlike": "cc:ShareAlike",
	"write": "modify",
	"writeTo": "modify",
}

edges := object.union({top: [] | some top in tops}, {action: [parent] | some action, parent in parents})

# Does a rule about this action cover the requested one? "Unknown": the requested action is of no
# vocabulary that is known here, and could lie below the two from which all others descend.
covers(ruled, asked) := "Satisfied" if {
	plain(ruled) in above(plain(asked))
} else := "Unknown" if {
	ruled in tops
	not edges[plain(asked)]
} else := "Unsatisfied"

above(action) := {action} | graph.reachable(edges, {action})

plain(action) := object.get(same, action, action)
