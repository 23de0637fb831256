# Tests of company.rego, run by: connector policy test
# Publishing runs them too, and refuses a policy whose tests fail.
package company_test

import data.company

test_stocktaking_closes_the_door if {
	count(company.deny) == 1 with input as {"now": 150}
		with company.stocktaking as {"from": 100, "to": 200}
}

test_otherwise_nothing_is_denied if {
	count(company.deny) == 0 with input as {"now": 250}
		with company.stocktaking as {"from": 100, "to": 200}
}

test_events_in_house_stay_in_house if {
	company.rows with input as {"row": {"kind": "event", "biz_step": "shipping"}}
	not company.rows with input as {"row": {"kind": "event", "biz_step": "assembling"}}
}
