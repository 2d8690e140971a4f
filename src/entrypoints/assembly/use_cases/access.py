"""Use cases of users, keys and log-ins."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.access.access_keys import (
    GetDefaultKey,
    IssueAccessKey,
    ListAccessKeys,
    RecordKeyUses,
    RevokeAccessKey,
    RotateAccessKey,
    SetKeyCompression,
    ShowAccessKey,
)
from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.access.find_user import FindUser
from domain.use_cases.access.forget_log_ins import ForgetLogIns
from domain.use_cases.access.known_secrets import CompareSecrets, RecordSecrets
from domain.use_cases.access.log_in import LogIn
from domain.use_cases.access.quotas import ListAccounts, SetQuota, ShowAccount, TallyUsage
from domain.use_cases.access.users import AddUser, DisableUser, ListUsers, SetPassword
from domain.use_cases.images.removing.erase_user import EraseUser
from domain.use_cases.images.removing.remove_user import RemoveUser
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class AccessUseCases:
    parts: Parts

    @cached_property
    def authenticate(self) -> Authenticate:
        return self.parts.authenticate

    @cached_property
    def compare_secrets(self) -> CompareSecrets:
        return CompareSecrets(self.parts.database.units, self.parts.access.secrets.fingerprints)

    @cached_property
    def record_secrets(self) -> RecordSecrets:
        return RecordSecrets(self.parts.database.units, self.parts.access.secrets.fingerprints)

    @cached_property
    def record_key_uses(self) -> RecordKeyUses:
        return RecordKeyUses(units=self.parts.database.units, uses=self.parts.access.key_uses)

    @cached_property
    def get_default_key(self) -> GetDefaultKey:
        parts = self.parts
        return GetDefaultKey(
            units=parts.database.units,
            tokens=parts.access.tokens,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
        )

    @cached_property
    def issue_access_key(self) -> IssueAccessKey:
        parts = self.parts
        return IssueAccessKey(
            units=parts.database.units,
            tokens=parts.access.tokens,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
        )

    @cached_property
    def list_access_keys(self) -> ListAccessKeys:
        return ListAccessKeys(units=self.parts.database.units)

    @cached_property
    def show_access_key(self) -> ShowAccessKey:
        return ShowAccessKey(units=self.parts.database.units, tokens=self.parts.access.tokens)

    @cached_property
    def set_key_compression(self) -> SetKeyCompression:
        return SetKeyCompression(units=self.parts.database.units)

    @cached_property
    def rotate_access_key(self) -> RotateAccessKey:
        parts = self.parts
        return RotateAccessKey(
            units=parts.database.units,
            tokens=parts.access.tokens,
            random_values=parts.system.random_values,
        )

    @cached_property
    def revoke_access_key(self) -> RevokeAccessKey:
        return RevokeAccessKey(units=self.parts.database.units, clock=self.parts.system.clock)

    @cached_property
    def log_in(self) -> LogIn:
        parts = self.parts
        return LogIn(
            units=parts.database.units,
            passwords=parts.access.passwords,
            pseudonyms=parts.access.pseudonyms,
            clock=parts.system.clock,
            policy=parts.access.log_in_policy,
            get_default_key=self.get_default_key,
            trail=parts.database.trail,
        )

    @cached_property
    def forget_log_ins(self) -> ForgetLogIns:
        return ForgetLogIns(units=self.parts.database.units, clock=self.parts.system.clock)

    @cached_property
    def add_user(self) -> AddUser:
        parts = self.parts
        return AddUser(
            units=parts.database.units,
            passwords=parts.access.passwords,
            clock=parts.system.clock,
        )

    @cached_property
    def list_users(self) -> ListUsers:
        return ListUsers(units=self.parts.database.units)

    @cached_property
    def find_user(self) -> FindUser:
        return FindUser(units=self.parts.database.units)

    @cached_property
    def set_password(self) -> SetPassword:
        return SetPassword(
            units=self.parts.database.units,
            passwords=self.parts.access.passwords,
            pseudonyms=self.parts.access.pseudonyms,
        )

    @cached_property
    def disable_user(self) -> DisableUser:
        return DisableUser(units=self.parts.database.units, clock=self.parts.system.clock)

    @cached_property
    def show_account(self) -> ShowAccount:
        return ShowAccount(quota=self.parts.access.quota)

    @cached_property
    def list_accounts(self) -> ListAccounts:
        return ListAccounts(units=self.parts.database.units, quota=self.parts.access.quota)

    @cached_property
    def tally_usage(self) -> TallyUsage:
        return TallyUsage(units=self.parts.database.units, quota=self.parts.access.quota)

    @cached_property
    def set_quota(self) -> SetQuota:
        return SetQuota(units=self.parts.database.units, quota=self.parts.access.quota)

    @cached_property
    def erase_user(self) -> EraseUser:
        parts = self.parts
        return EraseUser(units=parts.database.units, erase=parts.erase_images, disable=self.disable_user)

    @cached_property
    def remove_user(self) -> RemoveUser:
        parts = self.parts
        return RemoveUser(units=parts.database.units, remove=parts.remove_images, disable=self.disable_user)
