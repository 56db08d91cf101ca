"""Templates, style and words of the console."""
