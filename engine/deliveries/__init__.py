"""What crosses the border between two authorities: sealed copies, carried in several transactions, each of one tenant."""
