"""Filing (备案): who may be treated where, and what it does to the benefit."""
