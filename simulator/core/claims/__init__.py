"""Manual reimbursement (手工报销): a bill on paper, from its papers to its payment."""
