"""What is on a screen as a file: one table model, a writer for CSV and one for Excel, and the tables themselves."""
