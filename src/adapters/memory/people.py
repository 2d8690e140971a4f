"""Users, their access keys, and what they have stored, in dictionaries."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.errors import AccessKeyNameTaken, AccessKeyNotFound, UsernameTaken
from domain.model.access.access_key import AccessKey, AccessKeyDraft, AccessKeyId
from domain.model.access.quota import NOTHING, Amount, OwnQuota, Quota, Usage, UsageTotal
from domain.model.access.user import User, UserDraft, UserId
from domain.ports.database.repositories import AccessKeyRepository, UserRepository
from domain.ports.database.usage import UsageRepository


class MemoryUserRepository(UserRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, draft: UserDraft) -> User:
        if await self.find(draft.username) is not None:
            raise UsernameTaken(draft.username)
        user = draft.with_id(UserId(self._state.next_id()))
        self._state.users[user.id] = user
        return user

    async def find(self, username: str) -> User | None:
        return next((user for user in self._state.users.values() if user.username == username), None)

    async def list(self) -> Sequence[User]:
        return sorted(self._state.users.values(), key=lambda user: user.username)

    async def save(self, user: User) -> None:
        if user.id in self._state.users:
            self._state.users[user.id] = user

    async def remove(self, user: UserId) -> None:
        self._state.users.pop(user, None)
        self._state.quotas.pop(user, None)
        for key in [key for key in self._state.access_keys.values() if key.user == user]:
            del self._state.access_keys[key.id]
        for place in [place for place in self._state.submissions if place[0] == user]:
            del self._state.submissions[place]
        for webhook in [webhook for webhook in self._state.webhooks.values() if webhook.user == user]:
            del self._state.webhooks[webhook.id]


class MemoryAccessKeyRepository(AccessKeyRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, draft: AccessKeyDraft) -> AccessKey:
        if await self.find(draft.user, draft.name) is not None:
            raise AccessKeyNameTaken(draft.name)
        key = draft.with_id(AccessKeyId(self._state.next_id()))
        self._state.access_keys[key.id] = key
        return key

    async def get(self, id: AccessKeyId) -> AccessKey:
        try:
            return self._state.access_keys[id]
        except KeyError:
            raise AccessKeyNotFound from None

    async def find(self, user: UserId, name: str) -> AccessKey | None:
        for key in self._state.access_keys.values():
            if key.user == user and key.name == name and key.revoked_at is None:
                return key
        return None

    async def list(self, user: UserId | None) -> Sequence[AccessKey]:
        return [key for key in self._state.access_keys.values() if user is None or key.user == user]

    async def save(self, key: AccessKey) -> None:
        stored = self._state.access_keys.get(key.id)
        if stored is not None:
            self._state.access_keys[key.id] = replace(key, last_used_at=stored.last_used_at)

    async def touch(self, used: Sequence[tuple[AccessKeyId, datetime]]) -> None:
        for id, at in used:
            key = self._state.access_keys.get(id)
            if key is not None and (key.last_used_at is None or key.last_used_at < at):
                self._state.access_keys[id] = replace(key, last_used_at=at)


def usage_in(state: MemoryState, user: UserId) -> Usage:
    images = [image for image in state.images.values() if image.user == user]
    return Usage(
        used=Amount(len(images), sum(image.original.facts.size for image in images)),
        reserved=sum((held for owner, held in state.held.values() if owner == user), NOTHING),
        own=state.quotas.get(user, OwnQuota()),
    )


class MemoryUsageRepository(UsageRepository):
    """A reservation is made when a key is staged with it, in the same unit of work."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def find(self, user: UserId) -> Usage:
        return usage_in(self._state, user)

    async def list(self) -> Mapping[UserId, Usage]:
        return {user: usage_in(self._state, user) for user in self._state.users}

    async def total(self, usual: Quota) -> UsageTotal:
        usages = (await self.list()).values()
        used = sum((each.used for each in usages), start=NOTHING)
        return UsageTotal(len(usages), used, sum(each.is_nearly_full(usual) for each in usages))

    async def reserve(self, user: UserId, held: Amount, needed: Amount, usual: Quota) -> None:  # noqa: ARG002  # see above
        usage_in(self._state, user).admit(needed, usual)

    async def set_quota(self, user: UserId, own: OwnQuota) -> None:
        self._state.quotas[user] = own
