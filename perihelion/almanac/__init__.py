"""Events and a span of time → anniversaries: leap days, zones, counts, ranking. Pure."""
