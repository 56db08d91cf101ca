"""A visit in both roles of a city: its states, lines, settlement and reversal."""
