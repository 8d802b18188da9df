"""What is kept how long, and what happens then: apps register their rules, one job a night carries them out."""

from accounts.retention.registry import Rule, register, register_rows, rules

__all__ = ["Rule", "register", "register_rows", "rules"]
