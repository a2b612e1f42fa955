"""Who, where and when, and the one door to the database."""
