"""The service of offices to people: filing, answering, correcting, and keeping the lists."""
