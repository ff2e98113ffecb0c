"""Values → frozen view models: one module per screen, each a function of Services and the address that was asked for.

May be imported by dashboard.components (the model types), pages/ and dashboard.app. No Dash in here.
Errors: AccessError for an area outside the principal's scope; UnknownPlaceError where the address names nothing.
Invariants: all numbers of one view come from one version of the value copy; every number carries the link that
explains it and the link to its cases.
"""
