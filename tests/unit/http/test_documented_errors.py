"""The OpenAPI document says of every error what is answered: status, code, body and headers."""

import msgspec
import pytest
from litestar.testing import RequestFactory

from architecture.test_errors import concrete_errors
from domain import errors
from domain.errors import CalotypeError
from entrypoints.cli import errors as cli_errors
from entrypoints.http.protocol import errors as http_errors
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.http.protocol.problems import answer_error, note_field
from entrypoints.http.routes.openapi import operations, ticket_operations
from entrypoints.http.routes.openapi.documented import Documented
from entrypoints.settings.http import Http

OPERATIONS = {
    f"{module.__name__}.{name}": each
    for module in (operations, ticket_operations)
    for name, each in vars(module).items()
    if isinstance(each, Documented)
}
DOCUMENTED = [(name, error) for name, each in OPERATIONS.items() for error in each.errors.concrete()]

ONLY_COMMANDS = {
    errors.AccessKeyNameTaken,
    errors.AccessKeyNotFound,
    errors.AccessKeyRevoked,
    errors.BackupDamaged,
    errors.BackupOfAnotherInstallation,
    errors.BackupOvertaken,
    errors.BackupPlaceTaken,
    errors.BackupUnsettled,
    errors.InstallationInUse,
    errors.InstallationNotEmpty,
    errors.NoBackup,
    errors.UserDisabled,
    errors.UserHasImages,
    errors.UserNotFound,
    errors.WebhookGone,
    errors.WebhookNotFound,
    errors.WebhookRefused,
    errors.UsernameTaken,
}
ONLY_JOBS = {errors.CacheNotPurged}
NOT_READ = {http_errors.UploadInterrupted}  # the client is gone


def test_every_error_of_http_is_documented() -> None:
    elsewhere = {
        error
        for error in concrete_errors()
        if issubclass(error, errors.Misconfigured | errors.CannotMove) or error.__module__ == cli_errors.__name__
    }
    assert {error for _, error in DOCUMENTED} == {*concrete_errors()} - elsewhere - ONLY_COMMANDS - ONLY_JOBS - NOT_READ


@pytest.mark.parametrize(("operation", "error"), DOCUMENTED, ids=lambda each: getattr(each, "__name__", each))
@pytest.mark.parametrize("field", ["original", "image"])
def test_the_answer_is_the_documented_one(operation: str, error: type[CalotypeError], field: str) -> None:
    documented = OPERATIONS[operation].errors
    request = RequestFactory().get("/")
    note_field(request, field)
    answer = answer_error(Addresses(Http()), request, documented.example(error))
    msgspec.json.decode(answer.content, type=documented.body(error))
    status = str(answer.status_code)
    assert int(status) in documented.specs()
    headers = documented.headers()[status]
    assert set(answer.headers) - {"Cache-Control"} <= set(headers)
    codes = headers["Calotype-Error"].schema
    assert error.code in (getattr(codes, "enum", None) or ())
