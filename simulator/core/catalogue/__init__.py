"""The three catalogues (三个目录): items, versions, mapping, approval."""
