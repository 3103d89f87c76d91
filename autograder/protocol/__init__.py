"""What judge and child say to each other: requests, replies, values and frames. Holds no secret; both sides import it."""
