"""Errors about installations that cannot work as they are set up."""

from domain.errors.families import Misconfigured


class InvalidSettings(Misconfigured):
    """``problems`` holds one sentence for each setting that cannot be used."""

    code = "invalid-settings"
    message = "Settings cannot be used: {problems}"
    problems: tuple[str, ...]


class StoreMismatch(Misconfigured):
    """The blob store does not carry the mark that the database knows: a disk is not mounted, or the store is wrong."""

    code = "store-mismatch"
    message = "The blob store is not the one that this database belongs to. Nothing was written."


class SchemaOutdated(Misconfigured):
    code = "schema-outdated"
    message = "The database schema does not fit this version of Calotype."


class CannotStart(Misconfigured):
    """``problem`` says what is in the way and what to do."""

    code = "cannot-start"
    message = "{problem}"
    problem: str
