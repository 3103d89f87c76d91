"""The language of judge and child: values, and frames of bytes. Holds no secret; both sides import it."""
