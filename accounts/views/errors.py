"""Error pages: coded, in Chinese, and free of queries."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.api.authentication import CSRF_FAILED
from accounts.doors import came_from, public
from accounts.errors import Refusal
from accounts.outages import RETRY_SECONDS, Outage, outage_of

PAGES = {
    400: ("bad_request", "请求内容有误", "请返回上一页检查后重试。"),
    403: ("not_allowed", "当前身份不能办理此事", "如确需办理，请联系本级换届办。"),
    404: ("not_found", "没有找到这一页", "地址有误，或不在您的管辖范围内。"),
    500: ("server_error", "系统出错，本次操作没有写入", "请稍后重试；仍不行时把请求编号告诉系统管理员。"),
}


EXPIRED = "页面打开后重新登录过，或放得太久。返回上一页，刷新后再提交。"


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    code, title, detail = PAGES[status]
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": code, "message": f"{title}。{detail}", "field": "", "source": ""}, status=status
        )
    facts = {
        "code": code,
        "title": title,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
        "back": came_from(request),
    }
    return render(request, "error.html", facts, status=status)


def outage_page(request: HttpRequest, outage: Outage) -> HttpResponse:
    """503: the database or a disk fails. A page that was only looked at asks again by itself."""
    request.scope = None  # the page that says so asks the database nothing
    facts = {
        "code": outage.code,
        "title": outage.title,
        "detail": outage.detail,
        "request_id": getattr(request, "request_id", ""),
        "back": came_from(request),
    }
    if request.path.startswith("/api/"):
        payload = {
            "code": outage.code,
            "message": f"{outage.title}。{outage.detail}",
            "field": "",
            "source": "",
        }
        response: HttpResponse = JsonResponse({**payload, "errors": [payload]}, status=503)
    else:
        response = render(request, "error.html", facts, status=503)
        if request.method == "GET":
            response["Refresh"] = str(RETRY_SECONDS)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal that no screen of its own shows, with its status: as a page, or as the API's payload."""
    payload = refusal.to_payload()
    if request.path.startswith("/api/"):
        return JsonResponse({**payload, "errors": [payload]}, status=refusal.status)
    facts = {
        "code": refusal.code,
        "title": _refused(request, refusal),
        "detail": refusal.message,
        "request_id": getattr(request, "request_id", ""),
        "back": came_from(request),
    }
    return render(request, "error.html", facts, status=refusal.status)


def _refused(request: HttpRequest, refusal: Refusal) -> str:
    """What did not happen."""
    if request.method == "GET":
        return "没有打开"
    return "没有写入" if refusal.status != 409 else "没有再办一次"


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400)


@public
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403)


@public
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled: an outage says so, everything else is our mistake."""
    outage = outage_of(sys.exception())
    return outage_page(request, outage) if outage else _answer(request, 500)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose mark is not this session's: mostly one that stood open while somebody signed in again."""
    # A foreign site's form is not shown as if the reader had typed it.
    request.distrusted = not reason.startswith("CSRF token")
    return refusal_page(request, Refusal(CSRF_FAILED, EXPIRED, source="防跨站提交", status=403))
