"""Measures what a whole province costs, and how it grows: `luoshi bench chain`."""
