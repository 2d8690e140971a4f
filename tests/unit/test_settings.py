"""Settings."""

from pathlib import Path
from typing import get_args

import pytest

from domain.errors import InvalidSettings
from domain.model.pixels.media import ImageFormat
from entrypoints.assembly.store_kinds import STORE_KINDS
from entrypoints.configuration.described import described
from entrypoints.configuration.loading import load_settings
from entrypoints.settings import Settings
from entrypoints.settings.stores import FilesystemStore, S3Store, Store


def problems(file: str | None = None, **environment: str) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(file, environment)
    return refused.value.problems


def test_the_defaults_are_one_folder_and_the_loopback_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {})
    assert settings == Settings()
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8000)
    assert settings.blob_folder == tmp_path / "calotype-data" / "blobs"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/calotype-data/calotype.sqlite3"


def test_the_environment_overrides_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('[http]\nhost = "0.0.0.0"\nport = 9000\n[variants.small]\nheight = 80\n')
    settings = load_settings(str(file), {"CALOTYPE_HTTP__PORT": "9001", "CALOTYPE_JOBS__IN_SERVER": "false"})
    assert (settings.http.host, settings.http.port, settings.variants["small"].height) == ("0.0.0.0", 9001, 80)
    assert settings.jobs.in_server is False


def test_a_file_in_the_working_folder_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calotype.toml").write_text("[http]\nport = 9002\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}).http.port == 9002


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[http]\nprot = 1\nhost = 5\n[storage]\nkind = "floppy"\n[nonsense]\nx = 1\n[htpp]\n[jobs]\n')
    wrong = {"CALOTYPE_HTTP__PORT": "99999", "CALOTYPE_HTTP_PORT": "80", "CALOTYPE_CONFIG_FILE": "x"}
    found = problems(str(file), CALOTYPE_CONFIG="x", CALOTYPE_TEST_S3="x", **wrong)
    named = sorted(problem.partition(":")[0] for problem in found)
    assert named == [
        "CALOTYPE_CONFIG_FILE", "CALOTYPE_HTTP_PORT", "CALOTYPE_HTTP__PORT", "htpp", "http.host", "http.prot", "nonsense.x", "storage.kind",
    ]  # fmt: skip
    assert "filesystem" in next(problem for problem in found if problem.startswith("storage.kind"))


def test_variants_are_declared_by_naming_them(tmp_path: Path) -> None:
    file = tmp_path / "variants.toml"
    file.write_text('[variants.square]\nwidth = 64\nheight = 64\nfit = "cover"\n[variants.medium]\nenabled = false\n')
    settings = load_settings(str(file), {"CALOTYPE_VARIANTS__LARGE__WIDTH": "1600"})
    assert set(settings.variants) == {"small", "medium", "square", "large"}
    assert (settings.variants["square"].fit, settings.variants["large"].width) == ("cover", 1600)
    assert [name for name, each in settings.variants.items() if not each.enabled] == ["medium"]
    assert settings.variants["small"].height == 100
    assert "variants.large.width" in {each.name for each in described(settings)}


def test_a_variant_without_a_size_or_a_proper_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "variants.toml"
    file.write_text('[variants.empty]\n[variants.wide]\nwidth = 9\nfit = "cover"\n[variants."Big One"]\nheight = 9\n')
    named = sorted(problem.partition(":")[0] for problem in problems(str(file)))
    assert named == ["variants.Big One.height", "variants.empty", "variants.wide.fit"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"STORAGE__KIND": "minio"}, "storage.bucket"),
        ({"HTTP__DELIVERY": "redirect"}, "http.delivery"),
        ({"HTTP__DELIVERY": "accel", "STORAGE__KIND": "minio"}, "http.delivery"),
        ({"JOBS__ENGINE": "procrastinate"}, "jobs.engine"),
        ({"DATABASE__URL": "mysql://x"}, "database.url"),
        ({"DATABASE__URL": "postgresql://db/images?pgbouncer=true"}, "database.url"),
        *[
            ({"HTTP__CORS_ORIGINS": f"https://app.example.org, {origin}"}, "http.cors_origins")
            for origin in (
                "https://a.org/",
                "https://A.org",
                "a.org",
                "https://a.org:443",
                "http://a.org:80",
                "https://*.a.org",
                "null",
            )
        ],
        ({"STORAGE__DATA": "~nobody-of-this-name/x"}, "storage.data"),
        ({"STORAGE__PATH": "~nobody-of-this-name/x"}, "storage.path"),
        ({"STORAGE__OTHER__KIND": "filesystem"}, "storage.other.path"),
        ({"STORAGE__OTHER__KIND": "minio"}, "storage.other.endpoint"),
        ({"STORAGE__OTHER__KIND": "filesystem", "STORAGE__OTHER__PATH": "calotype-data/blobs"}, "storage.other"),
        ({"STORAGE__KIND": "minio", "HTTP__LINK_LIFETIME": "302401"}, "http.link_lifetime"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, str], complaint: str) -> None:
    found = problems(**of(given))
    assert any(problem.startswith(f"{complaint}:") for problem in found)


