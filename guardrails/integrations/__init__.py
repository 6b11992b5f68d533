"""Other linters, run beside this one or running it. Nothing here is imported before it is asked for."""
