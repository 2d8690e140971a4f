"""JPEG 2000 for Pillow, with the ICC profile of the file, which Pillow's own class leaves out."""

from PIL import Image
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from adapters.codec.formats.jpeg2000.facts import colour_profile, matches


class Jp2ImageFile(Jpeg2KImageFile):
    format = "JP2"

    def _open(self) -> None:
        super()._open()
        assert self.fp is not None
        self.fp.seek(0)
        profile = colour_profile(self.fp.read())
        if profile is not None:
            self.info["icc_profile"] = profile


Image.register_open(Jp2ImageFile.format, Jp2ImageFile, matches)
