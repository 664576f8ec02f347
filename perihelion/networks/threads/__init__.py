"""Threads, through its Graph API."""