@pytest.mark.parametrize("time", ["inf", "nan", "0", "-1"])
def test_every_wait_has_an_end(time: str) -> None:
    assert problems(CALOTYPE_REMOTE__DEADLINE=time) == (
        f"CALOTYPE_REMOTE__DEADLINE: must be a number above 0; it is '{time}'",
    )


def test_origins_are_a_list_or_a_star(tmp_path: Path) -> None:
    file = tmp_path / "origins.toml"
    origins = ("https://a.org", "http://[::1]:8080", "http://localhost:3000", "chrome-extension://abc")
    for text, expected in ((str([*origins]), origins), ('"*"', ("*",)), ('["*"]', ("*",))):
        file.write_text(f"[http]\ncors_origins = {text}\n")
        assert load_settings(str(file), {}).http.cors_origins == expected


def test_an_error_in_the_second_store_names_the_second_store() -> None:
    assert problems(**of({"STORAGE__OTHER__KIND": "filesystem"})) == (
        "storage.other.path: must be set where storage.other.kind is filesystem",
    )


S3 = {
    "STORAGE__KIND": "minio",
    "STORAGE__ENDPOINT": "s3.example.org",
    "STORAGE__BUCKET": "blobs",
    "STORAGE__ACCESS_KEY": "a",
    "STORAGE__SECRET_KEY": "b",
}


def of(given: dict[str, str]) -> dict[str, str]:
    return {f"CALOTYPE_{name}": value for name, value in given.items()}


def test_the_kind_of_a_store_decides_which_settings_it_has() -> None:
    settings = load_settings(None, of({**S3, "STORAGE__OTHER__KIND": "filesystem", "STORAGE__OTHER__PATH": "old"}))
    assert settings.stores == {
        "storage": S3Store(endpoint="s3.example.org", bucket="blobs", access_key="a", secret_key="b"),
        "storage.other": FilesystemStore(path="old"),
    }
    values = {each.name: each.value for each in described(settings)}
    assert (values["storage.kind"], values["storage.bucket"], values["storage.path"]) == ("minio", "blobs", "")
    assert values["storage.other.path"] == "old"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"STORAGE__BUCKET": "blobs"}, ["CALOTYPE_STORAGE__BUCKET"]),
        ({**S3, "STORAGE__PATH": "blobs"}, ["CALOTYPE_STORAGE__PATH"]),
        ({"STORAGE__OTHER__PATH": "old", "STORAGE__OTHER__SECURE": "false"}, ["CALOTYPE_STORAGE__OTHER__PATH", "CALOTYPE_STORAGE__OTHER__SECURE"]),
        ({"STORAGE__KIND": "floppy", "STORAGE__BUCKET": "blobs"}, ["CALOTYPE_STORAGE__KIND"]),
    ],
)  # fmt: skip
def test_a_setting_of_another_kind_of_store_is_refused(given: dict[str, str], named: list[str]) -> None:
    assert sorted(problem.partition(":")[0] for problem in problems(**of(given))) == named


def test_the_refusal_of_a_setting_of_another_kind_of_store_is_a_sentence() -> None:
    (problem,) = problems(CALOTYPE_STORAGE__BUCKET="blobs")
    assert problem == "CALOTYPE_STORAGE__BUCKET: is a setting of storage.kind = minio, but storage.kind is filesystem"


def test_every_kind_of_store_has_an_entry() -> None:
    assert set(STORE_KINDS) == set(get_args(Store))


def test_a_setting_of_another_kind_of_store_may_be_given_as_its_default() -> None:
    given = {"STORAGE__BUCKET": "", "STORAGE__SECURE": "true", "STORAGE__OTHER__PATH": ""}
    assert load_settings(None, of(given)) == Settings()


OF_KUBERNETES = {
    "PORT": "tcp://10.0.0.1:5432",
    "PORT_5432_TCP": "tcp://10.0.0.1:5432",
    "PORT_5432_TCP_ADDR": "10.0.0.1",
    "PORT_5432_TCP_PORT": "5432",
    "PORT_5432_TCP_PROTO": "tcp",
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "5432",
    "SERVICE_PORT_POSTGRESQL": "5432",
}


@pytest.mark.parametrize("service", ["", "DATABASE_", "HTTP_", "IMAGE_STORE_"])
def test_what_kubernetes_sets_for_a_service_is_no_setting(service: str) -> None:
    given = {f"CALOTYPE_{service}{name}": value for name, value in OF_KUBERNETES.items()}
    assert load_settings(None, given) == Settings()


