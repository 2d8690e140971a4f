"""Errors as exit statuses and hints: one table, with the numbers of sysexits.h."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from domain import errors
from domain.errors import CalotypeError
from entrypoints.cli.errors import (
    AnswerUnreadable,
    BytesDiffer,
    CannotListen,
    ServerUnreachable,
    ServiceTrouble,
    TokenRefused,
)

DONE = 0
SOME_REFUSED = 1
"""Of several files, some were refused, and the others were not."""
USAGE = 2
NOT_WHOLE = 3
"""It is done, but of some images not all bytes are whole."""
BUG = os.EX_SOFTWARE
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of a command with an error. ``hint`` follows the message and names the option, command or setting that helps.
    ``message`` is what is said here instead of the error's own message, where that speaks of uploads.

    Both may contain names of the error's fields in braces.
    """

    status: int
    hint: str = ""
    message: str = ""


EXITS: Mapping[type[CalotypeError], Exit] = {
    errors.Rejected: Exit(os.EX_DATAERR),
    errors.EmptyFile: Exit(os.EX_DATAERR, message="The file is empty."),
    errors.UndecodableImage: Exit(os.EX_DATAERR, message="The file is not an image, or is damaged."),
    errors.FormatNotAccepted: Exit(os.EX_DATAERR, message="{format} files are not accepted. Give one of: {accepted}."),
    errors.FormatDiffers: Exit(
        os.EX_DATAERR,
        message="'{name}' cannot hold a {submitted} file. Give a file of the same format, or replace the image by its id: "
        "its name then follows the new file.",
    ),
    errors.FileTooLarge: Exit(os.EX_DATAERR, "The limit is the setting images.largest_file."),
    errors.ImageTooExpensive: Exit(os.EX_DATAERR, "The limit of memory is the setting images.memory."),
    errors.CodecTimedOut: Exit(os.EX_DATAERR, "The limit of time is the setting images.deadline."),
    errors.AddressForbidden: Exit(
        os.EX_DATAERR, "If it may be contacted, add its network, such as 127.0.0.1/32, to remote.allowed_networks."
    ),
    errors.NotFound: Exit(os.EX_NOINPUT),
    errors.Conflict: Exit(os.EX_CANTCREAT),
    errors.UserHasImages: Exit(os.EX_CANTCREAT, "Remove them too with --with-images."),
    errors.UserDisabled: Exit(os.EX_CANTCREAT, "Enable the user first with 'calotype users enable'."),
    errors.AccessKeyRevoked: Exit(os.EX_CANTCREAT, "Issue a new one with 'calotype keys issue'."),
    errors.BlobExpired: Exit(
        os.EX_CANTCREAT, message="It took too long to store the file, and it was discarded. Run the command again."
    ),
    errors.NothingToMove: Exit(os.EX_CANTCREAT, "Set storage to the other store and start there."),
    errors.MovingStoreUnknown: Exit(os.EX_CANTCREAT, "The stores are the settings storage and storage.other."),
    errors.NoSuchStore: Exit(
        os.EX_CANTCREAT,
        message="{store} is not set. Set {store}.kind and what it needs, then run the command again.",
    ),
    errors.StoreNotEverywhere: Exit(
        os.EX_CANTCREAT, "Give {store} to every server and worker, restart them, then run the command again."
    ),
    errors.LinksPromised: Exit(os.EX_CANTCREAT, "To finish at once and break those links, add --break-links."),
    errors.BlobsNotCopied: Exit(os.EX_CANTCREAT, "Run it without --finish."),
    errors.BackupOvertaken: Exit(os.EX_CANTCREAT, "Run it again, one at a time."),
    errors.InstallationInUse: Exit(
        os.EX_CANTCREAT, "End 'calotype serve', 'calotype worker' and all other commands, on every machine."
    ),
    errors.InstallationNotEmpty: Exit(
        os.EX_CANTCREAT,
        "The settings database.url, storage and storage.data say where. If nothing of it is needed, move it away first.",
    ),
    errors.DatabaseHasNewer: Exit(os.EX_CANTCREAT, "To lose it, add --overwrite."),
    errors.Denied: Exit(os.EX_NOPERM),
    errors.Exhausted: Exit(os.EX_TEMPFAIL),
    errors.Unavailable: Exit(os.EX_UNAVAILABLE),
    errors.ReadOnly: Exit(
        os.EX_TEMPFAIL,
        "When it is over, run 'calotype maintenance off'.",
        message="The installation is in maintenance, so nothing can be changed.",
    ),
    errors.BlobStoreAccessDenied: Exit(
        os.EX_UNAVAILABLE, "The settings are storage.access_key and storage.secret_key."
    ),
    errors.BucketMissing: Exit(os.EX_UNAVAILABLE, "The setting is storage.bucket."),
    errors.DatabaseFolderMissing: Exit(os.EX_UNAVAILABLE, "It is {folder}: make it first, or mount its disk."),
    errors.DatabaseDamaged: Exit(
        os.EX_UNAVAILABLE,
        "If a backup was copied over a SQLite file, remove the files beside it whose names end in -wal and -shm: they belong "
        "to the earlier one. Otherwise restore a backup.",
    ),
    errors.DatabaseReplaced: Exit(
        os.EX_UNAVAILABLE, "Stop every process that uses it, put the right file in its place, then start them again."
    ),
    errors.Misconfigured: Exit(os.EX_CONFIG),
    errors.StoreMismatch: Exit(
        os.EX_CONFIG,
        "Is a disk not mounted, was the database lost, or is storage.path or storage.bucket not the right one?",
    ),
    errors.InvalidDatabaseUrl: Exit(
        os.EX_CONFIG,
        "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, in the setting database.url or where the "
        "command takes a URL.",
    ),
    errors.SecretTooShort: Exit(os.EX_CONFIG, "The setting is auth.secrets."),
    errors.SecretFileUnusable: Exit(os.EX_CONFIG, "It is {file}, from the setting auth.secret_file."),
    errors.SecretMissing: Exit(
        os.EX_CONFIG,
        "Restore {file}. If it is lost, write a new secret of 32 characters or more there, and hand out new tokens.",
    ),
    errors.DataFolderUnusable: Exit(os.EX_CONFIG, "It is {folder}, from the setting storage.data."),
    BytesDiffer: Exit(os.EX_DATAERR, "Run the command again."),
    ServiceTrouble: Exit(os.EX_UNAVAILABLE),
    TokenRefused: Exit(os.EX_NOPERM, "Give one of an access key of that service, with --token or in CALOTYPE_TOKEN."),
    ServerUnreachable: Exit(os.EX_UNAVAILABLE, "The address is that of --server, or else of CALOTYPE_SERVER."),
    AnswerUnreadable: Exit(os.EX_UNAVAILABLE, "Is that a Calotype of this version?"),
    CannotListen: Exit(
        os.EX_CONFIG, "Choose another with --port or http.port, --host or http.host, or another file with http.socket."
    ),
    errors.SchemaOutdated: Exit(os.EX_CONFIG, "Run 'calotype db upgrade'."),
}


def exit_of(error: type[CalotypeError]) -> Exit:
    """The row of the error's class, or else of its nearest base class."""
    return next(EXITS[each] for each in error.__mro__ if each in EXITS)


def status_of(error: CalotypeError) -> int:
    """The exit status of a command that ends with ``error``."""
    return exit_of(type(error)).status


def hint_for(error: CalotypeError) -> str:
    """What a user of the command line can do about ``error``; empty if there is no hint."""
    return error.fill(exit_of(type(error)).hint)


def explained(error: CalotypeError) -> str:
    """What a user of the command line is told about ``error``: a message and a hint."""
    message = error.fill(exit_of(type(error)).message) or str(error)
    return f"{message} {hint_for(error)}".rstrip()
