"""Who may decide what another has asked for. Pure."""

from accounts.errors import Refusal
from accounts.models.two_persons import TwoPersonRequest
from accounts.scope import Scope


def second_account(by: Scope, request: TwoPersonRequest, told: str) -> int:
    """The account that decides; refuses who asked, under whatever role (403, `told`)."""
    account = by.assignment.user_id if by.assignment is not None else None
    if account is None or account == request.asked_by_account:
        raise Refusal("second_person_required", told, status=403)
    return account


def check_undecided(request: TwoPersonRequest) -> None:
    """Refuses a second answer."""
    if request.decision != request.Decision.PENDING:
        raise Refusal("request_decided", "这项申请已经审批过", status=409)
