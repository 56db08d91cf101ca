"""Data only: the templates, style, script and texts of pages, loaded as package resources."""
