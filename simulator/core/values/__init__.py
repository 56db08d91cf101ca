"""The ground everything stands on: money, dates, parameters, areas, people."""
