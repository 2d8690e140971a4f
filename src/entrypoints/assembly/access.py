"""Access: secrets, tokens, passwords, and limits on guessing passwords."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.system import server_secrets
from adapters.system.key_uses import RecentKeyUses
from adapters.system.links import HmacLinks
from adapters.system.pseudonyms import HmacPseudonyms
from adapters.system.server_secrets import ServerSecrets
from adapters.system.tickets import HmacTickets
from adapters.system.tokens import HmacTokens
from adapters.system.webhook_secrets import HmacWebhookSecrets
from domain.model.access.log_in_policy import LogInPolicy
from domain.model.access.quota import NO_LIMIT, Quota
from domain.ports.auth import KeyUses, Pseudonyms, Tickets, Tokens, WebhookSecrets
from entrypoints.assembly.made import is_made
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.system.passwords import Argon2Passwords


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
    def passwords(self) -> "Argon2Passwords":
        from adapters.system.passwords import Argon2Passwords

        return Argon2Passwords()

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return HmacPseudonyms(self.secrets.keys_for("pseudonym")[0])

    @cached_property
    def log_in_policy(self) -> LogInPolicy:
        auth = self.settings.auth
        return LogInPolicy(per_name=auth.failures_per_name, per_address=auth.failures_per_address)

    @cached_property
    def quota(self) -> Quota:
        """That of users for whom none is set."""
        given = self.settings.quota
        return Quota(images=given.images or NO_LIMIT, bytes=given.bytes or NO_LIMIT)

    @cached_property
    def key_uses(self) -> KeyUses:
        return RecentKeyUses()

    def close(self) -> None:
        if is_made(self, AccessParts.passwords):
            self.passwords.close()
