"""One kind of refusal for screens, API and jobs: a code, a Chinese sentence that says what to do, and its source."""

from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


class Refusal(ValidationError):
    """A business rule said no. `status` is its HTTP answer: 409 conflict, 422 reused key, else 400."""

    def __init__(
        self, code: str, message: str, *, field: str = "", source: str = "", status: int = 400
    ) -> None:
        super().__init__(message, code=code)
        self.field = field
        self.source = source
        self.status = status

    def to_payload(self) -> dict[str, str]:
        """{code, message, field, source} of the API."""
        return {"code": self.code, "message": self.message, "field": self.field, "source": self.source}


def payloads(error: ValidationError) -> list[dict[str, str]]:
    """Every refusal inside an error, in the API's shape."""
    if isinstance(error, Refusal):
        return [error.to_payload()]
    if hasattr(error, "error_dict"):
        return [
            {
                "code": part.code or "invalid",
                "message": "；".join(part.messages),
                "field": "" if field == NON_FIELD_ERRORS else field,
                "source": "",
            }
            for field, parts in error.error_dict.items()
            for part in parts
        ]
    return [
        part.to_payload()
        if isinstance(part, Refusal)
        else {"code": part.code or "invalid", "message": "；".join(part.messages), "field": "", "source": ""}
        for part in error.error_list
    ]


def codes(error: ValidationError) -> list[str]:
    """Codes of every refusal inside an error, sorted."""
    return sorted(row["code"] for row in payloads(error))


def from_constraint(error: Any) -> Refusal | None:
    """The refusal (409) that a violated named constraint stands for; None when the name is unknown.

    Two requests at once both pass the check in Python; the one that comes second hears it from the database. What a
    trigger refuses under a name stands in the model's `trigger_constraints`: name → (code, sentence, source).
    """
    name = getattr(getattr(getattr(error, "__cause__", None), "diag", None), "constraint_name", None)
    for model in apps.get_models():
        if name and name in (refused := getattr(model, "trigger_constraints", {})):
            code, message, source = refused[name]
            return Refusal(code, message, source=source, status=409)
        for constraint in model._meta.constraints:
            if constraint.name == name:
                code, message = constraint.violation_error_code, str(constraint.violation_error_message)
                source = f"{model._meta.verbose_name}的数据约束 {name}"
                return Refusal(code or name, message, source=source, status=409)
    return None
