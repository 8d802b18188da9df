"""Records: the round (届) and the village or community in a round."""

from elections.models.org import Org
from elections.models.org_version import OrgThen, OrgVersion
from elections.models.round import Round

__all__ = ["Org", "OrgThen", "OrgVersion", "Round"]
