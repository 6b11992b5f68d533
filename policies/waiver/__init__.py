"""Policies about waivers that are written beside the code."""
