"""The Django REST framework service that Calotype is measured against: the same rows, keys and addresses, in one file.

It is configured for production as its documentation recommends. Unlike Calotype, it does not sign its links.
``TWIN_DATA`` names the folder of its database and its images.
"""

# mypy: disable-error-code="import-untyped,import-not-found,misc,no-untyped-call"
# Django and its framework have no types, and are not installed where only linters run.

import json
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from PIL import Image as Pillow

DATA = Path(os.environ["TWIN_DATA"])
QUALITY = 85  # of JPEGs
HEIGHTS = {"medium": 300, "small": 100}  # pixels at most, the defaults of Calotype's variants
WIDEST = 16_384  # pixels: Calotype limits only their height

settings.configure(
    DEBUG=False,
    SECRET_KEY="for a benchmark on one machine only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MEDIA_ROOT=DATA,
    MEDIA_URL="/media/",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
    ],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "twin.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;",
            },
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 10,
    },
)
django.setup()

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet


class Image(models.Model):  # noqa: DJ008  it is never printed
    name = models.CharField(max_length=255)
    original = models.FileField()
    small = models.FileField(null=True)
    medium = models.FileField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        app_label = "twin"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("user", "name"), name="one_name_for_a_user"),)


class ImageSerializer(ModelSerializer):
    class Meta:
        model = Image
        fields = ("id", "name", "original", "small", "medium", "created_at", "updated_at", "user")


class Images(ReadOnlyModelViewSet):
    serializer_class = ImageSerializer

    def get_queryset(self) -> Any:
        return Image.objects.filter(user=self.request.user)

    def create(self, request: Any) -> Response:
        upload = request.FILES["original"]
        try:
            files = files_made_of(upload)
        except (OSError, SyntaxError, ValueError) as error:  # Pillow raises any of them
            raise ValidationError({"original": "not a valid image"}) from error
        now = timezone.now()
        image = Image(name=upload.name, created_at=now, updated_at=now, user=request.user)
        for field, content in files.items():
            getattr(image, field).save(f"{field}-{upload.name}", content, save=False)
        image.save()
        return Response(self.get_serializer(image).data, status=201)


class ImageBytes(APIView):
    def get(self, request: Any, name: str) -> FileResponse:
        return FileResponse(get_object_or_404(Image, user=request.user, name=name).original.open("rb"))


urlpatterns = [
    path("image/", Images.as_view({"get": "list", "post": "create"})),
    path("image/<int:pk>/", Images.as_view({"get": "retrieve"})),
    path("image/<str:name>/", ImageBytes.as_view()),
]

application = get_wsgi_application()


def files_made_of(upload: Any) -> dict[str, ContentFile]:
    """The encoded original and variants by column name. A GIF's variants are PNGs."""
    with Pillow.open(upload) as claimed:
        claimed.verify()
    upload.seek(0)
    with Pillow.open(upload) as image:
        image.load()
        format = str(image.format)
        shrunk = image.convert("RGBA" if image.has_transparency_data else "RGB") if image.mode == "P" else image.copy()
        files = {"original": _encoded(image, format, save_all=format == "GIF")}
        for field, height in HEIGHTS.items():  # the smaller one is made from the larger one
            shrunk.thumbnail((WIDEST, height))
            files[field] = _encoded(shrunk, "PNG" if format == "GIF" else format)
    return files


def _encoded(image: Any, format: str, **options: Any) -> ContentFile:
    encoded = BytesIO()
    image.save(encoded, format, quality=QUALITY, **options)
    return ContentFile(encoded.getvalue())


def seed(rows: list[dict[str, Any]]) -> str:
    """Create the database with ``rows``, all of one user. Returns the user's token."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Image)
    user = User.objects.create_user("bench")
    Image.objects.bulk_create((Image(**row, user=user) for row in rows), batch_size=1_000)
    return str(Token.objects.create(user=user).key)


if __name__ == "__main__":
    print(seed(json.load(sys.stdin)))
