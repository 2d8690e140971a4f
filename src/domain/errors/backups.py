"""Errors about backups, and about restoring them."""

from domain.errors.families import Conflict, Exhausted, Misconfigured, NotFound, Rejected


class NoBackup(NotFound):
    code = "no-backup"
    message = "There is no complete backup in this place."


class BackupDamaged(Rejected):
    code = "backup-damaged"
    message = "The backup is damaged: {problem}."
    problem: str


class BackupTooNew(Misconfigured):
    code = "backup-too-new"
    message = "A newer version of Calotype made the backup: it has {found}, and this version knows up to {known}."
    found: str
    known: str


class BackupPlaceTaken(Conflict):
    code = "backup-place-taken"
    message = "Something other than a backup is stored in this place. Choose an empty one."


class BackupOfAnotherInstallation(Conflict):
    code = "backup-of-another-installation"
    message = "The backup in this place is of another installation."


class BackupOvertaken(Conflict):
    code = "backup-overtaken"
    message = "Another backup into the same place ended meanwhile. This one was given up."


class BackupUnsettled(Exhausted):
    """Blobs of images that exist were replaced before they were copied, again and again."""

    code = "backup-unsettled"
    message = "Images were replaced faster than they could be copied. Try again later."


class InstallationInUse(Conflict):
    """``part``: database, or data folder."""

    code = "installation-in-use"
    message = "Another process is using the {part}. Stop it first."
    part: str


class InstallationNotEmpty(Conflict):
    """``part``: database, or store."""

    code = "installation-not-empty"
    message = "The {part} is not empty, and nothing in it was changed. Restore into a new one."
    part: str
