"""How long a batch would take on other machines, and what it would cost: from what films cost that were made."""

from audiodesc.batch.planning.costs import Costs, costs_of, costs_of_rows
from audiodesc.batch.planning.plan import Cluster, Plan, Prices, plan, plan_lines, simulate_local

__all__ = ["Cluster", "Costs", "Plan", "Prices", "costs_of", "costs_of_rows", "plan", "plan_lines", "simulate_local"]
