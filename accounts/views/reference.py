"""/help/, /help/<role>/ and /system/kit/: how to read the screens, what each role does, and every component."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.choices import Role
from accounts.doors import allow, allow_all, public
from accounts.kit import kit_context
from accounts.role_cards import all_cards, card_of


@public
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Keys, marks and words, the same for everybody; to somebody signed in the cards of the roles, the own one first."""
    scope = getattr(request, "scope", None)
    cards = [] if scope is None else sorted(all_cards(), key=lambda card: card.role != scope.role)
    own = cards[0].role if cards else ""
    return render(request, "accounts/help.html", {"now": timezone.now(), "cards": cards, "own": own})


@allow_all
@require_safe
def role_card(request: HttpRequest, role: str) -> HttpResponse:
    """One page for a role; everybody may read how the others work. No query of its own."""
    try:
        card = card_of(role)
    except KeyError:
        raise Http404 from None
    steps = [("帮助", reverse("help")), (card.role.label, "")]
    facts = {"card": card, "own": card.role == request.scope.role, "steps": steps}
    return render(request, "accounts/role_card.html", facts)


@allow(Role.ADMIN)
@require_GET
def kit_page(request: HttpRequest) -> HttpResponse:
    """Every component with invented figures; for looking, printing and accessibility tests."""
    return render(request, "accounts/kit.html", kit_context(timezone.now()))
