"""Published audio encoders under their own key names: Lee et al., Wav2CLIP, AudioCLIP."""
