"""Reading JSON text from outside strictly, and finding places in it."""
