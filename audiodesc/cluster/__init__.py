"""The films of a batch on many machines: a runner on a Ray cluster, and films in stores such as S3."""
