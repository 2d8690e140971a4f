"""Every setting, with its default and its meaning."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

from domain.model.images.variant import Fit
from domain.model.pixels.compression import CompressionMode


def _about(text: str, *, secret: bool = False, inline: bool = False) -> Meta:
    """What a setting means. ``secret``: its value is never shown. ``inline``: its struct has no section of its own."""
    return Meta(description=text, extra={"secret": secret, "inline": inline})


Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
SIDE = Meta(ge=0, le=16_384)  # pixels


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    host: Annotated[str, _about("address to listen on")] = "127.0.0.1"
    port: Annotated[int, _about("port to listen on"), Meta(ge=1, le=65535)] = 8000
    workers: Annotated[
        int,
        _about("number of server processes; image workers and allowed failed log-ins are divided among them"),
        Meta(ge=1, le=64),
    ] = 1
    public_url: Annotated[
        str,
        _about(
            "URL at which clients reach the service, e.g. https://images.example.org;"
            " empty = the host named in each request"
        ),
    ] = ""
    delivery: Annotated[
        Literal["stream", "redirect", "accel"],
        _about(
            "how image bytes are sent; stream = by the service; redirect = requests with a token are redirected to the"
            " S3 store; accel = by the nginx in front of the service"
        ),
    ] = "stream"
    memory: Annotated[
        int,
        _about("size of the cache of small images in each process, in MiB; 0 = no cache"),
        Meta(ge=0),
    ] = 32
    link_lifetime: Annotated[
        int, _about("minimum lifetime of a signed link, in seconds; a link lasts at most twice as long"), Meta(ge=1)
    ] = 3600
    uploads: Annotated[
        Positive, _about("maximum number of uploads that one process receives at once; further ones are answered 503")
    ] = 64
    upload_deadline: Annotated[Seconds, _about("maximum duration of one upload, in seconds")] = 600.0
    upload_pause: Annotated[
        Seconds, _about("maximum time during an upload in which the client sends nothing, in seconds")
    ] = 20.0

    @property
    def address(self) -> str:
        """The URL of the service, as far as the settings tell it, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


class FilesystemStore(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="filesystem"):
    """Blobs in a local folder."""

    path: Annotated[
        str, _about("folder of the blobs; empty = 'blobs' in storage.data; storage.other.path must not be empty")
    ] = ""

    def folder(self, data: Path) -> Path:
        """The folder of the blobs. ``data`` is the folder of all local data."""
        return Path(self.path).absolute() if self.path else data / "blobs"


class S3Store(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="minio"):
    """Blobs in a bucket of any S3-compatible store."""

    endpoint: Annotated[str, _about("address at which the service reaches the S3 store: HOST:PORT or URL")] = ""
    public_endpoint: Annotated[
        str, _about("address at which browsers reach the S3 store: HOST:PORT or URL; empty = the endpoint")
    ] = ""
    bucket: Annotated[str, _about("bucket of the blobs; it must exist")] = ""
    access_key: Annotated[str, _about("access key of the S3 store")] = ""
    secret_key: Annotated[str, _about("secret key of the S3 store", secret=True)] = ""
    region: Annotated[str, _about("region of the bucket")] = "us-east-1"
    secure: Annotated[bool, _about("whether to use HTTPS for an endpoint that is not a URL")] = True

    def folder(self, data: Path) -> None:
        """None: the blobs are no local files."""


class NoStore(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="none"):
    """There is no second store."""


Store: TypeAlias = FilesystemStore | S3Store
"""Where blobs are stored. How each kind is checked and made: ``entrypoints.assembly``."""


