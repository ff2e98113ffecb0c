"""Real boundaries from the deployment's own GeoJSON, as small drawings: for an area the areas directly below it."""
