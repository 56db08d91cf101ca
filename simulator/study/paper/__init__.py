"""The official paper of a run: forms of a month, made from the tables of a result folder."""
