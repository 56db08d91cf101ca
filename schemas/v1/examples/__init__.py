"""One invented, complete and valid message per transaction and direction: data only."""
