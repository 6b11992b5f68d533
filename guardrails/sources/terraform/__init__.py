"""Terraform configuration: from folders to evaluated blocks. `load` is the way in; it is imported with what it needs
when it is first asked for, because much of the language is used without it."""
