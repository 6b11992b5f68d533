"""Pure values: truth, value, many, origin, block. Imports nothing else of ours."""
