"""Who owes whom: the monthly sheet, its confirmation, payment and funds."""
