"""The table of formats: one entry holds everything that is specific to a format in the codec.

``ImageFormat`` holds what the rest of Calotype knows of each: names, what may be tried on it, what its variants become.
"""

from collections.abc import Mapping

from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.MpoImagePlugin import MpoImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from adapters.codec.encoders import lossless, variants
from adapters.codec.format_table.entry import FormatEntry, Optimiser, Reencoder, complete
from adapters.codec.formats import avif, gif, jpeg, jpeg2000, jxl, png, webp
from adapters.codec.formats.gain_map import file as gain_map
from adapters.codec.lossy.carry import carried
from adapters.codec.lossy.palette import reduce_palette
from adapters.codec.lossy.reencode import reencode
from adapters.codec.pixels.plugins.jp2 import Jp2ImageFile
from adapters.codec.pixels.plugins.jxl import JxlImageFile
from adapters.codec.scoring.same_pixels import Comparison
from domain.model.pixels.media import ImageFormat

FORMATS: Mapping[ImageFormat, FormatEntry] = complete(
    {
        ImageFormat.JPEG: FormatEntry(
            matches=jpeg.matches,
            read_facts=jpeg.read_facts,
            strip_metadata=gain_map.strip_metadata,
            strip_gain_map=jpeg.strip_metadata,
            holds_gain_map=gain_map.holds_gain_map,
            completed=jpeg.completed,
            decoders=(JpegImageFile, MpoImageFile),
            optimiser=Optimiser(
                program=lambda facts: lossless.jpeg_packer(facts).name,
                optimise=lossless.smaller_jpeg,
                comparison=Comparison.SAMPLES,
            ),
            reencoder=Reencoder(colour_profile=jpeg.colour_profile, reencode=reencode, carry=carried),
            reduce_palette=None,
            encode_variant=variants.jpeg,
        ),
        ImageFormat.PNG: FormatEntry(
            matches=png.matches,
            read_facts=png.read_facts,
            strip_metadata=png.strip_metadata,
            strip_gain_map=None,
            holds_gain_map=None,
            completed=png.completed,
            decoders=(PngImageFile,),
            optimiser=Optimiser(
                program=lambda _: "oxipng", optimise=lossless.smaller_png, comparison=Comparison.COLOURS
            ),
            reencoder=None,
            reduce_palette=reduce_palette,
            encode_variant=variants.png,
        ),
        ImageFormat.GIF: FormatEntry(
            matches=gif.matches,
            read_facts=gif.read_facts,
            strip_metadata=gif.strip_metadata,
            strip_gain_map=None,
            holds_gain_map=None,
            completed=gif.completed,
            decoders=(GifImageFile,),
            optimiser=Optimiser(
                program=lambda _: "libvips", optimise=lossless.smaller_gif, comparison=Comparison.COLOURS
            ),
            reencoder=None,
            reduce_palette=None,
            encode_variant=None,
        ),
        ImageFormat.WEBP: FormatEntry(
            matches=webp.matches,
            read_facts=webp.read_facts,
            strip_metadata=webp.strip_metadata,
            strip_gain_map=None,
            holds_gain_map=None,
            completed=None,
            decoders=(WebPImageFile,),
            optimiser=None,
            reencoder=None,
            reduce_palette=None,
            encode_variant=variants.webp,
        ),
        ImageFormat.AVIF: FormatEntry(
            matches=avif.matches,
            read_facts=avif.read_facts,
            strip_metadata=avif.strip_metadata,
            strip_gain_map=avif.strip_gain_map,
            holds_gain_map=avif.holds_gain_map,
            completed=None,
            decoders=(AvifImageFile,),
            optimiser=None,
            reencoder=None,
            reduce_palette=None,
            encode_variant=variants.avif,
        ),
        ImageFormat.JP2: FormatEntry(
            matches=jpeg2000.matches,
            read_facts=jpeg2000.read_facts,
            strip_metadata=jpeg2000.strip_metadata,
            strip_gain_map=None,
            holds_gain_map=None,
            completed=None,
            decoders=(Jp2ImageFile,),
            optimiser=None,
            reencoder=None,
            reduce_palette=None,
            encode_variant=None,
        ),
        ImageFormat.JXL: FormatEntry(
            matches=jxl.matches,
            read_facts=jxl.read_facts,
            strip_metadata=jxl.strip_metadata,
            strip_gain_map=None,
            holds_gain_map=None,
            completed=None,
            decoders=(JxlImageFile,),
            optimiser=None,
            reencoder=None,
            reduce_palette=None,
            encode_variant=None,
        ),
    }
)
