"""How the judges are trained: augmentation, figures and the LightningModule."""
