"""An image on the command line: how it is named, described and printed."""

from __future__ import annotations

import rich_click as click

from entrypoints.cli.printing import print_facts, readable_size
from entrypoints.schemas import CompressionReceipt, ImageObject

reference_argument = click.argument("reference", metavar="ID|NAME")


def report(image: ImageObject) -> None:
    """Print one line about a stored image: what compression saved."""
    receipt = image.compression
    saved = 100 - round(100 * receipt.size / receipt.uploaded_size)
    sizes = f"{readable_size(receipt.uploaded_size)} -> {readable_size(receipt.size)} ({saved} % saved)"
    lacking = f", not stored: {', '.join(receipt.dropped)}" if receipt.dropped else ""
    click.echo(f"{image.id}  {image.name}  {sizes}{lacking}")


def _said(image: ImageObject) -> dict[str, str]:
    return {
        "alt": image.alt,
        "tags": ", ".join(image.tags),
        "public": image.public_url or "",
        "expires at": image.expires_at or "",
    }


def _loss(receipt: CompressionReceipt) -> str:
    if receipt.score is None:
        return "" if receipt.lossless else ", converted"
    return f", score {receipt.score:.1f}"


def print_image(image: ImageObject) -> None:
    """Print the image for people."""
    receipt = image.compression
    print_facts(
        [
            ("id", str(image.id)),
            ("name", image.name),
            *([("sent as", image.sent_name)] if image.sent_name else []),
            ("format", image.format + (f", uploaded as {image.uploaded_format}" if image.sent_name else "")),
            ("pixels", f"{image.width} x {image.height}" + (f", {image.frames} frames" if image.frames > 1 else "")),
            (
                "stored",
                f"{image.size:,} bytes of {image.uploaded_size:,} uploaded, by {receipt.codec} ({receipt.mode})"
                + _loss(receipt)
                + ("" if receipt.lowest is None else f", worst place {receipt.lowest:.1f}"),
            ),
            *([("not stored", ", ".join(receipt.dropped))] if receipt.dropped else []),
            ("sha256", image.sha256),
            *((name, value) for name, value in _said(image).items() if value),
            ("created at", image.created_at),
            ("updated at", image.updated_at),
            ("original", image.original),
            *(
                (name, f"{each.state} {each.url or each.failure or ''}".strip())
                for name, each in image.variants.items()
            ),
        ]
    )
