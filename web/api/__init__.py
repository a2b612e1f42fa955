"""The API for programs: every command that the pages have, through the same gate, with the same refusals."""
