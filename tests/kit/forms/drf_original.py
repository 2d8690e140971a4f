"""The Django REST framework service that Calotype replaces, as far as it reads forms, in this process."""

# mypy: disable-error-code="import-untyped,misc,no-untyped-call"
# Django and its framework have no types.

from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings

USERNAME = "ada"
PASSWORD = b" correct horse "

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import path
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView


class Image(models.Model):  # noqa: DJ008  it is never printed
    original = models.ImageField(max_length=255)

    class Meta:
        app_label = "drf_original"


class ImageSerializer(ModelSerializer):
    class Meta:
        model = Image
        fields = ("id", "original")


class Images(APIView):
    parser_classes = (MultiPartParser, FormParser)

    def post(self, request: Any) -> Response:
        serializer = ImageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


urlpatterns = [path("image/", Images.as_view()), path("api/token/", obtain_auth_token)]


class DrfOriginal:
    """The service with one user. There can be one in a process, and its files are stored in ``folder``."""

    def __init__(self, folder: Path) -> None:
        settings.MEDIA_ROOT = folder
        self._application = get_wsgi_application()
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            editor.create_model(Image)
        user = User.objects.create_user(USERNAME, password=PASSWORD.decode())
        self._token = str(Token.objects.create(user=user).key)

    def post(self, target: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer to these bytes."""
        given = {"Authorization": f"Token {self._token}", **headers}
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given.items()}
        environment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": named.pop("HTTP_CONTENT_TYPE", ""),
            **named,
        }
        statuses: list[str] = []
        answer = self._application(environment, lambda status, _headers: statuses.append(status))
        answer.close()
        return int(statuses[0].split()[0])
