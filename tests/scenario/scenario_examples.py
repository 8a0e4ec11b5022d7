"""Which scenarios do the tests of the language read?"""

ARTICLE = """
name: Leads going cold
horizon: 1 year
process: [sql, customer]
plan: {customers: 10, revenue: 1M}
deal_value: 100_000
sources:
  inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}   # the article names no budget; 250,000 is ours
stages:
  sql: {owner: sales, conversion: 25%, neglect: 12.5%, shelf_life: 30 days}
"""

LANGUAGE = """
name: Two markets
start: 2027-01-04
horizon: 1 year
process: [mql, sql, customer]
sources:
  fair: {enters: mql, leads: 60, arrive: {from: 2027-05-10, to: 2027-05-14}, cost: 40_000}
  search:
    enters: mql
    leads: poisson(30 per month)
    cost_per_lead: 180
    sectors: {retail: 80%, industrial: 20%}
  pipeline: {enters: sql, leads: 12, arrive: at start}
stages:
  mql: {owner: marketing, conversion: 40%}
  sql:
    owner: sales
    conversion: beta(mean=25%, n=40)                    # ignorance: once per future
    response: lognormal(median=5 hours, p90=2 days)     # chance: each lead's own
    shelf_life: 30 days
    neglect: 12.5%
    give_up: 90 days
    takes: gamma(mean=60 days, cv=0.6)
    cold: {competitor: 30%, recycle: 50%, dropped: rest}
    rejected: {no_decision: 55%, competitor: 25%, dropped: rest}
    recycle:
      to: mql
      after: exponential(mean=30 days)
      odds: 0.5
      limit: 2
      cost: 40
sectors:
  industrial:
    share: 70%
    deal_value: lognormal(mean=100k, cv=0.9)
  retail:
    share: 30%
    deal_value: 4_000
    stages:
      sql: {shelf_life: 4 hours}
costs: {sla programme: 30_000 per year}
"""

RARE = """
schema: 1
description: |
  Every key that the others do not use.
currency: "€"
start: 2028-02-29
horizon: 6 months
run_off: 90 days
period: quarter
process: [visit, NO, 'yes', 0x1]
plan: {customers: 1e2, revenue: 2.5M, budget: 250k}
deal_value: 1e4
margin: beta(mean=60%, n=50)
attrition: 2.1% per month
sources:
  web:
    enters: visit
    visits: overdispersed(20_000 per quarter, dispersion=3)
    capture: 2%
    odds: 1.2
    arrive:
      weekdays: {sat: 0, sun: 0.5}
      months: {jul: 0.6, dec: 0}
      growth: 20% per year
  ads: {enters: NO, budget: 40k, cost_per_lead: 80, lift: -10%, arrive: {to: 2028-06-30}}
stages:
  visit: {conversion_of_entered: 10%}
  NO:
    owner: marketing
    definition: "a stage whose name YAML 1.1 would have read as false: NO"
    metric: none
    sla: within the hour
    conversion: 30%
    patient: 20%
    shelf_life: weibull(shape=0.5, mean=4 hours)
    takes: 1 week
    rejected_takes: 1 day
    cold:
      neglected: {competitor: 30%, dropped: rest}
      late: {no_decision: 100%}
    recycle: {after: 2 weeks, lift: -20%}
    returns: {share: 10%, after: 1 year, to: visit}
    drift: {sd: 0.2, carry_over: 50%, every: 2 weeks}
    cost_per_entry: 1
    cost_per_work: uniform(low=10, high=20)
  'yes': {conversion: 1}
  0x1: {owner: sales, cost_per_entry: 250}
sectors:
  one: {share: 25%, attrition: 5% per year}
  two: {share: rest, stages: {NO: {conversion_of_entered: 20%}}}
costs: {fair: 5k, office: 2_000 per month}
"""
