"""The entities and values of the domain: images, users, access keys, blobs and jobs, and the policies about them."""
