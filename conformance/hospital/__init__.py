"""Certifies a hospital's system: plays the city above it and the cities behind, and holds it to its duties."""
