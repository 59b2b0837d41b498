"""Published generators in plain PyTorch: StyleGAN2 (rosinality, ADA) and StyleGAN3 (T, R)."""
