"""Screens of the records: ask the door, call one query or action, answer."""
