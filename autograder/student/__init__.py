"""What students run on their own machine, beside the exercises. Copied into what they get, so nothing here is secret."""
