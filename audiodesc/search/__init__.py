"""Search over films: what projects know, as documents in an index, and questions to it by words and by meaning."""
