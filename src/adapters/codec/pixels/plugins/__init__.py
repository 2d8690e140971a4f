"""Decoders of formats that Pillow does not know, or of which it leaves something out, as classes of Pillow's."""
