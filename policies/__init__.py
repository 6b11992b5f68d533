"""The built-in policies, one function and one page each: a package of policies like anyone else's."""
