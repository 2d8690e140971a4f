"""A webhook: the URL of a server that is told about events of a user's images."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from domain.errors import InvalidUrl, InvalidValue
from domain.model.access.access_key import Serial
from domain.model.access.user import UserId
from domain.model.remote.remote_url import RemoteUrl
from domain.model.webhooks.event import EventType

WebhookId = NewType("WebhookId", int)

LONGEST_WEBHOOK_URL = 2000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDraft:
    """A webhook that is about to be added: everything but the id, which the repository gives.

    ``serial``: random bytes from which, with the server secret, the secret of the webhook is derived.
    """

    user: UserId
    url: RemoteUrl
    events: frozenset[EventType]
    serial: Serial = field(repr=False)
    created_at: datetime

    def with_id(self, id: WebhookId) -> "Webhook":
        return Webhook(
            id=id, user=self.user, url=self.url, events=self.events, serial=self.serial, created_at=self.created_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """``events`` of images of ``user`` are sent to ``url``. It never changes: for another URL, another one is added."""

    id: WebhookId
    user: UserId
    url: RemoteUrl
    events: frozenset[EventType]
    serial: Serial = field(repr=False)
    created_at: datetime


def webhook_url(text: str) -> RemoteUrl:
    """``text`` as the URL of a webhook.

    Raises:
        InvalidUrl: it cannot be used.
    """
    url = RemoteUrl.parse(text)
    if len(str(url)) > LONGEST_WEBHOOK_URL:
        raise InvalidUrl(f"it is longer than {LONGEST_WEBHOOK_URL:,} characters")
    return url


def wanted_events(names: Iterable[str]) -> frozenset[EventType]:
    """The events of these names; all if there are none.

    Raises:
        InvalidValue: there is no event of one of the names.
    """
    known = {each.value: each for each in EventType}
    asked = frozenset(names)
    if asked - set(known):
        raise InvalidValue("event", f"give some of {', '.join(known)}")
    return frozenset(known[name] for name in asked) or frozenset(EventType)
