"""Runs campaigns."""
