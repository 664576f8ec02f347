"""Figures as ratios; docs/benchmarks.md shows them."""
