"""Runs, results and reports: what a planner asks of the simulated province."""
