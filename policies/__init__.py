"""The built-in policies, one function and one page each."""
