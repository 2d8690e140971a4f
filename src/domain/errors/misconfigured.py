"""Errors about installations that cannot work as they are set up."""

from dataclasses import field

from domain.errors.families import Misconfigured


class InvalidSettings(Misconfigured):
    """``problems`` holds one sentence for each setting that cannot be used."""

    code = "invalid-settings"
    message = "Settings cannot be used: {problems}"
    problems: tuple[str, ...]


class StoreMismatch(Misconfigured):
    """The store does not carry the mark that the database knows: a disk is not mounted, or the store is wrong."""

    code = "store-mismatch"
    message = "The store is not the one that this database belongs to. No image was touched."


class SchemaOutdated(Misconfigured):
    code = "schema-outdated"
    message = "The database schema does not fit this version of Calotype."


class InvalidDatabaseUrl(Misconfigured):
    code = "invalid-database-url"
    message = "This is not the URL of a database that Calotype can use: {problem}."
    problem: str


class DatabaseUnsuitable(Misconfigured):
    """The database answers, but what is stored in it would be damaged or lost."""

    code = "database-unsuitable"
    message = "The database cannot be used: {problem}."
    problem: str


class SecretTooShort(Misconfigured):
    code = "secret-too-short"
    message = "A secret is too short: each must have at least {least} characters."
    least: int


class SecretFileUnusable(Misconfigured):
    code = "secret-file-unusable"
    message = "The file of the server's secrets cannot be used: {problem}."
    file: str = field(repr=False)
    problem: str


class SecretMissing(Misconfigured):
    """A new secret would silently make every token invalid."""

    code = "secret-missing"
    message = "The file of the server's secrets is missing, and no token works without it."
    file: str = field(repr=False)


class DataFolderUnusable(Misconfigured):
    code = "data-folder-unusable"
    message = "The data folder cannot be used: {problem}."
    folder: str = field(repr=False)
    problem: str
