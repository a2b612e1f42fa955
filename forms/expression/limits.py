"""How much one expression may ask for: no text and no data can hold a worker for long.

Everything is counted, nothing is timed: the same expression on the same data ends the same way on every machine,
and the browser agrees with the server.
"""

SOURCE = 4_000  # characters of one expression
TOKENS = 1_000  # words, numbers and signs of one expression
DEPTH = 40  # brackets within brackets
NAME = 64  # characters of one name
DIGITS = 34  # significant digits of a number (IEEE 754 decimal128); results are rounded half-even to it
EXPONENT = 99  # numbers are zero or between 10^-99 and 10^100
# Small steps of one evaluation (at most some 40 ms); a per-item condition costs its size for each item.
STEPS = 100_000
TEXT = 100_000  # characters of a text that an expression makes
MATCHED = 1_000  # characters of a text that `matches` looks at
PATTERN = 500  # characters of a pattern
REPEAT = 1_000  # largest count in a pattern, as in RE2
PERIOD = 100_000  # largest count of days, weeks, months, years or hours
WORKDAYS = 5_000  # largest count of working days: some twenty years
DATA_DEPTH = 40  # lists within lists when data are compared or handed out
