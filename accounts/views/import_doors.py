"""Who may use a sheet, and whose upload it is: asked first by every step of the wizard."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.registry import Registered, registered

STEPS = "选文件 对列 核对 写入"


def entry_of(request: HttpRequest, name: str, *, importing: bool = True) -> Registered:
    """The registered sheet; 404 when there is none, 403 for a role that may not."""
    entry = registered(name)
    if entry is None:
        raise Http404
    if request.scope.role not in (entry.roles if importing else entry.export_roles):
        raise PermissionDenied
    return entry


def desk_of(request: HttpRequest, entry: Registered, token: str) -> desks.Desk:
    """The upload of this assignment; foreign and absent ones are 404."""
    found = desks.find(token, resource=entry.name, assignment=request.scope.assignment_id)
    if found is None:
        raise Http404
    return found
