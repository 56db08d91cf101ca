"""Disputes (结算疑义、协查): the insured place owns them, the treatment place answers, and every one ends."""
