"""The suites of a hospital."""
