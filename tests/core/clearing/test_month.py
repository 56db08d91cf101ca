"""A whole month of clearing on the real platforms, to the fen."""
