"""A small year with three sources that have a budget, and two teams."""

THREE = """
name: Three sources
horizon: 1 year
process: [sql, customer]
plan: {customers: 40}
deal_value: 10k
sources:
  web: {enters: sql, budget: 100k, cost_per_lead: 2000}
  spring fair: {enters: sql, budget: 50k, cost_per_lead: 1000, odds: 0.4}
  a+b: {enters: sql, budget: 100k, cost_per_lead: 1800, odds: 0.7}
stages: {sql: {conversion: 25%, team: sales, service: 8 hours, shelf_life: 20 days}}
teams:
  sales: {people: 1, cost: 5_000 per month, hours: 9:00 to 17:00}
  marketing: {people: 1}
"""
BUDGETS = ("sources.web.budget", "sources.spring fair.budget", "sources.a+b.budget")
