"""First stage of the image-text pair: the text tower learns against the true factors of scenes."""
