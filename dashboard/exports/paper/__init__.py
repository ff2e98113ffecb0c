"""Screens on paper: what is printed as data, the templates that set it, and the process that makes the PDF."""
