"""Reads what people write, exactly: scenarios, networks, policy packs, catalogues and the working-day calendar.

    scenario = load_scenario("jiangsu-2016", overrides=["seed=2"])
    scenario.number("filing.rate_end")

Every bad input is one InputError that names file, key, problem and cure.
"""

from simulator.inputs.catalogues import load_catalogue
from simulator.inputs.errors import InputError
from simulator.inputs.networks import Network, load_network
from simulator.inputs.packs import load_pack
from simulator.inputs.scenarios import Figure, Scenario, Target, list_scenarios, load_scenario
from simulator.inputs.workdays import work_calendar

__all__ = [
    "Figure",
    "InputError",
    "Network",
    "Scenario",
    "Target",
    "list_scenarios",
    "load_catalogue",
    "load_network",
    "load_pack",
    "load_scenario",
    "work_calendar",
]
