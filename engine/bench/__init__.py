"""Measures what the engine costs against a bare transaction and against the library used plainly: `luoshi bench`."""
