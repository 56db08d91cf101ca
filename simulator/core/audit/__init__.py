"""Audit and monitoring (智能监控) at the place of treatment: rules over bills, findings, deductions, suspicion."""
