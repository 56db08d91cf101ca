"""Scenarios, networks, catalogues and dated policy packs: data only, read by `simulator.inputs`."""
