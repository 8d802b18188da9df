"""Migrations of a table we do not make (see accounts/auth/library.py)."""
