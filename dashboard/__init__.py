"""Everything drawn, except which page it is on: app, live push, formats, languages, views and components.

May be imported by pages/ and run.py only; imports warehouse only (Flight client, value copy, reference data, clock).
Errors: EngineGoneError from the client is turned into a state on the page ("connection lost"), never into a blank.
Invariants: views (no Dash) → components (no data access) → pages; every number leaves through dashboard.format, every
word through dashboard.language; no service is a module-level global, all come by argument.
"""
