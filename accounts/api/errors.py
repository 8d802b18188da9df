"""Every refusal of the API has one shape: {code, message, field, source}, or a list of them under `errors`."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.api.authentication import CSRF_FAILED
from accounts.errors import Refusal, from_constraint, payloads
from accounts.middleware import is_row_refusal, roll_back
from accounts.spreadsheets.codes import FileRefused

MESSAGES = {
    400: ("bad_request", "请求内容有误"),
    401: ("login_required", "请先登录"),
    403: ("not_allowed", "当前身份不能办理此事"),
    404: ("not_found", "没有找到，或不在您的管辖范围内"),
    405: ("method_not_allowed", "不支持这种操作"),
    415: ("media_type", "提交的格式不对：文件用 multipart/form-data，其他用 JSON"),
    429: ("too_many", "操作过于频繁，请稍后再试"),
}


def coded_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer of an exception; None lets it become a 500."""
    if isinstance(error, DatabaseError) and is_row_refusal(error):
        roll_back()
        error = Http404()
    if isinstance(error, IntegrityError):
        error = from_constraint(error) or error
    if isinstance(error, FileRefused):
        error = Refusal(error.code, str(error), field="file", source="导入规则")
    if isinstance(error, ValidationError):
        set_rollback()
        rows = payloads(error)
        return Response({**rows[0], "errors": rows}, status=getattr(error, "status", 400))
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    if isinstance(error, exceptions.ValidationError):
        rows = field_errors(error.detail)
        return Response({**rows[0], "errors": rows}, status=400)
    code, message = MESSAGES.get(error.status_code, (str(error.default_code), str(error.detail)))
    if getattr(error.detail, "code", "") == CSRF_FAILED:
        code, message = CSRF_FAILED, str(error.detail)
    row = {"code": code, "message": message, "field": "", "source": ""}
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else None
    return Response({**row, "errors": [row]}, status=error.status_code, headers=headers)


def field_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested detail as flat rows; nested fields are joined by dots."""
    if isinstance(detail, dict):
        return [
            row for key, part in detail.items() for row in field_errors(part, f"{field}.{key}".strip("."))
        ]
    if isinstance(detail, list):
        return [row for part in detail for row in field_errors(part, field)]
    return [{"code": detail.code or "invalid", "message": str(detail), "field": field, "source": ""}]
