"""Copies of a data folder while the engine runs, and back again.

Who may import it: run.py.

A backup is a folder: the warehouse as one file, the small files beside it, and a manifest that is written last. It is
made under another name beside its place and renamed, so that a folder of a backup's name is a whole backup.
Invariants: commits do not wait for a copy; a copy holds every row that was committed up to one instant, positions of
sources among them, and none after it; a backup that differs from its manifest is not restored.
"""
