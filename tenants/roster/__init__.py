"""Units, people and authorities as tables: what the columns mean, and what a table would change. Pure: no database."""
