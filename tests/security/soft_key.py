"""A security key in software: makes a credential and signs challenges as a browser with a key would send them."""

from __future__ import annotations

import json
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAGS = AuthenticatorData.FLAG


class SoftKey:
    """One key. `counter` goes up with each signature, as that of a real one."""

    def __init__(self, host: str = "localhost", scheme: str = "http") -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id, self.host, self.origin, self.counter = secrets.token_bytes(32), host, f"{scheme}://{host}", 0

    def register(self, options: str) -> str:
        """The browser's answer to the question of the page, as JSON."""
        client = self._client("webauthn.create", options)
        cose = ES256.from_cryptography_key(self.private.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, cose)
        data = AuthenticatorData.create(sha256(self.host.encode()), FLAGS.UP | FLAGS.AT, 0, credential)
        made = AttestationObject.create("none", data, {})
        return self._answer(client, attestationObject=websafe_encode(bytes(made)))

    def sign(self, options: str) -> str:
        self.counter += 1
        client = self._client("webauthn.get", options)
        data = AuthenticatorData.create(sha256(self.host.encode()), FLAGS.UP, self.counter)
        signature = self.private.sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._answer(
            client, authenticatorData=websafe_encode(bytes(data)), signature=websafe_encode(signature)
        )

    def _client(self, type: str, options: str) -> CollectedClientData:
        challenge = json.loads(options)["publicKey"]["challenge"]
        return CollectedClientData.create(type=type, challenge=challenge, origin=self.origin)

    def _answer(self, client: CollectedClientData, **response: str) -> str:
        shown = websafe_encode(self.id)
        body = {"clientDataJSON": websafe_encode(bytes(client)), **response}
        return json.dumps({"id": shown, "rawId": shown, "type": "public-key", "response": body})
