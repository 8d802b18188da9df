"""Routes of the site, and under /peer/ the list pages that a user would write first."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from accounts.choices import Level
from accounts.doors import public
from accounts.models import Area
from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as ours

LIST = """<!doctype html><html><head><title>villages</title></head><body>
<form><input name="q" value="{{ request.GET.q }}"><button>search</button></form>
<table><tr><th>code<th>name<th>township<th>county<th>kind<th>pinyin</tr>
{% for area in page %}<tr><td><a href="/peer/{{ area.code }}/">{{ area.code }}</a><td>{{ area.name }}
<td>{{ area.parent.name }}<td>{{ area.parent.parent.name }}<td>{{ area.get_kind_display }}<td>{{ area.pinyin }}</tr>
{% endfor %}</table>{{ page.paginator.count }} ·
{% if page.has_previous %}<a href="?page={{ page.previous_page_number }}">previous</a>{% endif %}
page {{ page.number }} of {{ page.paginator.num_pages }}
{% if page.has_next %}<a href="?page={{ page.next_page_number }}">next</a>{% endif %}</body></html>"""


def villages(request: HttpRequest) -> Any:
    """Page numbers of 100 and `icontains` on name and code, as generic list views and admin lists do it."""
    rows = (
        Area.objects.using("owner")
        .filter(level=Level.VILLAGE)
        .select_related("parent__parent")
        .order_by("code")
    )
    if within := request.GET.get("within"):
        rows = rows.filter(path__startswith=within)
    if term := request.GET.get("q"):
        rows = rows.filter(Q(name__icontains=term) | Q(code__icontains=term))
    return Paginator(rows, 100).get_page(request.GET.get("page"))


@public
def peer_list(request: HttpRequest) -> HttpResponse:
    page = villages(request)
    return HttpResponse(engines["django"].from_string(LIST).render({"page": page}, request))


@public
def peer_json(request: HttpRequest) -> JsonResponse:
    page = villages(request)
    rows = [{"code": a.code, "name": a.name, "township": a.parent.name, "kind": a.kind} for a in page]
    return JsonResponse({"count": page.paginator.count, "results": rows})


@public
def keyset_json(request: HttpRequest) -> JsonResponse:
    """The fast way: keyset, `values()`, no serializer, no scope, no session use."""
    rows = Area.objects.using("owner").filter(level=Level.VILLAGE, path__gt=request.GET.get("after", ""))
    columns = ("code", "name", "short_name", "level", "kind", "parent__code", "path", "pinyin", "initials")
    return JsonResponse({"results": list(rows.order_by("path").values(*columns)[:100])})


urlpatterns = [
    path("peer/", peer_list),
    path("peer/json/", peer_json),
    path("peer/keyset/", keyset_json),
    *ours,
]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
