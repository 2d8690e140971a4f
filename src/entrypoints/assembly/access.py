"""Access: secrets, tokens, passwords, and limits on guessing passwords."""

import time
from dataclasses import dataclass
from functools import cached_property

from adapters.system import server_secrets
from adapters.system.attempts import RecentAttempts
from adapters.system.key_uses import RecentKeyUses
from adapters.system.links import HmacLinks
from adapters.system.passwords import Argon2Passwords
from adapters.system.server_secrets import ServerSecrets
from adapters.system.tickets import HmacTickets
from adapters.system.tokens import HmacTokens
from adapters.system.webhook_secrets import HmacWebhookSecrets
from domain.model.access.throttle import Throttle
from domain.ports.auth import Attempts, KeyUses, Tickets, Tokens, WebhookSecrets
from entrypoints.settings import Settings

PER = 60.0  # seconds that failed log-ins are counted for


@dataclass(frozen=True)
class AccessParts:
    settings: Settings

    @cached_property
    def secrets(self) -> ServerSecrets:
        """Those in the settings, or those in the file that they name, which is made if it is not there.

        Raises:
            SecretTooShort, SecretFileUnusable: they cannot be used.
        """
        if self.settings.auth.secrets:
            return server_secrets.given(self.settings.auth.secrets)
        return server_secrets.kept_in(self.settings.secret_file)

    @cached_property
    def tokens(self) -> Tokens:
        return HmacTokens(self.secrets.keys_for("token"))

    @cached_property
    def tickets(self) -> Tickets:
        return HmacTickets(self.secrets.keys_for("ticket"))

    @cached_property
    def webhook_secrets(self) -> WebhookSecrets:
        return HmacWebhookSecrets(self.secrets.keys_for("webhook"))

    @cached_property
    def own_links(self) -> HmacLinks:
        """Links that this service answers itself."""
        return HmacLinks(self.secrets.keys_for("link"), self.settings.http.link_lifetime)

    @cached_property
    def passwords(self) -> Argon2Passwords:
        return Argon2Passwords()

    @cached_property
    def attempts(self) -> Attempts:
        return RecentAttempts(
            per_address=Throttle(self.settings.auth.failures_per_address, PER),
            per_username=Throttle(self.settings.auth.failures_per_name, PER),
            elapsed=time.monotonic,
        )

    @cached_property
    def key_uses(self) -> KeyUses:
        return RecentKeyUses()
