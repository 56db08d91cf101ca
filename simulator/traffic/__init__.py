"""Plays simulated traffic against a live platform, open loop, and says whether it holds."""
