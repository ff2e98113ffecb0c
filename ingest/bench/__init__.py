"""How fast events come in: made-up cases through every door of the house, against DuckDB reading the same files.

Who may import it: run.py. It measures the pipeline that it is handed.
"""
