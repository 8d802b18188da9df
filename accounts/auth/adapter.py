"""What the second-factor library asks of us: how its secrets rest, and what is shown in the telephone."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.sealed import seal_text, unseal_text

ISSUER = "换届选举工作平台"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets rest under the key of sealed files; nobody has an e-mail address here."""

    def encrypt(self, text: str) -> str:
        return seal_text(text, "second factor")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text, "second factor")

    def get_totp_label(self, user: Any) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return ISSUER

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": ISSUER}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        name = user.get_username()
        return {"id": str(user.pk).encode(), "display_name": name, "name": name}
