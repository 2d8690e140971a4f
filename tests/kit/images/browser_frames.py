"""Frames of images as headless Chromium composes them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.model.pixels.media import ImageFormat
from kit.servers.browser import Page

_SCRIPT = """
    const shown = {};
    for (const [name, [type, base64]] of Object.entries(FILES)) {
        const data = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
        const decoder = new ImageDecoder({data, type, preferAnimation: true});
        await decoder.tracks.ready;
        await decoder.completed;
        const frames = [];
        for (let index = 0; index < decoder.tracks.selectedTrack.frameCount; index++) {
            const {image} = await decoder.decode({frameIndex: index});
            const {displayWidth: width, displayHeight: height} = image;
            const context = new OffscreenCanvas(width, height).getContext("2d");
            context.drawImage(image, 0, 0);
            const pixels = context.getImageData(0, 0, width, height).data;
            let text = "";
            for (let at = 0; at < pixels.length; at += 8192)
                text += String.fromCharCode(...pixels.subarray(at, at + 8192));
            frames.push({width, height, duration: image.duration, pixels: btoa(text)});
            image.close();
        }
        shown[name] = frames;
    }
    return shown;
"""


@dataclass(frozen=True)
class BrowserFrame:
    """``pixels`` are of the shape (height, width, 4): red, green, blue and alpha. ``duration`` is in seconds."""

    pixels: NDArray[np.uint8]
    duration: float | None


def browser_frames(page: Page, files: Mapping[str, bytes], format: ImageFormat) -> dict[str, list[BrowserFrame]]:
    """Each file's frames, by the file's name."""
    given = {name: (format.media_type, base64.b64encode(data).decode()) for name, data in files.items()}
    shown = page.run(f"const FILES = {json.dumps(given)};{_SCRIPT}")
    assert isinstance(shown, dict), shown
    return {name: [_frame(each) for each in frames] for name, frames in shown.items()}


def _frame(shown: dict[str, object]) -> BrowserFrame:
    pixels = np.frombuffer(base64.b64decode(str(shown["pixels"])), np.uint8)
    duration = shown["duration"]
    seconds = duration / 1e6 if isinstance(duration, int | float) else None
    return BrowserFrame(pixels.reshape(int(str(shown["height"])), int(str(shown["width"])), 4), seconds)
