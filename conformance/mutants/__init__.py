"""The suite's own teeth: reference systems each wrong in one realistic way, and correct ones that look unusual."""
