"""The structure of image files, read and rewritten without decoding pixels: signatures, headers, metadata."""
