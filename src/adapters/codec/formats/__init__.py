"""What is read and changed in a file without decoding its pixels: signatures, headers, metadata."""
