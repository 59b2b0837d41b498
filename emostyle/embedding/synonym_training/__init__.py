"""How the teacher of the image tower is trained: true factors meet the frozen text tower."""
