"""How the identity network is trained: verification figures and the LightningModule."""
