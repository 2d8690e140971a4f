"""Everything that can be set, with its default and what it means."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field


def _about(text: str, *, secret: bool = False) -> Meta:
    return Meta(description=text, extra={"secret": secret})


Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
SIDE = Meta(ge=0, le=16_384)


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    host: Annotated[str, _about("address to listen on")] = "127.0.0.1"
    port: Annotated[int, _about("port to listen on"), Meta(ge=1, le=65535)] = 8000
    workers: Annotated[
        int,
        _about("processes that serve; image workers and the log-ins that may fail are divided among them"),
        Meta(ge=1, le=64),
    ] = 1
    public_url: Annotated[
        str, _about("address under which clients reach the service, e.g. https://pictures.example.org; empty: as asked")
    ] = ""
    delivery: Annotated[
        Literal["stream", "redirect", "accel"],
        _about(
            "stream: pictures are sent by the service; redirect: whoever shows a token is sent to the S3 store;"
            " accel: the nginx in front sends the files itself"
        ),
    ] = "stream"
    memory: Annotated[
        int,
        _about("MiB in which each process keeps small pictures at hand, those that were asked for last; 0: none"),
        Meta(ge=0),
    ] = 32
    link_lifetime: Annotated[
        int, _about("seconds that a signed link lasts at the least; at the most twice that"), Meta(ge=1)
    ] = 3600
    uploads: Annotated[
        Positive, _about("uploads being received at once by each process; more are told to come back")
    ] = 64
    upload_deadline: Annotated[Seconds, _about("seconds that one upload may take")] = 600.0
    upload_pause: Annotated[Seconds, _about("seconds that a sending client may be silent")] = 20.0

    @property
    def address(self) -> str:
        """Where clients reach the service, as far as is known without being asked by one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


class Store(Struct, frozen=True, forbid_unknown_fields=True):
    """One place for blobs."""

    kind: Annotated[Literal["filesystem", "minio"], _about("where blobs are kept; minio: any S3-compatible store")] = (
        "filesystem"
    )
    path: Annotated[str, _about("folder of the blobs; empty: 'blobs' in storage.data")] = ""
    endpoint: Annotated[str, _about("HOST:PORT at which the service reaches the S3 store, or its URL")] = ""
    public_endpoint: Annotated[
        str, _about("HOST:PORT or URL at which browsers reach the S3 store; empty: the endpoint")
    ] = ""
    bucket: Annotated[str, _about("bucket of the blobs, which must exist")] = ""
    access_key: Annotated[str, _about("name by which the S3 store knows the service")] = ""
    secret_key: Annotated[str, _about("secret that belongs to the access key", secret=True)] = ""
    region: Annotated[str, _about("region of the bucket, as the S3 store calls it")] = "us-east-1"
    secure: Annotated[bool, _about("whether the S3 store is reached by HTTPS, where no URL says so")] = True


OtherKind = Annotated[
    Literal["none", "filesystem", "minio"], _about("a second store, to move blobs to or from; none: there is none")
]


class OtherStore(Store, frozen=True, forbid_unknown_fields=True):
    kind: OtherKind = "none"  # type: ignore[assignment]  # it need not be there
    path: Annotated[str, _about("folder of its blobs")] = ""


