"""JPEG and GIF encoders, each behind one small interface, and the choice between them."""
