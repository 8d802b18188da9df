"""How django-allauth[mfa] stands in this site: its second-factor logic and table, none of its pages or mail.

Its modules import its table of e-mail addresses; we keep none, so that table is never made (`no_mail`). The table of
authenticators is a login table like the others: reached through the alias `login`, every change an audited act.
"""

from typing import Any

from allauth.account.apps import AccountConfig
from allauth.mfa.apps import MFAConfig


class NoMail(AccountConfig):
    """`allauth.account` as far as `allauth.mfa` imports it: models without tables, no middleware, no checks."""

    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        super().import_models()
        for model in self.models.values():
            model._meta.managed = False
            model._meta.original_attrs["managed"] = False

    def ready(self) -> None:
        """Nothing: the package's own start-up asks for its middleware and its pages."""


class SecondFactors(MFAConfig):
    """`allauth.mfa`: its table declares its protection as ours do."""

    def import_models(self) -> None:
        from accounts.scope.access import TableAccess  # noqa: PLC0415 - after the apps below are loaded

        super().import_models()
        authenticator: Any = self.models["authenticator"]
        authenticator.access = TableAccess("login")
        authenticator._meta.verbose_name = "第二因素"

    def ready(self) -> None:
        """Nothing: it would listen to e-mail addresses being added."""
