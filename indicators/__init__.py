"""From definitions and events to values.

Owns: the catalogue (TOML) with its loader and rules, the closed expression language with its two back ends (board plan
and SQL), the SLA clock, the folding of cases, the board in memory, evaluation with bands and states, the publisher of
changed values, the schedule, and verification against raw events.

Who may import it: run.py and tests. It imports warehouse and nothing else of the house; APScheduler is imported in
schedule.py only.

Errors: DefinitionError (the catalogue is refused as a whole, with every finding), InternalError (a promise inside was
broken). A single indicator that cannot be computed gets State.ERROR; the others are still computed.

Invariants: a value is a function of the board and the definition, nothing else; ratios are ratios of sums; null, zero,
late and error are different things; what is published is what was evaluated, under one version.
"""
