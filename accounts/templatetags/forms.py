"""`{% csrf_token %}` of every form: Django's mark, and the key that makes a second click the same submission."""

import uuid

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from accounts.idempotency import FIELD

register = template.Library()


class SubmissionNode(CsrfTokenNode):
    """Both hidden fields. The key is not restored by the browser: a page gone back to is drawn with a new one."""

    def render(self, context: template.Context) -> str:
        csrf = super().render(context)
        if not csrf:
            return csrf
        key = format_html(
            '<input type="hidden" name="{}" value="{}" autocomplete="off">', FIELD, uuid.uuid4().hex
        )
        return csrf + key


@register.tag("csrf_token")
def submission(parser: template.base.Parser, token: template.base.Token) -> SubmissionNode:
    """Replaces Django's tag of the same name."""
    return SubmissionNode()