class Storage(Struct, frozen=True, forbid_unknown_fields=True):
    store: Annotated[
        Store, _about("where blobs are stored; filesystem = local folder; minio = any S3-compatible store", inline=True)
    ] = FilesystemStore()
    data: Annotated[str, _about("folder of everything that is stored on the local disk")] = "calotype-data"
    grace: Annotated[
        float,
        _about("maximum time to store a file, in seconds; one that takes longer counts as abandoned and is removed"),
        Meta(ge=60),
    ] = 3600.0
    sweep_every: Annotated[
        Seconds, _about("time between two sweeps, which remove abandoned and deleted files, in seconds")
    ] = 300.0
    other: Annotated[
        NoStore | Store, _about("kind of a second store, to move blobs to or from; none = there is none")
    ] = NoStore()


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[
        str,
        _about(
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, with parameters such as ?sslmode=require;"
            " empty = SQLite in the file 'calotype.sqlite3' in storage.data",
            secret=True,
        ),
    ] = ""
    connections: Annotated[Positive, _about("maximum number of connections of one process to PostgreSQL")] = 8


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    compression: Annotated[
        CompressionMode,
        _about(
            "how uploads are compressed; excellent = no visible difference when both are shown in turn in one place"
            " (SSIMULACRA2 score of 85 or more); high = no visible difference side by side (80 or more);"
            " lossless = the same pixels; off = only private metadata is removed"
        ),
    ] = CompressionMode.EXCELLENT
    refine: Annotated[
        bool,
        _about(
            "whether a PNG of more than 2 megapixels is stored after a fast packing, and packed fully by a background"
            " job; false = the client waits"
        ),
    ] = True
    largest_file: Annotated[Positive, _about("maximum size of an upload, in bytes")] = 50 * 1024 * 1024
    pixels: Annotated[Positive, _about("maximum number of pixels of one frame")] = 50_000_000
    side: Annotated[Positive, _about("maximum height and maximum width, in pixels")] = 16_384
    frames: Annotated[Positive, _about("maximum number of frames of an animation")] = 1_000
    pixels_over_all_frames: Annotated[Positive, _about("maximum number of pixels of all frames together")] = 200_000_000
    scans: Annotated[Positive, _about("maximum number of scans of a progressive JPEG")] = 100
    workers: Annotated[
        int,
        _about(
            "number of images that are decoded and encoded at once, each by a process of its own;"
            " 0 = one for each processor, at most 4, and at least two for each of http.workers"
        ),
        Meta(ge=0),
    ] = 0
    waiting: Annotated[
        int,
        _about(
            "maximum number of images of one user that wait in each server process; further ones are answered 503."
            " All users together may have four times as many, and each may have one"
        ),
        Meta(ge=0),
    ] = 64
    longest_wait: Annotated[Seconds, _about("maximum time that an image waits for an image worker, in seconds")] = 60.0
    deadline: Annotated[Seconds, _about("maximum time of an image worker for one image, in seconds")] = 30.0
    memory: Annotated[int, _about("maximum address space of one image worker, in MiB"), Meta(ge=256)] = 1408
    per_worker: Annotated[
        Positive, _about("number of images after which a worker is replaced; 1 = a process for each image")
    ] = 500
    sandbox: Annotated[
        Literal["require", "prefer", "off"],
        _about(
            "how the kernel confines image workers; require = decode nothing unless they are fully confined;"
            " prefer = as far as the kernel supports it; off = limit their memory only"
        ),
    ] = "prefer"


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """A variant that is made of every image; the name of its section is its name."""

    height: Annotated[int, _about("maximum height in pixels; 0 = no limit"), SIDE] = 0
    width: Annotated[int, _about("maximum width in pixels; 0 = no limit"), SIDE] = 0
    fit: Annotated[
        Fit,
        _about("inside = the whole image; cover = the middle of the image, which fills height and width"),
    ] = Fit.INSIDE
    format: Annotated[
        Literal["auto", "jpeg", "png", "webp", "avif"],
        _about("file format; auto = the original's for JPEG, WebP and AVIF; otherwise PNG, or JPEG for photographs"),
    ] = "auto"
    enabled: Annotated[bool, _about("whether this variant is made; false = those made earlier are removed")] = True


def _usual_variants() -> dict[str, Variant]:
    return {"small": Variant(height=100), "medium": Variant(height=300)}


class Auth(Struct, frozen=True, forbid_unknown_fields=True):
    secrets: Annotated[
        tuple[str, ...],
        _about(
            "secrets that sign tokens and links, of at least 32 characters; the first signs, all are accepted;"
            " empty = those in auth.secret_file",
            secret=True,
        ),
    ] = ()
    secret_file: Annotated[
        str, _about("file of secrets, one per line, made at the first start; empty = 'secret' in storage.data")
    ] = ""
    failures_per_name: Annotated[Positive, _about("maximum number of failed log-ins per minute for one user name")] = 10
    failures_per_address: Annotated[
        Positive,
        _about(
            "maximum number of failed log-ins per minute from one address; all clients behind a proxy have one address"
        ),
    ] = 30


class Jobs(Struct, frozen=True, forbid_unknown_fields=True):
    engine: Annotated[
        Literal["embedded", "procrastinate"],
        _about(
            "how background jobs are found; embedded = each process polls the database;"
            " procrastinate = a job engine in the same PostgreSQL notifies the processes"
        ),
    ] = "embedded"
    in_server: Annotated[
        bool, _about("whether 'calotype serve' does background jobs, such as making variants, too")
    ] = True
    concurrency: Annotated[
        Positive, _about("number of jobs that each process does at once; all variants of an image are one job")
    ] = 2
    poll: Annotated[
        Seconds, _about("time between two checks for jobs of other processes, in seconds; for the embedded engine")
    ] = 0.5
    lease: Annotated[
        Seconds, _about("time after which jobs of a dead process are taken over, in seconds; for the embedded engine")
    ] = 6.0
    attempts: Annotated[Positive, _about("maximum number of attempts at a job; then it is marked failed")] = 5


class Logging(Struct, frozen=True, forbid_unknown_fields=True):
    level: Annotated[
        Literal["debug", "info", "warning", "error"], _about("lowest level of messages that are logged")
    ] = "info"
    format: Annotated[
        Literal["text", "json"], _about("format of the log; text = lines for people; json = one JSON object per line")
    ] = "text"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings. The properties give the paths and the URL to use where a setting is empty."""

    http: Http = Http()
    storage: Storage = Storage()
    database: Database = Database()
    images: Images = Images()
    variants: dict[str, Variant] = field(default_factory=_usual_variants)
    auth: Auth = Auth()
    jobs: Jobs = Jobs()
    logging: Logging = Logging()

    @property
    def stores(self) -> dict[str, Store]:
        """Every store by the name of its section. A new installation uses the first one."""
        other = self.storage.other
        return {"storage": self.storage.store} | ({} if isinstance(other, NoStore) else {"storage.other": other})

    @property
    def data_folder(self) -> Path:
        return Path(self.storage.data).absolute()

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
        return Path(self.auth.secret_file).absolute() if self.auth.secret_file else self.data_folder / "secret"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite+aiosqlite:///{self.data_folder / 'calotype.sqlite3'}"
