"""A typed client for Calotype, a self-hosted image store.

>>> with Calotype("https://images.example.org", token) as calotype:
...     image = calotype.upload(Path("photo.jpg"))
...     print(image.id, image.compression.size)
"""

from calotype_client.client import UNCHANGED, Calotype, Ordering
from calotype_client.errors import CalotypeError, Refused, Unreachable
from calotype_client.objects import Account, Amount, Compression, Image, Rate, Variant

__all__ = [
    "UNCHANGED",
    "Account",
    "Amount",
    "Calotype",
    "CalotypeError",
    "Compression",
    "Image",
    "Ordering",
    "Rate",
    "Refused",
    "Unreachable",
    "Variant",
]
