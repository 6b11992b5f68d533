"""What an account no longer is that its code says it is."""
