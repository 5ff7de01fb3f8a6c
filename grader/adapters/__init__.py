"""From a `Report` to the formats of other platforms."""
