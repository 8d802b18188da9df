"""What is kept how long, and what happens then: apps register their rules, one job a night carries them out."""

from accounts.retention.registry import Rule, register, rules

__all__ = ["Rule", "register", "rules"]
