"""Plain data and files that the server and the image workers share."""
