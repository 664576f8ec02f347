"""Claim → send → settle; and reconcile what a crash left open."""
