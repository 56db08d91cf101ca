"""The suites that a province's platform is certified by."""
