"""Who may do what to which resource: access policies evaluated, three-valued."""
