"""What the rules speak of: pictures, keys, blobs, and the policies over them."""
