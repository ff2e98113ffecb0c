"""View models → Dash components: pure functions, no data access. Used by pages; `id` is always an argument."""
