"""Figures for Prometheus at /metrics: counts, ages and levels of the whole system; never a name, a path or a unit."""
