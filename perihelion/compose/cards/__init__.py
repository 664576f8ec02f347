"""Cards: the pictures that are drawn for posts without a picture of their own."""
