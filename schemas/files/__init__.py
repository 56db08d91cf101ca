"""The forms of the input files as JSON Schema 2020-12: data only."""
