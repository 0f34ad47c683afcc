"""Erasing a person: whose traces they are, how a night leaves them out, and what goes after it."""
