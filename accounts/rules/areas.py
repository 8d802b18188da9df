"""Who reads the tree of units on screen. Areas are reference data; this opens a page, it protects nothing."""

from accounts.choices import Role

READERS = (Role.ADMIN, Role.SECURITY_ADMIN, Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWNSHIP)
# Whoever fills in a form with a field for a unit.
PICKERS = (*READERS, Role.AUDITOR)
