"""The suites: plain pytest modules; every test is one case, and says what it verifies."""