def test_a_setting_with_a_value_of_kubernetes_is_still_a_setting() -> None:
    named = [
        problem.partition(":")[0] for problem in problems(CALOTYPE_HTTP__PORT="tcp://10.0.0.1:80", CALOTYPE_PORT="80")
    ]
    assert named == ["CALOTYPE_HTTP__PORT", "CALOTYPE_PORT"]


def test_a_path_may_begin_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my.toml").write_text('[storage]\ndata = "~/images"\n[auth]\nsecret_file = "~/secret"\n')
    settings = load_settings("~/my.toml", {"CALOTYPE_HTTP__SOCKET": "~/http.sock", "CALOTYPE_STORAGE__PATH": "~/blobs"})
    paths = [settings.data_folder, settings.secret_file, settings.http.socket_file, settings.blob_folder]
    assert paths == [tmp_path / name for name in ("images", "secret", "http.sock", "blobs")]


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "of-windows.toml"
    file.write_bytes(b"\xef\xbb\xbf[http]\r\nport = 9003\r\n")
    assert load_settings(str(file), {}).http.port == 9003


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/images/", "http://[::1]:8000", "https://a.example/~ada/%20"]
)
def test_a_public_url_may_have_a_port_and_a_path(url: str) -> None:
    assert load_settings(None, {"CALOTYPE_HTTP__PUBLIC_URL": url}).http.address == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["a.example", "ftp://a.example", "https://", "https://a.example/?x=1", "https://a.example/#x", "https://ada:hunter2@a.example", "https://a b", "https://a.example:99999", "https://a.example:0"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["public_url", "purge_url"])
def test_a_public_url_has_nothing_else(url: str, name: str) -> None:
    (problem,) = problems(**{f"CALOTYPE_HTTP__{name.upper()}": url})
    assert problem.startswith(f"http.{name}: ")
    assert "hunter2" not in problem


@pytest.mark.parametrize("content", ["[http", "\xff"])
def test_a_file_that_cannot_be_read_is_a_problem_like_others(tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content.encode("latin-1"))
    assert "cannot be read" in problems(str(file))[0]
    assert problems(str(tmp_path / "absent.toml")) == (f"{tmp_path}/absent.toml: does not exist",)


def test_a_variant_may_have_every_format_that_variants_are_made_in() -> None:
    (choices,) = [each.choices for each in described() if each.name == "variants.small.format"]
    assert set(choices) == {"auto"} | {format for format in ImageFormat if format.traits.is_made}


def test_the_error_for_a_wrong_choice_lists_the_choices() -> None:
    wrong = {"VARIANTS__SMALL__FIT": "stretch", "VARIANTS__SMALL__ENABLED": "yes"}
    assert problems(**of(wrong)) == (
        "CALOTYPE_VARIANTS__SMALL__ENABLED: must be one of: true, false; it is 'yes'",
        "CALOTYPE_VARIANTS__SMALL__FIT: must be one of: inside, cover; it is 'stretch'",
    )


@pytest.mark.parametrize(
    ("setting", "toml", "expected"),
    [
        ("http.port", '"a"', "a whole number from 1 to 65535; it is 'a'"),
        ("http.port", "65536", "a whole number from 1 to 65535; it is 65536"),
        ("http.memory", "-1", "a whole number of 0 or more; it is -1"),
        ("images.frames", "1.5", "a whole number of 1 or more; it is 1.5"),
        ("jobs.poll", "0", "a number above 0; it is 0"),
        ("http.host", "5", "text; it is 5"),
        ("auth.secrets", "5", "a list of texts"),
    ],
)
def test_the_error_for_a_wrong_value_says_what_it_must_be(
    tmp_path: Path, setting: str, toml: str, expected: str
) -> None:
    section, name = setting.split(".")
    file = tmp_path / "wrong.toml"
    file.write_text(f"[{section}]\n{name} = {toml}\n")
    assert problems(str(file)) == (f"{setting}: must be {expected}",)


def test_the_error_for_a_misnamed_variant_says_which_names_are_valid(tmp_path: Path) -> None:
    file = tmp_path / "misnamed.toml"
    file.write_text("[variants.Bad]\nheight = 9\n")
    named, by_variable = problems(str(file), CALOTYPE_VARIANTS__9X__HEIGHT="9")
    rule = "begins with a lower-case letter, has only lower-case letters, digits and underscores"
    assert named.startswith("variants.Bad.height: the name of a variant")
    assert by_variable.startswith("CALOTYPE_VARIANTS__9X__HEIGHT: the name of a variant")
    assert rule in named
    assert rule in by_variable


def test_an_error_never_shows_the_value_of_a_setting() -> None:
    assert "hunter2" not in "".join(problems(CALOTYPE_AUTH__SECRETS="hunter2"))


def test_every_setting_is_described() -> None:
    assert all(each.about for each in described())
    assert len({each.variable for each in described()}) == len(list(described()))
