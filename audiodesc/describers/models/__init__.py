"""Video-language models that run on this machine, through transformers."""
