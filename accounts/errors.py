"""One kind of refusal for screens, API and jobs: a code, a Chinese sentence that says what to do, and its source."""

from typing import Any

from django.core.exceptions import ValidationError


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
                "field": field,
                "source": "",
            }
            for field, parts in error.error_dict.items()
            for part in parts
        ]
    return [
        {"code": part.code or "invalid", "message": "；".join(part.messages), "field": "", "source": ""}
        for part in error.error_list
    ]


def codes(error: ValidationError) -> list[str]:
    """Codes of every refusal inside an error, sorted."""
    return sorted(row["code"] for row in payloads(error))


def from_constraint(error: Any, models: Any) -> Refusal | None:
    """The refusal that a violated named constraint of `models` stands for; None when the name is unknown."""
    name = getattr(getattr(getattr(error, "__cause__", None), "diag", None), "constraint_name", None)
    for model in models:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return Refusal(
                    constraint.violation_error_code or name, str(constraint.violation_error_message)
                )
    return None
