"""Every setting, with its default and its meaning."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from domain.model.images.variant import Fit
from domain.model.pixels.compression import CompressionMode
from entrypoints.settings.audit import Audit
from entrypoints.settings.declaring import Positive, Seconds, about, local_path
from entrypoints.settings.http import Http
from entrypoints.settings.quota import QuotaSettings
from entrypoints.settings.remote import Remote
from entrypoints.settings.stores import NoStore, Storage, Store
from entrypoints.settings.webhooks import Webhooks

Failures = Annotated[int, Meta(ge=1, le=100_000)]
SIDE = Meta(ge=0, le=16_384)  # pixels
Acceptable = Literal["jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "ico", "jp2", "jp2:keep", "jxl"]


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[
        str,
        about(
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, with parameters such as ?sslmode=require;"
            " empty = SQLite in the file 'calotype.sqlite3' in storage.data",
            secret=True,
        ),
    ] = ""
    connections: Annotated[Positive, about("maximum number of connections of one process to PostgreSQL")] = 8


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    compression: Annotated[
        CompressionMode,
        about(
            "how uploads are compressed; excellent = no difference shows when one replaces the other on the screen"
            " (score of 85 or more); high = none side by side (80 or more);"
            " lossless = the same pixels; off = only private metadata is removed"
        ),
    ] = CompressionMode.EXCELLENT
    accept: Annotated[
        tuple[Acceptable, ...],
        about(
            "formats that are accepted, and what they become; heic and jp2 become a JPEG by measured quality where the"
            " compression allows a loss and nothing is transparent; else they become a PNG, as tiff, bmp and ico always do;"
            " jp2:keep instead of jp2 = JPEG 2000 is stored as it is; the others keep their format; jxl needs an extra"
        ),
        Meta(min_length=1),
    ] = ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "ico", "jp2")
    refine: Annotated[
        bool,
        about(
            "whether a PNG of more than 2 megapixels is stored after a fast packing, and packed fully by a background"
            " job; false = the client waits"
        ),
    ] = True
    duplicates: Annotated[
        Literal["keep", "return"],
        about(
            "what becomes of an upload of bytes that the same user has uploaded before; keep = it is a new image;"
            " return = nothing is stored, and the response is the image that exists"
        ),
    ] = "keep"
    gain_map: Annotated[
        Literal["keep", "drop"],
        about("what becomes of the gain map of a JPEG or AVIF of high dynamic range; drop = all screens show the same"),
    ] = "keep"
    damaged: Annotated[
        Literal["refuse", "accept"],
        about(
            "what becomes of a JPEG, a GIF or a still PNG that was cut short; refuse = 422; accept = it is stored with what"
            " is there, and with an end"
        ),
    ] = "refuse"
    largest_file: Annotated[Positive, about("maximum size of an upload, in bytes")] = 50 * 1024 * 1024
    from_urls: Annotated[
        bool, about("whether clients may have images fetched from URLs; [remote] says which servers are contacted")
    ] = False
    pixels: Annotated[Positive, about("maximum number of pixels of one frame")] = 50_000_000
    side: Annotated[Positive, about("maximum height and maximum width, in pixels")] = 16_384
    frames: Annotated[Positive, about("maximum number of frames of an animation")] = 1_000
    pixels_over_all_frames: Annotated[Positive, about("maximum number of pixels of all frames together")] = 200_000_000
    scans: Annotated[Positive, about("maximum number of scans of a progressive JPEG")] = 100
    workers: Annotated[
        int,
        about(
            "number of images that are decoded and encoded at once, each by a process of its own;"
            " 0 = one for each processor, at most 4, and at least two for each of http.workers"
        ),
        Meta(ge=0),
    ] = 0
    waiting: Annotated[
        int,
        about(
            "maximum number of images of one user that wait in each server process; further ones are answered 503."
            " All users together may have four times as many, and each may have one"
        ),
        Meta(ge=0),
    ] = 64
    longest_wait: Annotated[Seconds, about("maximum time that an image waits for an image worker, in seconds")] = 60.0
    deadline: Annotated[Seconds, about("maximum time of an image worker for one image, in seconds")] = 30.0
    memory: Annotated[int, about("maximum address space of one image worker, in MiB"), Meta(ge=256)] = 1408
    per_worker: Annotated[
        Positive, about("number of images after which a worker is replaced; 1 = a process for each image")
    ] = 500
    sandbox: Annotated[
        Literal["require", "prefer", "off"],
        about(
            "how the kernel confines image workers; require = decode nothing unless they are fully confined;"
            " prefer = as far as the kernel supports it; off = limit their memory only"
        ),
    ] = "prefer"


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """A variant that is made of every image; the name of its section is its name."""

    height: Annotated[int, about("maximum height in pixels; 0 = no limit"), SIDE] = 0
    width: Annotated[int, about("maximum width in pixels; 0 = no limit"), SIDE] = 0
    fit: Annotated[
        Fit,
        about("inside = the whole image; cover = the middle of the image, which fills height and width"),
    ] = Fit.INSIDE
    format: Annotated[
        Literal["auto", "jpeg", "png", "webp", "avif"],
        about("file format; auto = the original's for JPEG, WebP and AVIF; otherwise PNG, or JPEG for photographs"),
    ] = "auto"
    avif: Annotated[
        bool,
        about(
            "whether clients that accept image/avif get an AVIF instead, where it looks as good and has at least 15 % fewer"
            " bytes; only where format = auto; making it takes several times as long as the variant"
        ),
    ] = False
    enabled: Annotated[bool, about("whether this variant is made; false = those made earlier are removed")] = True


def _usual_variants() -> dict[str, Variant]:
    return {"small": Variant(height=100), "medium": Variant(height=300)}


class Auth(Struct, frozen=True, forbid_unknown_fields=True):
    secrets: Annotated[
        tuple[str, ...],
        about(
            "secrets that sign tokens and links, of at least 32 characters; the first signs, all are accepted;"
            " empty = those in auth.secret_file",
            secret=True,
        ),
    ] = ()
    secret_file: Annotated[
        str, about("file of secrets, one per line, made at the first start; empty = 'secret' in storage.data")
    ] = ""
    failures_per_name: Annotated[
        Failures,
        about(
            "maximum number of failed log-ins for one user name, from all addresses from which its user has not logged in"
            " before; a quarter of them are forgotten in a day"
        ),
    ] = 64
    failures_per_address: Annotated[
        Failures,
        about(
            "maximum number of failed log-ins from one address, or from one /64 network of IPv6, under any names; as many"
            " are forgotten in a day"
        ),
    ] = 100


class Jobs(Struct, frozen=True, forbid_unknown_fields=True):
    engine: Annotated[
        Literal["embedded", "procrastinate"],
        about(
            "how background jobs are found; embedded = each process polls the database;"
            " procrastinate = a job engine in the same PostgreSQL notifies the processes"
        ),
    ] = "embedded"
    in_server: Annotated[bool, about("whether 'calotype serve' does background jobs, such as making variants, too")] = (
        True
    )
    concurrency: Annotated[
        Positive, about("number of jobs that each process does at once; all variants of an image are one job")
    ] = 2
    poll: Annotated[
        Seconds, about("time between two checks for jobs of other processes, in seconds; for the embedded engine")
    ] = 0.5
    lease: Annotated[
        Seconds, about("time after which jobs of a dead process are taken over, in seconds; for the embedded engine")
    ] = 6.0
    attempts: Annotated[Positive, about("maximum number of attempts at a job; then it is marked failed")] = 5


class Logging(Struct, frozen=True, forbid_unknown_fields=True):
    level: Annotated[
        Literal["debug", "info", "warning", "error"], about("lowest level of messages that are logged")
    ] = "info"
    format: Annotated[
        Literal["text", "json"], about("format of the log; text = lines for people; json = one JSON object per line")
    ] = "text"
    access: Annotated[
        bool,
        about(
            "whether each request is logged, on standard output, with its id; without the query, which may hold a ticket or a signature"
        ),
    ] = False


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings. The properties give the paths and the URL to use where a setting is empty."""

    http: Http = Http()
    storage: Storage = Storage()
    database: Database = Database()
    images: Images = Images()
    variants: dict[str, Variant] = field(default_factory=_usual_variants)
    auth: Auth = Auth()
    jobs: Jobs = Jobs()
    quota: QuotaSettings = QuotaSettings()
    webhooks: Webhooks = Webhooks()
    remote: Remote = Remote()
    logging: Logging = Logging()
    audit: Audit = Audit()

    @property
    def stores(self) -> dict[str, Store]:
        """Every store by the name of its section. A new installation uses the first one."""
        other = self.storage.other
        return {"storage": self.storage.store} | ({} if isinstance(other, NoStore) else {"storage.other": other})

    @property
    def backup_store(self) -> dict[str, Store]:
        """The store for backups, if there is one, by the name of its section."""
        backup = self.storage.backup
        return {} if isinstance(backup, NoStore) else {"storage.backup": backup}

    @property
    def data_folder(self) -> Path:
        return local_path(self.storage.data)

    @property
    def blob_folder(self) -> Path | None:
        """The folder of the blobs in ``storage``; None if they are no local files."""
        return self.storage.store.folder(self.data_folder)

    @property
    def staging_folder(self) -> Path:
        """On the same disk as the blobs if they are local files, so that a staged file can be renamed into place."""
        return (self.blob_folder or self.data_folder) / "staging"

    @property
    def secret_file(self) -> Path:
        return local_path(self.auth.secret_file) if self.auth.secret_file else self.data_folder / "secret"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite+aiosqlite:///{self.data_folder / 'calotype.sqlite3'}"
