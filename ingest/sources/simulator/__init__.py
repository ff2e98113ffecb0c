"""A whole state that behaves like one: the simulated source systems of the demo.

Owns: the drawing of cases and readings, their disorder on the way (late, repeated, corrected, malformed), the story of
a state (stories/*.toml), and one Source per named feed. docs/simulator.md describes it.

Who may import it: run.py and tests. It imports ingest and warehouse.

Errors: ConfigError for a story, SourceRefusedError for a position of another simulation.

Invariants: the same seed, parameters, reference data, story and first instant give the same events, whatever is killed
or resumed in between; no event names a person; nothing here asks the operating system for time or chance.
"""

from ingest.sources.simulator.plan import Parameters
from ingest.sources.simulator.source import Feed, Simulation
from ingest.sources.simulator.story import Story, load_story

__all__ = ["Feed", "Parameters", "Simulation", "Story", "load_story"]
