"""Do all sides have the same: totals, statements, the daily comparison."""
