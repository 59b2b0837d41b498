"""How the image-text pair of the world is trained: concepts, objective, figures, module."""