class Storage(Store, frozen=True, forbid_unknown_fields=True):
    data: Annotated[str, _about("folder of everything that is kept on local disk")] = "calotype-data"
    grace: Annotated[
        float, _about("seconds that bytes may be on their way into the store before they are swept"), Meta(ge=60)
    ] = 3600.0
    sweep_every: Annotated[Seconds, _about("seconds between two sweeps")] = 300.0
    other: OtherStore = OtherStore()


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[
        str,
        _about(
            "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE;"
            " empty: SQLite, 'calotype.sqlite3' in storage.data",
            secret=True,
        ),
    ] = ""
    connections: Annotated[Positive, _about("connections to PostgreSQL that one process keeps at the most")] = 8


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    compression: Annotated[
        Literal["excellent", "high", "lossless", "off"],
        _about(
            "excellent: no difference is seen in the same place (SSIMULACRA2 of 85 or more); high: nor side by side (80);"
            " lossless: every pixel the same; off: only private metadata removed"
        ),
    ] = "excellent"
    largest_file: Annotated[Positive, _about("bytes of one upload")] = 50 * 1024 * 1024
    pixels: Annotated[Positive, _about("pixels of one frame")] = 50_000_000
    side: Annotated[Positive, _about("pixels on one side")] = 16_384
    frames: Annotated[Positive, _about("frames of an animation")] = 1_000
    pixels_over_all_frames: Annotated[Positive, _about("pixels of all frames together")] = 200_000_000
    scans: Annotated[Positive, _about("scans of a progressive JPEG")] = 100
    workers: Annotated[
        int,
        _about("processes that decode pictures; 0: one for each processor, at most 4, and no fewer than http.workers"),
        Meta(ge=0),
    ] = 0
    waiting: Annotated[
        int, _about("pictures of each process that may wait for a worker; more are answered 503"), Meta(ge=0)
    ] = 64
    longest_wait: Annotated[Seconds, _about("seconds that a picture may wait for a worker")] = 60.0
    deadline: Annotated[Seconds, _about("seconds that a worker may take for one picture")] = 30.0
    memory: Annotated[int, _about("MiB of address space of one worker"), Meta(ge=256)] = 1408
    sandbox: Annotated[
        Literal["require", "prefer", "off"],
        _about("whether workers must, should or need not be confined by the kernel"),
    ] = "prefer"


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """A variant that is made of every picture, by the name of its section."""

    height: Annotated[int, _about("pixels that the variant is high at the most; 0: as many as come of it"), SIDE] = 0
    width: Annotated[int, _about("pixels that the variant is wide at the most; 0: as many as come of it"), SIDE] = 0
    fit: Annotated[
        Literal["inside", "cover"],
        _about("inside: the whole picture; cover: the middle of it, filling both height and width"),
    ] = "inside"
    format: Annotated[
        Literal["auto", "jpeg", "png", "webp", "avif"],
        _about("what it is encoded in; auto: the original's, if it suits"),
    ] = "auto"
    enabled: Annotated[bool, _about("whether it is made at all; what was made of one that is not is removed")] = True


def _usual_variants() -> dict[str, Variant]:
    return {"small": Variant(height=100), "medium": Variant(height=300)}


class Auth(Struct, frozen=True, forbid_unknown_fields=True):
    secrets: Annotated[
        tuple[str, ...],
        _about("secrets that tokens and links are made with: the first signs, all are believed; empty: auth.secret_file",
               secret=True),
    ] = ()  # fmt: skip
    secret_file: Annotated[
        str, _about("file of secrets, one a line, made at first start; empty: 'secret' in storage.data")
    ] = ""
    failures_per_name: Annotated[Positive, _about("failed log-ins per minute for one user name")] = 10
    failures_per_address: Annotated[
        Positive, _about("failed log-ins per minute from one address; behind a proxy all clients share one")
    ] = 30


class Jobs(Struct, frozen=True, forbid_unknown_fields=True):
    engine: Annotated[
        Literal["embedded", "procrastinate"],
        _about("embedded: the database is asked for work; procrastinate: an engine on the same PostgreSQL brings it"),
    ] = "embedded"
    in_server: Annotated[bool, _about("whether 'calotype serve' makes variants itself, beside serving")] = True
    concurrency: Annotated[Positive, _about("pictures whose variants are made at once, by each process")] = 1
    poll: Annotated[Seconds, _about("seconds between looks for work of other processes")] = 0.5
    lease: Annotated[Seconds, _about("seconds after which the work of a dead process is taken up again")] = 6.0
    attempts: Annotated[Positive, _about("tries at a variant before it is marked failed")] = 5


class Logging(Struct, frozen=True, forbid_unknown_fields=True):
    level: Annotated[Literal["debug", "info", "warning", "error"], _about("the least that is logged")] = "info"
    format: Annotated[Literal["text", "json"], _about("lines for people or for machines")] = "text"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Paths that were left empty are filled in."""

    http: Http = Http()
    storage: Storage = Storage()
    database: Database = Database()
    images: Images = Images()
    variants: dict[str, Variant] = field(default_factory=_usual_variants)
    auth: Auth = Auth()
    jobs: Jobs = Jobs()
    logging: Logging = Logging()

    @property
    def data_folder(self) -> Path:
        return Path(self.storage.data).absolute()

    @property
    def blob_folder(self) -> Path:
        return Path(self.storage.path).absolute() if self.storage.path else self.data_folder / "blobs"

    @property
    def staging_folder(self) -> Path:
        """On the blobs' own disk where they are files, so that storing one is a rename."""
        return (self.blob_folder if self.storage.kind == "filesystem" else self.data_folder) / "staging"

    @property
    def secret_file(self) -> Path:
        return Path(self.auth.secret_file).absolute() if self.auth.secret_file else self.data_folder / "secret"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite+aiosqlite:///{self.data_folder / 'calotype.sqlite3'}"
