"""What suites of several roles do alike, and the tables they try: part of what the hash of each role's suites is of."""
