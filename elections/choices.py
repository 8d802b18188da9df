"""Words of the records, as the offices use them."""

from django.db import models


class OrgKind(models.TextChoices):
    """What a unit of the electorate is. 村改居 is counted apart from 社区, never inside it."""

    VILLAGE = "village", "村"
    COMMUNITY = "community", "社区"
    CONVERTED = "converted", "村改居"


class PartyOrgType(models.TextChoices):
    """Form of the party organisation. Source: 农村基层组织工作条例 (2019), R-PO-01."""

    COMMITTEE = "committee", "党委"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"


class Term(models.TextChoices):
    """The two teams a record holds as head-counts."""

    CURRENT = "current", "现任"
    PREVIOUS = "previous", "上届"
