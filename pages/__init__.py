"""Screens, one module each: address, title, which view is drawn. Thin: no data access, no formatting.

May be imported by run.py only. Every module has `register(app, services)`; pages never import each other.
Errors: EngineGoneError while drawing becomes a state on the page.
"""
