"""Error pages: coded, in Chinese, and free of queries."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.doors import public
from accounts.errors import Refusal

PAGES = {
    400: ("bad_request", "请求内容有误", "请返回上一页检查后重试。"),
    403: ("not_allowed", "当前身份不能办理此事", "如确需办理，请联系本级换届办。"),
    404: ("not_found", "没有找到这一页", "地址有误，或不在您的管辖范围内。"),
    500: ("server_error", "系统出错，本次操作没有写入", "请稍后重试；仍不行时把请求编号告诉系统管理员。"),
}


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    code, title, detail = PAGES[status]
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": code, "message": f"{title}。{detail}", "field": "", "source": ""}, status=status
        )
    facts = {"code": code, "title": title, "detail": detail, "request_id": getattr(request, "request_id", "")}
    return render(request, "error.html", facts, status=status)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal that no screen of its own shows, with its status: as a page, or as the API's payload."""
    payload = refusal.to_payload()
    if request.path.startswith("/api/"):
        return JsonResponse({**payload, "errors": [payload]}, status=refusal.status)
    facts = {
        "code": refusal.code,
        "title": "没有写入" if refusal.status != 409 else "没有再办一次",
        "detail": refusal.message,
        "request_id": getattr(request, "request_id", ""),
    }
    return render(request, "error.html", facts, status=refusal.status)


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
    return _answer(request, 500)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403)
