"""Units of work that note what is done in them: in the table of the audit, in the same transaction, and in the log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, cast

from adapters.audit.log_lines import write_lines
from domain.model.access.access_key import AccessKey, AccessKeyId
from domain.model.access.user import User, UserId
from domain.model.audit.deeds import (
    image_changes,
    image_deed,
    key_changes,
    key_deed,
    quota_deed,
    user_changes,
    user_deed,
    webhook_deed,
)
from domain.model.audit.record import Action, Actor, AuditRecord, Deed
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.webhooks.webhook import Webhook, WebhookId
from domain.ports.database.audit_table import AuditTrail
from domain.ports.database.unit_of_work import UnitOfWork, UnitsOfWork
from domain.ports.system import Clock

WATCHED: Final = ("images", "users", "usage", "access_keys", "webhooks", "maintenance")


class AuditedUnits(UnitsOfWork, AuditTrail):
    """``units``, whose changes of images, users, keys, webhooks and maintenance are noted when they are committed.

    ``who``: who acts at the moment. ``in_table``: whether records are kept in the database; ``in_log``: in the log.
    """

    def __init__(
        self, units: UnitsOfWork, clock: Clock, who: Callable[[], Actor], *, in_table: bool, in_log: bool
    ) -> None:
        self._units = units
        self._clock = clock
        self._who = who
        self._in_table = in_table
        self._in_log = in_log

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._units.reading()

    @asynccontextmanager
    async def writing(self, *, in_maintenance: bool = False, urgent: bool = False) -> AsyncIterator[UnitOfWork]:
        async with self._units.writing(in_maintenance=in_maintenance, urgent=urgent) as unit:
            yield cast("UnitOfWork", _AuditedUnit(unit, self._note))

    async def note(self, deed: Deed) -> None:
        if self._in_table:
            async with self._units.writing() as unit:
                lines = await self._note(unit, [deed])
                await unit.commit()
            lines()
        else:
            (await self._note(None, [deed]))()

    async def _note(self, unit: UnitOfWork | None, deeds: Iterable[Deed]) -> Callable[[], None]:
        """Keep the deeds in the table. Returns what writes them into the log, after the commit."""
        at, actor = self._clock.now(), self._who()
        records = [AuditRecord(at, actor, deed) for deed in deeds]
        if self._in_table and unit is not None and records:
            await unit.audit.add(records)
        return lambda: write_lines(records) if self._in_log else None


class _AuditedUnit:
    """A unit of work: its repositories remember what was read, and compare it with what is saved."""

    def __init__(
        self, unit: UnitOfWork, note: Callable[[UnitOfWork, Iterable[Deed]], Awaitable[Callable[[], None]]]
    ) -> None:
        self._unit = unit
        self._note = note
        self._deeds: list[Deed] = []
        self._images: dict[ImageId, Image] = {}
        self._users: dict[UserId, User] = {}
        self._keys: dict[AccessKeyId, AccessKey] = {}
        self._webhooks: dict[WebhookId, Webhook] = {}
        seen: Mapping[str, Mapping[str, Callable[..., None]]] = {
            "images": {
                "add": lambda image, *_, **__: self._deeds.append(image_deed(Action.IMAGE_STORED, image)),
                "save": self._image_saved,
                "remove": lambda _, image: self._deeds.append(image_deed(Action.IMAGE_DELETED, image)),
            },
            "users": {
                "add": lambda user, _: self._deeds.append(user_deed(Action.USER_ADDED, user)),
                "save": self._user_saved,
                "remove": self._user_removed,
            },
            "usage": {"set_quota": lambda _, user, own: self._deeds.append(quota_deed(user, own))},
            "access_keys": {
                "add": lambda key, _: self._deeds.append(key_deed(Action.KEY_ISSUED, key)),
                "save": self._key_saved,
            },
            "webhooks": {
                "add": lambda hook, _: self._deeds.append(webhook_deed(Action.WEBHOOK_ADDED, hook)),
                "remove": self._webhook_removed,
            },
            "maintenance": {
                "begin": lambda *_: self._deeds.append(Deed(Action.MAINTENANCE_BEGUN)),
                "end": lambda *_: self._deeds.append(Deed(Action.MAINTENANCE_ENDED)),
            },
        }
        self._repositories = {name: _Watched(getattr(unit, name), seen[name], self._remember) for name in WATCHED}

    def __getattr__(self, name: str) -> Any:
        return self._repositories.get(name) or getattr(self._unit, name)

    async def commit(self) -> None:
        write = await self._note(self._unit, self._deeds)
        await self._unit.commit()
        write()

    def _remember(self, found: object) -> None:
        match found:
            case Image():
                self._images[found.id] = found
            case User():
                self._users[found.id] = found
            case AccessKey():
                self._keys[found.id] = found
            case Webhook():
                self._webhooks[found.id] = found
            case list() | tuple():
                for each in found:
                    self._remember(each)
            case _:
                pass

    def _image_saved(self, saved: Image, _: Image) -> None:
        if before := self._images.get(saved.id):
            self._deeds += image_changes(before, saved)
        self._images[saved.id] = saved

    def _user_saved(self, _: None, user: User) -> None:
        if before := self._users.get(user.id):
            self._deeds += user_changes(before, user)
        self._users[user.id] = user

    def _user_removed(self, _: None, id: UserId) -> None:
        known = self._users.get(id)
        self._deeds.append(
            user_deed(Action.USER_REMOVED, known) if known else Deed(Action.USER_REMOVED, id, f"user {id}")
        )

    def _key_saved(self, _: None, key: AccessKey) -> None:
        if before := self._keys.get(key.id):
            self._deeds += key_changes(before, key)
        self._keys[key.id] = key

    def _webhook_removed(self, _: None, id: WebhookId) -> None:
        if known := self._webhooks.get(id):
            self._deeds.append(webhook_deed(Action.WEBHOOK_REMOVED, known))


class _Watched:
    """A repository. ``seen`` are called with the result and the arguments of a change, ``remember`` with what is read."""

    def __init__(
        self, repository: object, seen: Mapping[str, Callable[..., None]], remember: Callable[[object], None]
    ) -> None:
        self._repository = repository
        self._seen = seen
        self._remember = remember

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._repository, name)
        seen = self._seen.get(name)

        async def called(*arguments: Any, **named: Any) -> Any:
            result = await method(*arguments, **named)
            if seen is None:
                self._remember(result)
            else:
                seen(result, *arguments)
            return result

        return called
