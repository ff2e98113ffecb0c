"""For those who bring their indicators along from DHIS2.

Owns: their syntax in our words, and the reading of an export of their metadata.
Knows nothing of: boards, warehouses and what our words mean.
Imports: indicators.expression for its errors. Imported by: run.py.
"""

from __future__ import annotations
