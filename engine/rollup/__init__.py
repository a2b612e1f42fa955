"""Roll-up: a superior's report filled from those that it collects, each number with what it came from."""
