"""The records as one would model them for the admin alone: a village with its township and county."""

from django.db import models


class County(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Township(models.Model):
    name = models.CharField(max_length=60)
    county = models.ForeignKey(County, models.PROTECT)

    def __str__(self) -> str:
        return self.name


class Village(models.Model):
    """The columns of our list."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    township = models.ForeignKey(Township, models.PROTECT)
    kind = models.CharField(max_length=12, choices=[("village", "村"), ("community", "社区")])
    party_org_type = models.CharField(max_length=16, blank=True)
    population = models.PositiveIntegerField(null=True)
    households = models.PositiveIntegerField(null=True)
    registered_voters = models.PositiveIntegerField(null=True)
    party_members = models.PositiveIntegerField(null=True)
    representatives = models.PositiveIntegerField(null=True)
    seats_party = models.PositiveSmallIntegerField(null=True)
    seats_committee = models.PositiveSmallIntegerField(null=True)
    is_due = models.BooleanField(default=True)
    is_pilot = models.BooleanField(default=False)
    is_large = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
