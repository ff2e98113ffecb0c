"""One class per transport; each gives decoded batches and knows where to read next.

Who may import it: run.py, and ingest.pipeline for the protocol. Every source keeps the promises that
tests/contract/test_sources.py checks: it resumes from its position without loss or repetition, never raises for a bad
row, gives the same ids for the same bytes, and can be closed twice.
"""
